using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>nll[i] = -log softmax(cap(logit_scale · W x[i]))[target[i]], or a target spread over the vocabulary: output head and loss, the logits of a few rows at a time.</summary>
/// <remarks>Keep only rows with a target before calling. Hsu et al. 2024, arXiv:2410.10989, describe the chunked form.</remarks>
public sealed class LinearCrossEntropyOp : Op
{
    private readonly ILinearCrossEntropyKernel _kernel;
    private readonly Weight _weight;
    private LinearCrossEntropySpec _spec;

    private LinearCrossEntropyOp(ILinearCrossEntropyKernel kernel, Weight weight, LinearCrossEntropySpec spec) =>
        (_kernel, _weight, _spec) = (kernel, weight, spec);

    /// <param name="x">Final hidden states, [rows, hidden].</param>
    /// <param name="weight">Head, [vocab, hidden], dense or packed.</param>
    /// <param name="targets">I32 [rows], each in the vocabulary.</param>
    /// <param name="logitScale">Factor of the logits.</param>
    /// <param name="softCap">c in c · tanh(logit / c); 0 for none.</param>
    /// <param name="smoothing">e in (1-e) · nll + e · the mean of -log softmax over the vocabulary, 0 to 1; 0 for none.</param>
    /// <returns>F32 [rows].</returns>
    /// <exception cref="ArgumentException">Shapes do not fit, or the smoothing is outside [0, 1].</exception>
    public static Tensor Apply(Tensor x, Weight weight, Tensor targets, float logitScale = 1, float softCap = 0, float smoothing = 0)
    {
        if (x.Shape.Rank != 2 || weight.Shape.Rank != 2 || x.Shape[1] != weight.Shape[1])
            throw new ArgumentException($"linear_cross_entropy: the head does not fit the rows: {x.Shape} by {weight.Shape} ({x.Shape.Last} against {weight.Shape.Last})");
        if (targets.DType != DType.I32 || targets.Shape.Rank != 1 || targets.Shape[0] != x.Shape[0])
            throw new ArgumentException($"linear_cross_entropy: targets must be i32 [{x.Shape[0]}], not {targets}");
        if (!(smoothing >= 0 && smoothing <= 1)) throw new ArgumentException($"linear_cross_entropy: the smoothing must be from 0 to 1, not {smoothing}");
        LinearCrossEntropySpec spec = new(x.Shape[0], x.Shape[1], weight.Shape[0], logitScale, softCap, weight is Parameter { RequiresGrad: true }, x.DType, smoothing);
        if (Kernel.For<ILinearCrossEntropyKernel, LinearCrossEntropySpec>(x, spec, static (k, s) => k.Supports(s), static b => new PortableLinearCrossEntropy(b)) is not { } kernel) return Compose(x, weight, targets, logitScale, softCap, smoothing);
        var op = new LinearCrossEntropyOp(kernel, weight, spec);
        return weight is Parameter w ? op.Run(x, targets, w.Value) : op.Run(x, targets);
    }

    /// <summary>The definition: all logits at once.</summary>
    public static Tensor Compose(Tensor x, Weight weight, Tensor targets, float logitScale, float softCap, float smoothing = 0)
    {
        int rows = x.Shape[0], vocab = weight.Shape[0];
        Tensor logits = x.Linear(weight).To(DType.F32);
        if (logitScale != 1) logits = logits * logitScale;
        if (softCap > 0) logits = (logits / softCap).Tanh() * softCap;
        var flat = new int[rows];
        targets.CopyTo<int>(flat);
        for (int i = 0; i < rows; i++)
        {
            if ((uint)flat[i] >= (uint)vocab) throw new ArgumentException($"linear_cross_entropy: target {flat[i]} of row {i} is outside the vocabulary of {vocab}");
            flat[i] += i * vocab;
        }
        Tensor logP = SoftmaxOp.Compose(logits, log: true);
        Tensor picked = logP.Reshape([rows * vocab, 1]).GatherRows(Tensor.From<int>(x.Backend, flat, [rows])).Reshape([rows]);
        return smoothing == 0 ? -picked : -(picked * (1 - smoothing) + logP.MeanLast().Reshape([rows]) * smoothing);
    }

    private protected override Weight Through => _weight;

    /// <summary>With a frozen head the kernel makes the gradient of x beside the loss, while the logits are there; backward only scales it.</summary>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y)
    {
        OpCost logits = OpCost.Product(_spec.Rows, _spec.Hidden, _spec.Vocab, OpCost.BytesOf(x[0]) + _weight.Bytes + OpCost.BytesOf(y[0]), Wanted(0, 0) + Wanted(2, 2));
        if (_spec.WantsWeightGrad || !Wants(0)) return logits;
        return new(logits.Flops + logits.BackwardFlops, logits.Bytes + OpCost.BytesOf(x[0]), x[0].Shape.Count, 2 * OpCost.BytesOf(x[0]));
    }

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        Tensor rows = x[0].WithUnitRows();
        y[0] = Tensor.Empty(rows.Backend, [rows.Shape[0]]);
        _spec = _spec with { WantsWeightGrad = Wants(2) };
        _kernel.Forward(_spec, rows, _weight, x[1], y[0], NewState(_kernel.State(_spec), rows.Backend));
        Save(x[1]);
        if (Wants(2)) Save(rows);
        else Save(x[1]);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx) =>
        _kernel.Backward(_spec, Saved(1), _weight, Saved(0), State, dy[0]!, dx.Into(0), dx.Into(2));
}

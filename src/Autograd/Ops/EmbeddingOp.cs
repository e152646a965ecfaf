namespace Pure.Tuner;

/// <summary>y[i] = W[ids[i]]. The gradient of a row is the sum of those of its occurrences, in order; the pad id's row gets none.</summary>
public sealed class EmbeddingOp : Op
{
    private readonly Weight _weight;
    private readonly DType _dtype;

    private EmbeddingOp(Weight weight, DType dtype) => (_weight, _dtype) = (weight, dtype);

    /// <param name="ids">I32 [tokens].</param>
    /// <param name="weight">[vocab, hidden], dense or packed.</param>
    /// <param name="gradIds">The ids with -1 where no gradient is wanted (the pad id), or null for the ids themselves.</param>
    /// <param name="dtype">Dtype of the activations from here on.</param>
    /// <exception cref="ArgumentException">ids is not I32 [tokens].</exception>
    public static Tensor Apply(Tensor ids, Weight weight, Tensor? gradIds = null, DType dtype = DType.F32)
    {
        if (ids.DType != DType.I32 || ids.Shape.Rank != 1) throw new ArgumentException($"embedding: ids must be i32 [tokens], not {ids}");
        var op = new EmbeddingOp(weight, dtype);
        return weight is Parameter w ? op.Run(ids, gradIds ?? ids, w.Value) : op.Run(ids);
    }

    private protected override Weight Through => _weight;

    /// <inheritdoc/>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y) =>
        OpCost.Moving(y[0].Shape.Count, OpCost.BytesOf(x[0]) + OpCost.BytesOf(y[0]) + (double)_weight.Bytes * y[0].Shape.Rows / Math.Max(1, _weight.Shape[0]));

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        y[0] = Tensor.Empty(x[0].Backend, [x[0].Shape[0], _weight.Shape[1]], _dtype);
        _weight.Rows(x[0], y[0]);
        if (Wants(2)) Save(x[1]);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx) => GatherRowsOp.Scatter(dy[0]!, Saved(0), dx.Into(2));
}

/// <summary>y[i] = x[ids[i]]: picks rows of an activation.</summary>
public sealed class GatherRowsOp : Op
{
    /// <param name="x">[rows, d].</param>
    /// <param name="ids">I32 [n], each a row of x.</param>
    /// <param name="gradIds">The rows that get the gradients, -1 for none; null for <paramref name="ids"/>.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static Tensor Apply(Tensor x, Tensor ids, Tensor? gradIds = null)
    {
        if (x.Shape.Rank != 2 || ids.DType != DType.I32 || ids.Shape.Rank != 1)
            throw new ArgumentException($"gather_rows: needs [rows, d] and i32 [n], not {x} and {ids}");
        return gradIds is null ? new GatherRowsOp().Run(x, ids) : new GatherRowsOp().Run(x, ids, gradIds);
    }

    /// <inheritdoc/>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y) => OpCost.Moving(y[0].Shape.Count, OpCost.BytesOf(x[1]) + 2 * OpCost.BytesOf(y[0]));

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        y[0] = Tensor.Empty(x[0].Backend, [x[1].Shape[0], x[0].Shape[1]], x[0].DType);
        x[0].Backend.Gather(x[0].WithUnitRows(), x[1], y[0]);
        Save(x[^1]);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx) => Scatter(dy[0]!, Saved(0), dx.Into(0));

    internal static void Scatter(Tensor dy, Tensor ids, Kernels.Into into)
    {
        if (into.IsEmpty) return;
        if (!into.Accumulate) dy.Backend.Fill(into.Target, 0);
        dy.Backend.ScatterAdd(dy, ids, into.Target);
    }
}

using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>y = eˣ / Σ eˣ over the last dimension, or its logarithm; the row's maximum is subtracted first.</summary>
public sealed class SoftmaxOp(ISoftmaxKernel kernel, SoftmaxSpec spec) : Op
{
    /// <param name="x">[..., n].</param>
    /// <param name="log">Whether to take the logarithm.</param>
    public static Tensor Apply(Tensor x, bool log = false)
    {
        if (x.Shape.Rank == 0) throw new ArgumentException("softmax: a scalar has no last dimension");
        SoftmaxSpec spec = new(x.Shape.Rows, x.Shape.Last, log, x.DType);
        return Kernel.For<ISoftmaxKernel, SoftmaxSpec>(x, spec, static (k, s) => k.Supports(s)) is { } kernel
            ? new SoftmaxOp(kernel, spec).Run(x)
            : Compose(x, log);
    }

    /// <summary>The definition.</summary>
    public static Tensor Compose(Tensor x, bool log)
    {
        Tensor f = x.To(DType.F32);
        Tensor shifted = f - f.MaxLast().Detach();
        Tensor e = shifted.Exp();
        return (log ? shifted - e.SumLast().Log() : e / e.SumLast()).To(x.DType);
    }

    internal override string Name => spec.Log ? "log_softmax" : "softmax";

    /// <inheritdoc/>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y)
    {
        double elements = y[0].Shape.Count, bytes = OpCost.BytesOf(y[0]);
        return new(5 * elements, 2 * bytes, 4 * elements, 3 * bytes);
    }

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        y[0] = Tensor.EmptyLike(x[0]);
        kernel.Forward(spec, x[0].WithUnitRows(), y[0]);
        Save(y[0]);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx) => kernel.Backward(spec, Saved(0), dy[0]!, dx.Into(0));
}

using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>y = x · rsqrt(mean(x²) + eps) · weight, over the last dimension.</summary>
/// <remarks>Zhang and Sennrich 2019, arXiv:1910.07467. The mean accumulates in F32 or wider whatever the dtype of x.</remarks>
public sealed class RmsNormOp(IRmsNormKernel kernel, RmsNormSpec spec) : Op
{
    /// <param name="x">Activations, [..., d].</param>
    /// <param name="weight">Scale, [d].</param>
    /// <param name="eps">Added to the mean inside the root.</param>
    /// <exception cref="ArgumentException">weight is not [d].</exception>
    public static Tensor Apply(Tensor x, Tensor weight, float eps)
    {
        RmsNormSpec spec = RmsNormSpec.Check("rms_norm", x, weight, eps);
        return Kernel.For<IRmsNormKernel, RmsNormSpec>(x, spec, static (k, s) => k.Supports(s)) is { } kernel
            ? new RmsNormOp(kernel, spec).Run(x, weight)
            : Compose(x, weight, eps);
    }

    /// <summary>The definition, widened to F32 once and rounded once.</summary>
    public static Tensor Compose(Tensor x, Tensor weight, float eps)
    {
        Tensor f = x.To(DType.F32);
        return (f * ((f * f).MeanLast() + eps).Rsqrt() * weight.To(DType.F32)).To(x.DType);
    }

    /// <inheritdoc/>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y)
    {
        double elements = y[0].Shape.Count, bytes = OpCost.BytesOf(x[0]) + OpCost.BytesOf(x[1]) + OpCost.BytesOf(y[0]);
        return new(4 * elements, bytes, 8 * elements, 2 * bytes);
    }

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        Tensor rows = x[0].WithUnitRows();
        y[0] = Tensor.EmptyLike(rows);
        kernel.Forward(spec, rows, x[1], y[0], NewState(kernel.State(spec), rows.Backend));
        Save(rows, x[1]);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx) =>
        kernel.Backward(spec, Saved(0), Saved(1), State, dy[0]!, dx.Into(0), dx.Into(1));
}

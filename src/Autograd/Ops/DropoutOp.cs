using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>y[i] = x[i] / (1 - rate) where the counter keeps element i, else 0.</summary>
/// <remarks>Srivastava et al. 2014. The mask is <see cref="CounterRandom"/> of (key, i): recomputation and every backend get the same.</remarks>
public sealed class DropoutOp(IDropoutKernel kernel, DropoutSpec spec) : Op
{
    /// <param name="x">Any shape.</param>
    /// <param name="key">Made by <see cref="CounterRandom.Key"/>.</param>
    /// <param name="rate">Share dropped, 0 to below 1.</param>
    /// <exception cref="ArgumentException">The rate is outside [0, 1).</exception>
    public static Tensor Apply(Tensor x, ulong key, float rate)
    {
        if (!(rate >= 0 && rate < 1)) throw new ArgumentException($"dropout: the rate must be at least 0 and below 1, not {rate}");
        if (rate == 0) return x;
        DropoutSpec spec = new(key, rate);
        return Kernel.For<IDropoutKernel, DropoutSpec>(x, spec, static (k, s) => k.Supports(s)) is { } kernel
            ? new DropoutOp(kernel, spec).Run(x)
            : Compose(x, key, rate);
    }

    /// <summary>The definition: the mask is made on the host and sent.</summary>
    public static Tensor Compose(Tensor x, ulong key, float rate)
    {
        var mask = new float[x.Shape.Count];
        uint below = CounterRandom.DropBelow(rate);
        for (int i = 0; i < mask.Length; i++) mask[i] = CounterRandom.Word(key, i) >= below ? 1 / (1 - rate) : 0;
        return x * Tensor.From<float>(x.Backend, mask, x.Shape).To(x.DType);
    }

    /// <inheritdoc/>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y) =>
        new(2.0 * y[0].Shape.Count, OpCost.BytesOf(x[0]) + OpCost.BytesOf(y[0]), 2.0 * y[0].Shape.Count, OpCost.BytesOf(x[0]) + OpCost.BytesOf(y[0]));

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        y[0] = Tensor.EmptyLike(x[0]);
        kernel.Apply(spec, x[0].Packed(), new Into(y[0], false));
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx) => kernel.Apply(spec, dy[0]!, dx.Into(0));
}

using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>h = x + r and y = h · rsqrt(mean(h²) + eps) · weight, over the last dimension: a residual and the norm behind it.</summary>
/// <remarks>The same bits as the sum and <see cref="RmsNormOp"/> one after the other.</remarks>
public sealed class AddRmsNormOp(IRmsNormKernel kernel, RmsNormSpec spec) : Op
{
    /// <param name="x">Activations, [..., d].</param>
    /// <param name="residual">What is added to them, of the same shape and dtype.</param>
    /// <param name="weight">Scale, [d].</param>
    /// <param name="eps">Added to the mean inside the root.</param>
    /// <returns>h and y, [..., d] both.</returns>
    /// <exception cref="ArgumentException">The shapes or dtypes of x and residual differ, or weight is not [d].</exception>
    public static (Tensor Sum, Tensor Normed) Apply(Tensor x, Tensor residual, Tensor weight, float eps)
    {
        RmsNormSpec spec = RmsNormSpec.Check("add_rms_norm", x, weight, eps);
        if (x.Shape != residual.Shape || x.DType != residual.DType) throw new ArgumentException($"add_rms_norm: x and what is added to it differ: {x} and {residual}");
        if (Kernel.For<IRmsNormKernel, RmsNormSpec>(x, spec, static (k, s) => k.Supports(s)) is not { } kernel) return Compose(x, residual, weight, eps);
        Span<Tensor> y = new Tensor[2];
        new AddRmsNormOp(kernel, spec).RunInto([x, residual, weight], y);
        return (y[0], y[1]);
    }

    /// <summary>The definition.</summary>
    public static (Tensor Sum, Tensor Normed) Compose(Tensor x, Tensor residual, Tensor weight, float eps)
    {
        Tensor h = x + residual;
        return (h, RmsNormOp.Compose(h, weight, eps));
    }

    /// <inheritdoc/>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y)
    {
        double elements = y[0].Shape.Count, bytes = OpCost.BytesOf(x[0]) + OpCost.BytesOf(x[2]) + OpCost.BytesOf(y[0]);
        return new(5 * elements, 2 * bytes, 8 * elements, 2 * bytes);
    }

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        Tensor a = x[0].WithUnitRows();
        (y[0], y[1]) = (Tensor.EmptyLike(a), Tensor.EmptyLike(a));
        kernel.ForwardAdd(spec, a, x[1].WithUnitRows(), x[2], y[0], y[1], NewState(kernel.State(spec), a.Backend));
        Save(y[0], x[2]);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx)
    {
        Tensor? dh = dy[0];
        bool wantsSum = dx.Wants(0) || dx.Wants(1);
        if (dy[1] is { } dn)
        {
            // What the sum's readers gave is this node's own unless somebody shares it: the norm's part is then added in its place.
            bool accumulate = dh is not null;
            if (wantsSum && (dh is null || dh.Storage.IsShared))
            {
                Tensor own = Tensor.EmptyLike(Saved(0));
                if (dh is not null) own.Backend.Copy(dh, own);
                dh = own;
            }
            kernel.Backward(spec, Saved(0), Saved(1), State, dn, wantsSum ? new Into(dh!, accumulate) : default, dx.Into(2));
        }
        if (dh is null || !wantsSum) return;
        dx.Pass(0, dh);
        dx.Pass(1, dh);
    }
}

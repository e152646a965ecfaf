using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Turns pairs of each head's first elements by an angle that grows with the position; the rest passes.</summary>
/// <remarks>Su et al. 2021, arXiv:2104.09864. (a, b) becomes (a cos - b sin, b cos + a sin).</remarks>
public sealed class RopeOp(IRopeKernel kernel, RopeSpec spec, bool inPlace = false) : Op
{
    /// <param name="x">[tokens, heads, head_dim].</param>
    /// <param name="cos">Of each token's angles, F32 [tokens, rotary / 2].</param>
    /// <param name="sin">Likewise.</param>
    /// <param name="layout">Which elements form a pair.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static Tensor Apply(Tensor x, Tensor cos, Tensor sin, RopeLayout layout = RopeLayout.HalfSplit)
    {
        RopeSpec spec = RopeSpec.Check("rope", x, cos, sin, layout);
        return Kernel.For<IRopeKernel, RopeSpec>(x, spec, static (k, s) => k.Supports(s)) is { } kernel
            ? new RopeOp(kernel, spec).Run(x, cos, sin)
            : Compose(x, cos, sin, layout);
    }

    /// <summary>The same in x's own memory where the device's kernel can: whoever calls it has just made x, and nobody else reads it, now or in backward.</summary>
    /// <inheritdoc cref="Apply"/>
    internal static Tensor ApplyInPlace(Tensor x, Tensor cos, Tensor sin, RopeLayout layout)
    {
        RopeSpec spec = RopeSpec.Check("rope", x, cos, sin, layout);
        return x.IsContiguous && x.Node is not (Parameter or Leaf) && Kernel.For<IRopeKernel, RopeSpec>(x, spec, static (k, s) => k.Supports(s)) is { } kernel && kernel.WorksInPlace(spec)
            ? new RopeOp(kernel, spec, inPlace: true).Run(x, cos, sin)
            : Apply(x, cos, sin, layout);
    }

    /// <summary>The definition by slices.</summary>
    public static Tensor Compose(Tensor x, Tensor cos, Tensor sin, RopeLayout layout)
    {
        int tokens = x.Shape[0], heads = x.Shape[1], dim = x.Shape[2], half = cos.Shape[1];
        Tensor f = x.To(DType.F32), c = cos.Reshape([tokens, 1, half]), s = sin.Reshape([tokens, 1, half]);
        Tensor turning = f.Slice(2, 0, 2 * half), a, b;
        if (layout == RopeLayout.HalfSplit) (a, b) = (turning.Slice(2, 0, half), turning.Slice(2, half, half));
        else
        {
            Tensor pairs = turning.Reshape([tokens, heads, half, 2]);
            (a, b) = (pairs.Slice(3, 0, 1).Reshape([tokens, heads, half]), pairs.Slice(3, 1, 1).Reshape([tokens, heads, half]));
        }
        Tensor u = a * c - b * s, v = b * c + a * s;
        Tensor turned = layout == RopeLayout.HalfSplit
            ? TensorOps.Concat(2, u, v)
            : TensorOps.Concat(3, u.Reshape([tokens, heads, half, 1]), v.Reshape([tokens, heads, half, 1])).Reshape([tokens, heads, 2 * half]);
        if (2 * half < dim) turned = TensorOps.Concat(2, turned, f.Slice(2, 2 * half, dim - 2 * half));
        return turned.To(x.DType);
    }

    /// <inheritdoc/>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y)
    {
        double elements = y[0].Shape.Count, bytes = OpCost.BytesOf(x[0]) + OpCost.BytesOf(x[1]) + OpCost.BytesOf(x[2]) + OpCost.BytesOf(y[0]);
        return new(3 * elements, bytes, 3 * elements, bytes);
    }

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        y[0] = inPlace ? x[0].Detach() : Tensor.EmptyLike(x[0]);
        kernel.Rotate(spec, x[0].WithUnitRows(), x[1], x[2], new Into(y[0], false));
        Save(x[1], x[2]);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx) =>
        kernel.Rotate(spec with { Inverse = true }, dy[0]!, Saved(0), Saved(1), dx.Into(0));
}

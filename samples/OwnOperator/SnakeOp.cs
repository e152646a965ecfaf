namespace OwnOperator;

/// <summary>y = x + sin²(αx) / α, a learned α for each column.</summary>
/// <remarks>Ziyin, Hartwig and Ueda 2020, arXiv:2006.08195.</remarks>
public sealed class SnakeOp(ISnakeKernel kernel, SnakeSpec spec) : Op
{
    /// <param name="x">Activations, [..., d].</param>
    /// <param name="alpha">Frequencies, [d], none of them 0.</param>
    public static Tensor Apply(Tensor x, Tensor alpha)
    {
        if (alpha.Shape.Rank != 1 || x.Shape.Last != alpha.Shape[0]) throw new ArgumentException($"snake: alpha does not fit the rows: {x.Shape} by {alpha.Shape}");
        var spec = new SnakeSpec(x.Shape.Rows, x.Shape.Last, x.DType);
        return Kernel.For<ISnakeKernel>(x, k => k.Supports(spec)) is { } kernel ? new SnakeOp(kernel, spec).Run(x, alpha) : Compose(x, alpha);
    }

    /// <summary>The definition: it runs where no kernel does, and every kernel is held against it.</summary>
    public static Tensor Compose(Tensor x, Tensor alpha)
    {
        Tensor f = x.To(DType.F32);
        return (f + (f * alpha).Sin().Square() / alpha).To(x.DType);
    }

    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        Tensor rows = x[0].WithUnitRows();
        y[0] = Tensor.EmptyLike(rows);
        kernel.Forward(spec, rows, x[1], y[0]);
        Save(rows, x[1]);
    }

    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx) =>
        kernel.Backward(spec, Saved(0), Saved(1), dy[0]!, dx.Into(0), dx.Into(1));
}

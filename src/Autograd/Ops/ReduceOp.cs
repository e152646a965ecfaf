using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>y = Σ x over the last dimension; the dimension stays with length 1, so that y stretches back over x.</summary>
public sealed class SumLastOp : Op
{
    /// <param name="x">[..., n]; y is [..., 1].</param>
    public static Tensor Apply(Tensor x)
    {
        if (x.Shape.Rank == 0) throw new ArgumentException("sum: a scalar has no last dimension");
        return new SumLastOp().Run(x);
    }

    private Shape _before;

    internal override string Name => "sum";

    /// <inheritdoc/>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y) => OpCost.Moving(x[0].Shape.Count, OpCost.BytesOf(x[0]) + OpCost.BytesOf(y[0]));

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        _before = x[0].Shape;
        y[0] = ReduceLast(ReduceKind.Sum, x[0]);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx) => dx.Pass(0, ExpandOp.Stretch(dy[0]!, _before));

    internal static Tensor ReduceLast(ReduceKind kind, Tensor x)
    {
        Tensor y = Tensor.Empty(x.Backend, x.Shape.WithLast(1), x.DType);
        x.Backend.Reduce(kind, x, y.View(new Shape(x.Shape.Lengths[..^1])));
        return y;
    }
}

/// <summary>y = the largest element of the last dimension, kept with length 1. The gradient goes to all that are equal to it.</summary>
public sealed class MaxLastOp : Op
{
    /// <param name="x">[..., n]; y is [..., 1].</param>
    public static Tensor Apply(Tensor x)
    {
        if (x.Shape.Rank == 0) throw new ArgumentException("max: a scalar has no last dimension");
        return new MaxLastOp().Run(x);
    }

    internal override string Name => "max";

    /// <inheritdoc/>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y) => OpCost.Moving(x[0].Shape.Count, OpCost.BytesOf(x[0]) + OpCost.BytesOf(y[0]));

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        y[0] = SumLastOp.ReduceLast(ReduceKind.Max, x[0]);
        Save(x[0], y[0]);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx)
    {
        Tensor g = ExpandOp.Stretch(dy[0]!, Saved(0).Shape);
        dx.Pass(0, SelectOp.Apply(BinaryOp.Apply(BinaryKind.Equal, Saved(0), Saved(1)), g, Tensor.Zeros(g.Backend, g.Shape, g.DType)));
    }
}

namespace Pure.Tuner;

/// <summary>y = a b, for each matrix of the leading dimensions. Accumulates in F32.</summary>
public sealed class MatMulOp : Op
{
    /// <param name="a">[..., m, k].</param>
    /// <param name="b">[..., k, n], the same leading lengths.</param>
    /// <exception cref="ArgumentException">Shapes or dtypes do not fit.</exception>
    public static Tensor Apply(Tensor a, Tensor b)
    {
        if (a.Shape.Rank < 2 || b.Shape.Rank != a.Shape.Rank || !a.Shape.Lengths[..^2].SequenceEqual(b.Shape.Lengths[..^2]))
            throw new ArgumentException($"matmul: needs matrices with equal leading lengths: {a.Shape} x {b.Shape}");
        if (a.Shape[^1] != b.Shape[^2])
            throw new ArgumentException($"matmul: inner sizes differ: {a.Shape} x {b.Shape} ({a.Shape[^1]} against {b.Shape[^2]})");
        if (a.DType != b.DType || !a.DType.IsFloat) throw new ArgumentException($"matmul: dtypes differ or are no floats: {a} x {b}");
        return new MatMulOp().Run(a, b);
    }

    internal override string Name => "matmul";

    /// <inheritdoc/>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y) =>
        OpCost.Product(x[0].Shape.Rows, x[0].Shape.Last, x[1].Shape.Last, OpCost.BytesOf(x[0]) + OpCost.BytesOf(x[1]) + OpCost.BytesOf(y[0]), Wanted(0, 1));

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        y[0] = Tensor.Empty(x[0].Backend, x[0].Shape.WithLast(x[1].Shape.Last), x[0].DType);
        x[0].Backend.MatMul(x[0], x[1], y[0]);
        SaveIf(Wants(1), x[0]);
        SaveIf(Wants(0), x[1]);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx)
    {
        Tensor g = dy[0]!;
        if (dx.Into(0) is { IsEmpty: false } da) g.Backend.MatMul(g, Transposed(Saved(1)), da.Target, 1, da.Accumulate);
        if (dx.Into(1) is { IsEmpty: false } db) g.Backend.MatMul(Transposed(Saved(0)), g, db.Target, 1, db.Accumulate);
    }

    /// <summary>The last two dimensions exchanged, without copying.</summary>
    internal static Tensor Transposed(Tensor x)
    {
        int[] lengths = [.. x.Shape.Lengths], strides = [.. x.Strides];
        (lengths[^1], lengths[^2]) = (lengths[^2], lengths[^1]);
        (strides[^1], strides[^2]) = (strides[^2], strides[^1]);
        return x.View(Shape.Owning(lengths), strides, x.Offset);
    }
}

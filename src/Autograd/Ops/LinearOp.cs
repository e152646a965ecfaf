using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>y = x Wᵀ + bias. Accumulates in F32. A packed weight gives activation gradients and gets none.</summary>
public sealed class LinearOp : Op
{
    private readonly Weight _weight;
    private readonly bool _hasBias;
    private readonly bool _dense;
    private readonly bool _unread;

    private LinearOp(Weight weight, bool hasBias, bool unread) => (_weight, _hasBias, _dense, _unread) = (weight, hasBias, weight is Parameter, unread);

    /// <param name="x">[..., in].</param>
    /// <param name="weight">[out, in], dense or packed.</param>
    /// <param name="bias">[out], or null.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static Tensor Apply(Tensor x, Weight weight, Parameter? bias = null) => Apply(x, weight, bias, unread: false);

    /// <param name="x">[..., in].</param>
    /// <param name="weight">[out, in], dense or packed.</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="unread">Whether nobody reads the elements of the result: they are not computed.</param>
    internal static Tensor Apply(Tensor x, Weight weight, Parameter? bias, bool unread)
    {
        if (weight.Shape.Rank != 2 || x.Shape.Rank == 0 || x.Shape.Last != weight.Shape[1])
            throw new ArgumentException($"linear: the weight does not fit the rows: {x.Shape} by {weight.Shape} ({x.Shape.Last} against {weight.Shape.Last})");
        if (bias is not null && (bias.Shape.Rank != 1 || bias.Shape[0] != weight.Shape[0]))
            throw new ArgumentException($"linear: the bias does not fit the weight: {bias.Shape} for {weight.Shape} ({bias.Shape.Last} against {weight.Shape[0]})");
        var op = new LinearOp(weight, bias is not null, unread);
        return (weight, bias) switch
        {
            (Parameter w, null) => op.Run(x, w.Value),
            (Parameter w, _) => op.Run(x, w.Value, bias.Value),
            (_, null) => op.Run(x),
            _ => op.Run(x, bias.Value),
        };
    }

    private int BiasInput => _dense ? 2 : 1;

    private protected override Weight Through => _weight;

    /// <inheritdoc/>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y) =>
        OpCost.Product(x[0].Shape.Rows, _weight.Shape[1], _weight.Shape[0], OpCost.BytesOf(x[0]) + _weight.Bytes + OpCost.BytesOf(y[0]), Wanted(0, _dense ? 1 : 0)).Unless(_unread);

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        Tensor rows = x[0].Packed();
        y[0] = Tensor.Empty(rows.Backend, rows.Shape.WithLast(_weight.Shape[0]), rows.DType);
        if (_dense && Wants(1)) Save(rows);
        if (_unread) return;
        Tensor flat = Flat(y[0]);
        if (_hasBias) flat.Backend.Copy(ExpandOp.Stretch(x[BiasInput], flat.Shape), flat);
        _weight.MatMul(Flat(rows), transposed: false, flat, 1, accumulate: _hasBias);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx)
    {
        Tensor g = Flat(dy[0]!);
        if (dx.Into(0) is { IsEmpty: false } into) _weight.MatMul(g, transposed: true, Flat(into.Target), 1, into.Accumulate);
        if (_dense && dx.Into(1) is { IsEmpty: false } dw) g.Backend.MatMul(MatMulOp.Transposed(g), Flat(Saved(0)), dw.Target, 1, dw.Accumulate);
        if (_hasBias && dx.Into(BiasInput) is { IsEmpty: false } db) g.Backend.Reduce(ReduceKind.Sum, MatMulOp.Transposed(g), db.Target, db.Accumulate);
    }

    /// <summary>All leading dimensions as one: [tokens, width].</summary>
    internal static Tensor Flat(Tensor x) => x.Shape.Rank == 2 ? x : x.View([x.Shape.Rows, x.Shape.Last]);
}

using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>y = x Wᵀ + scale · (u Aᵀ) Bᵀ: a frozen linear layer and its low-rank addition.</summary>
/// <remarks>Hu et al. 2021, arXiv:2106.09685.</remarks>
public sealed class LoraLinearOp : Op
{
    private readonly ILoraLinearKernel _kernel;
    private readonly Weight _weight;
    private readonly LoraLinearSpec _spec;
    private readonly bool _unread;

    private LoraLinearOp(ILoraLinearKernel kernel, Weight weight, LoraLinearSpec spec, bool unread) => (_kernel, _weight, _spec, _unread) = (kernel, weight, spec, unread);

    /// <param name="x">[..., in].</param>
    /// <param name="u">x after dropout, or x itself.</param>
    /// <param name="weight">[out, in], frozen, dense or packed.</param>
    /// <param name="a">[rank, in].</param>
    /// <param name="b">[out, rank].</param>
    /// <param name="scale">alpha / r, or alpha / √r.</param>
    /// <param name="unread">Whether nobody reads the elements of the result: then they may be left out.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static Tensor Apply(Tensor x, Tensor u, Weight weight, Parameter a, Parameter b, float scale, bool unread = false)
    {
        int rank = a.Shape[0];
        if (x.Shape.Last != weight.Shape[1] || a.Shape[1] != weight.Shape[1] || b.Shape[0] != weight.Shape[0] || b.Shape[1] != rank || u.Shape != x.Shape)
            throw new ArgumentException($"lora_linear: shapes do not fit: x {x.Shape}, W {weight.Shape}, A {a.Shape}, B {b.Shape}");
        if (weight is Parameter { RequiresGrad: true }) return Compose(x, u, weight, a, b, scale);
        LoraLinearSpec spec = new(x.Shape.Rows, x.Shape.Last, weight.Shape[0], rank, scale, !ReferenceEquals(x, u), x.DType);
        if (Kernel.For<ILoraLinearKernel, LoraLinearSpec>(x, spec, static (k, s) => k.Supports(s), static b => new PortableLoraLinear(b)) is not { } kernel) return Compose(x, u, weight, a, b, scale);
        return new LoraLinearOp(kernel, weight, spec, unread).Run(x, u, a.Value, b.Value);
    }

    /// <summary>The definition.</summary>
    public static Tensor Compose(Tensor x, Tensor u, Weight weight, Parameter a, Parameter b, float scale) =>
        x.Linear(weight) + u.Linear(a).Linear(b) * scale;

    private protected override Weight Through => _weight;

    /// <summary>The frozen product, and of the addition its two with their gradients: dB, the gradient between the two, dA, and that of u.</summary>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y)
    {
        double tokens = _spec.Tokens, between = 4 * tokens * _spec.Rank;
        return OpCost.Product(tokens, _spec.In, _spec.Out, OpCost.BytesOf(x[0]) + _weight.Bytes + OpCost.BytesOf(y[0]), Wanted(0, 0)).Unless(_unread)
            + OpCost.Product(tokens, _spec.In, _spec.Rank, OpCost.BytesOf(x[2]) + between, 1 + (Wants(0) || Wants(1) ? 1 : 0))
            + OpCost.Product(tokens, _spec.Rank, _spec.Out, OpCost.BytesOf(x[3]) + between, 2);
    }

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        Tensor rows = x[0].Packed(), dropped = _spec.Drops ? x[1].Packed() : rows;
        y[0] = Tensor.Empty(rows.Backend, rows.Shape.WithLast(_spec.Out), rows.DType);
        State state = NewState(_kernel.State(_spec), rows.Backend);
        if (_unread) _kernel.Keep(_spec, LinearOp.Flat(rows), LinearOp.Flat(dropped), _weight, x[2], x[3], LinearOp.Flat(y[0]), state);
        else _kernel.Forward(_spec, LinearOp.Flat(rows), LinearOp.Flat(dropped), _weight, x[2], x[3], LinearOp.Flat(y[0]), state);
        Save(dropped, x[2], x[3]);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx)
    {
        Into into = dx.Into(0), dropped = _spec.Drops ? dx.Into(1) : default;
        _kernel.Backward(_spec, LinearOp.Flat(Saved(0)), _weight, Saved(1), Saved(2), State, LinearOp.Flat(dy[0]!), Flat(into), Flat(dropped), dx.Into(2), dx.Into(3));
    }

    private static Into Flat(Into into) => into.IsEmpty ? into : new Into(LinearOp.Flat(into.Target), into.Accumulate);
}

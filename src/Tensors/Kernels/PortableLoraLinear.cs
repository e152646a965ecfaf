namespace Pure.Tuner.Kernels;

/// <summary>y = x Wᵀ + scale · (u Aᵀ) Bᵀ over the primitives of any backend: the addition accumulates onto the product, no second y.</summary>
/// <remarks>Hu et al. 2021, arXiv:2106.09685. Kept for backward: t = u Aᵀ, F32 [tokens, rank].</remarks>
public sealed class PortableLoraLinear(Backend backend) : ILoraLinearKernel
{
    /// <inheritdoc/>
    public Support Supports(in LoraLinearSpec spec) => spec.DType.IsFloat ? Support.Both : Support.None;

    /// <inheritdoc/>
    public StateSpec State(in LoraLinearSpec spec) => new(([spec.Tokens, spec.Rank], DType.F32));

    /// <inheritdoc/>
    public void Forward(in LoraLinearSpec spec, Tensor x, Tensor u, Weight w, Tensor a, Tensor b, Tensor y, State state)
    {
        using var scope = TensorScope.Begin();
        Tensor t = state.OrNull(0) ?? Tensor.Empty(backend, [spec.Tokens, spec.Rank]);
        backend.MatMul(u, a.Transposed(), t);
        w.MatMul(x, transposed: false, y, 1, accumulate: false);
        backend.MatMul(t, b.Transposed(), y, spec.Scale, accumulate: true);
    }

    /// <inheritdoc/>
    public void Keep(in LoraLinearSpec spec, Tensor x, Tensor u, Weight w, Tensor a, Tensor b, Tensor y, State state)
    {
        using var scope = TensorScope.Begin();
        if (state.OrNull(0) is { } t) backend.MatMul(u, a.Transposed(), t);
    }

    /// <inheritdoc/>
    public void Backward(in LoraLinearSpec spec, Tensor u, Weight w, Tensor a, Tensor b, State state, Tensor dy, Into dx, Into du, Into da, Into db)
    {
        using var scope = TensorScope.Begin();
        if (!db.IsEmpty) backend.MatMul(dy.Transposed(), state[0], db.Target, spec.Scale, db.Accumulate);
        if (!dx.IsEmpty) w.MatMul(dy, transposed: true, dx.Target, 1, dx.Accumulate);

        Into low = spec.Drops ? du : dx.IsEmpty ? dx : dx.Adding;            // u is x: both parts of its gradient meet in dx
        if (low.IsEmpty && da.IsEmpty) return;
        Tensor dt = Tensor.Empty(backend, [spec.Tokens, spec.Rank]);
        backend.MatMul(dy, b, dt, spec.Scale);
        if (!low.IsEmpty) backend.MatMul(dt, a, low.Target, 1, low.Accumulate);
        if (!da.IsEmpty) backend.MatMul(dt.Transposed(), u, da.Target, 1, da.Accumulate);
    }
}

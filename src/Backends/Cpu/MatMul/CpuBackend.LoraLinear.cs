using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <remarks>
/// The low-rank part rides on the product with the frozen weight (see <see cref="LowRank"/>), in both directions. Dropout, few rows, narrow
/// activations and weights whose product takes integers take the portable kernel, which keeps the same.
/// </remarks>
public sealed unsafe partial class CpuBackend : ILoraLinearKernel
{
    private readonly Room _roomLow = new(), _roomTurned = new();
    private readonly PortableLoraLinear _portableLora;

    Support ILoraLinearKernel.Supports(in LoraLinearSpec spec) => _portableLora.Supports(spec);

    StateSpec ILoraLinearKernel.State(in LoraLinearSpec spec) => _portableLora.State(spec);

    void ILoraLinearKernel.Forward(in LoraLinearSpec spec, Tensor x, Tensor u, Weight w, Tensor a, Tensor b, Tensor y, State state)
    {
        if (!RidesAlong(spec, x, y, w))
        {
            _portableLora.Forward(spec, x, u, w, a, b, y, state);
            return;
        }
        LowRank low = MultiplyLow(x, w, transposed: false, Matrix.Of(a, 0), Matrix.Of(b, 0), spec.Rank, spec.Scale, y, accumulate: false);
        if (state.OrNull(0) is { } t) ForRows(spec.Tokens, new LowRows(low, t), spec.Rank);
    }

    void ILoraLinearKernel.Keep(in LoraLinearSpec spec, Tensor x, Tensor u, Weight w, Tensor a, Tensor b, Tensor y, State state)
    {
        if (!RidesAlong(spec, x, y, w)) _portableLora.Keep(spec, x, u, w, a, b, y, state);
        else if (state.OrNull(0) is { } t) ForRows(spec.Tokens, new LowRows(MultiplyLow(x, w, transposed: false, Matrix.Of(a, 0), default, spec.Rank, spec.Scale, null, accumulate: false), t), spec.Rank);
    }

    void ILoraLinearKernel.Backward(in LoraLinearSpec spec, Tensor u, Weight w, Tensor a, Tensor b, State state, Tensor dy, Into dx, Into du, Into da, Into db)
    {
        if (dx.IsEmpty || !RidesAlong(spec, dy, dx.Target, w))
        {
            _portableLora.Backward(spec, u, w, a, b, state, dy, dx, du, da, db);
            return;
        }
        if (!db.IsEmpty) AddTurned(Matrix.Of(state[0], 0), Matrix.Of(dy, 0), spec.Rank, spec.Out, spec.Tokens, spec.Scale, db);
        LowRank low = MultiplyLow(dy, w, transposed: true, Matrix.Of(b, 0).Transposed, Matrix.Of(a, 0).Transposed, spec.Rank, spec.Scale, dx.Target, dx.Accumulate);
        if (da.IsEmpty) return;
        var dt = new Matrix((nint)low.T, DType.F32, low.TStep, 1);
        Multiply(dt.Transposed, Matrix.Of(u, 0), (float*)da.Target.Address, da.Target.Strides[0], spec.Rank, spec.In, spec.Tokens, spec.Scale, da.Accumulate, shared: true);
    }

    /// <summary>Whether the fused product does it: enough rows for tiles, F32, contiguous.</summary>
    private bool RidesAlong(in LoraLinearSpec spec, Tensor x, Tensor y, Weight w) =>
        !spec.Drops && !RoundsOperands && spec is { DType: DType.F32, Tokens: > 2 * FewRows } && w.Shape.Count > 0 && y.DType == DType.F32 && !TakesIntegers(w, spec.Tokens) && (w is Parameter || Find<IPackedKernel>() == this);

    /// <summary>y (+)= x M + scale · (x Pᵀ) Qᵀ, M being Wᵀ or W.</summary>
    /// <param name="x">[tokens, k].</param>
    /// <param name="w">The weight.</param>
    /// <param name="transposed">Whether M is W, the direction of the gradient.</param>
    /// <param name="p">[rank, k], any strides.</param>
    /// <param name="q">[n, rank], any strides.</param>
    /// <param name="rank">Columns of t = x Pᵀ.</param>
    /// <param name="scale">Factor of the low-rank part.</param>
    /// <param name="y">[tokens, n]; null where only t is wanted.</param>
    /// <param name="accumulate">Whether to add to y.</param>
    /// <returns>What holds t, until the next call.</returns>
    private LowRank MultiplyLow(Tensor x, Weight w, bool transposed, Matrix p, Matrix q, int rank, float scale, Tensor? y, bool accumulate) => Blocking.Tile switch
    {
        TileKind.V512 => MultiplyLow<Kernel14x32>(x, w, transposed, p, q, rank, scale, y, accumulate),
        TileKind.V256 => MultiplyLow<Kernel6x16>(x, w, transposed, p, q, rank, scale, y, accumulate),
        TileKind.V128Wide => MultiplyLow<Kernel8x8>(x, w, transposed, p, q, rank, scale, y, accumulate),
        TileKind.V128 => MultiplyLow<Kernel4x8>(x, w, transposed, p, q, rank, scale, y, accumulate),
        _ => MultiplyLow<Kernel2x4>(x, w, transposed, p, q, rank, scale, y, accumulate),
    };

    private LowRank MultiplyLow<TKernel>(Tensor x, Weight w, bool transposed, Matrix p, Matrix q, int rank, float scale, Tensor? y, bool accumulate) where TKernel : struct, IMicroKernel
    {
        using ProfileSpan span = Profile.Product(x.Shape[0], y?.Shape[1] ?? 0, x.Shape[1], x, w, rank);
        int m = x.Shape[0], k = x.Shape[1], n = y?.Shape[1] ?? 0, step = PackedMatMul<TKernel>.Ceiling(rank, TKernel.Columns) * TKernel.Columns;
        long ofP = (long)step * k, ofQ = (long)PackedMatMul<TKernel>.Ceiling(n, TKernel.Columns) * TKernel.Columns * rank, rows = (long)PackedMatMul<TKernel>.Ceiling(m, TKernel.Rows) * TKernel.Rows;
        float* room = Take(true, _roomLow, 0, ofP + ofQ + rows * step + rows * rank);
        var low = new LowRank { Rank = rank, Scale = scale, TStep = step, P = room, Q = room + ofP, T = room + ofP + ofQ, TPanels = room + ofP + ofQ + rows * step };
        int panels = LowRank.PackBody<TKernel>.Panels(rank, n);
        Spread(true, panels, 1, new LowRank.PackBody<TKernel>(low, p, q, k, n), ofP + ofQ);
        Matrix target = y is null ? default : Matrix.Of(y, 0);
        Matrix turned = w is Parameter dense ? transposed ? Matrix.Of(dense.Value, 0).Transposed : Matrix.Of(dense.Value, 0) : default;
        PackedSource source = w is QuantizedTensor packed ? new PackedSource(packed, isTurned: transposed) : default;
        MultiplyPacked<TKernel>(Matrix.Of(x, 0), turned, target.Floats, target.RowStep, m, n, k, 1, accumulate, shared: true, source, low);
        return low;
    }

    /// <summary>y [n, rank] (+)= scale · (tᵀ x)ᵀ, the narrow side as rows: x is read where it lies.</summary>
    private void AddTurned(Matrix t, Matrix x, int rank, int n, int tokens, float scale, Into y)
    {
        float* turned = Take(true, _roomTurned, 0, (long)rank * n);
        Multiply(t.Transposed, x, turned, n, rank, n, tokens, scale, accumulate: false, shared: true);
        ForRows(n, new TurnedRow(turned, n, rank, y), rank);
    }

    /// <summary>A row of t, out of the room it was made in.</summary>
    private readonly struct LowRows(LowRank low, Tensor t) : IRowBody
    {
        public void Invoke(int row) => new ReadOnlySpan<float>(low.T + (long)row * low.TStep, low.Rank).CopyTo(Row(t, row, low.Rank));
    }

    private readonly struct TurnedRow(float* x, int step, int count, Into y) : IRowBody
    {
        public void Invoke(int row)
        {
            Span<float> to = Row(y.Target, row, count);
            for (int i = 0; i < count; i++) to[i] = y.Accumulate ? to[i] + x[(long)i * step + row] : x[(long)i * step + row];
        }
    }
}

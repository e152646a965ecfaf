using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>softmax(cap(scale · q kᵀ) + mask) v per head over packed rows, causal, grouped keys; a sink joins the softmax and is dropped.</summary>
/// <remarks>Vaswani et al. 2017, arXiv:1706.03762; grouped keys: Ainslie et al. 2023, arXiv:2305.13245; tiles: Dao et al. 2022, arXiv:2205.14135.</remarks>
public sealed class AttentionOp(IAttentionKernel kernel, AttentionSpec spec) : Op
{
    /// <param name="q">[tokens, heads, d].</param>
    /// <param name="k">[keys, kv_heads, d].</param>
    /// <param name="v">[keys, kv_heads, dv].</param>
    /// <param name="segments">Which rows belong together.</param>
    /// <param name="scale">Factor of the scores.</param>
    /// <param name="window">How many keys back a query sees, itself included; 0 for all.</param>
    /// <param name="softCap">c in c · tanh(score / c); 0 for none.</param>
    /// <param name="sinks">[heads], or null.</param>
    /// <returns>[tokens, heads, dv]; rows outside every sequence are 0.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static Tensor Apply(Tensor q, Tensor k, Tensor v, Segments segments, float scale, int window = 0, float softCap = 0, Tensor? sinks = null)
    {
        AttentionSpec spec = AttentionSpec.Check("attention", q, k, v, sinks, segments, scale, window, softCap);
        IAttentionKernel? kernel = Kernel.For<IAttentionKernel, AttentionSpec>(q, spec, static (k, s) => k.Supports(s), static b => new PortableAttention(b));
        if (kernel is null) return Compose(q, k, v, segments, scale, window, softCap, sinks);
        var op = new AttentionOp(kernel, spec);
        return sinks is null ? op.Run(q, k, v) : op.Run(q, k, v, sinks);
    }

    /// <summary>The definition: whole score matrices, a sequence at a time.</summary>
    public static Tensor Compose(Tensor q, Tensor k, Tensor v, Segments segments, float scale, int window = 0, float softCap = 0, Tensor? sinks = null)
    {
        int heads = q.Shape[1], kvHeads = k.Shape[1], group = heads / kvHeads, d = q.Shape[2], dv = v.Shape[2];
        int[] rowOf = new int[q.Shape[0]];
        Array.Fill(rowOf, -1);
        List<Tensor> parts = [];
        int rows = 0;
        for (int s = 0; s < segments.Count; s++)
        {
            int n = segments.QueryLength[s], m = segments.KeyLength[s];
            if (n == 0) continue;
            for (int i = 0; i < n; i++) rowOf[segments.QueryStart[s] + i] = rows++;
            Tensor qs = q.Slice(0, segments.QueryStart[s], n).To(DType.F32).Reshape([n, kvHeads, group, d]).Permute(1, 2, 0, 3);
            Tensor ks = k.Slice(0, segments.KeyStart[s], m).To(DType.F32).Reshape([m, kvHeads, 1, d]).Permute(1, 2, 3, 0).Expand([kvHeads, group, d, m]);
            Tensor vs = v.Slice(0, segments.KeyStart[s], m).To(DType.F32).Reshape([m, kvHeads, 1, dv]).Permute(1, 2, 0, 3).Expand([kvHeads, group, m, dv]);
            Tensor scores = qs.MatMul(ks) * scale;
            if (softCap > 0) scores = (scores / softCap).Tanh() * softCap;
            Tensor hidden = Mask(q.Backend, segments, s, window).Expand(scores.Shape);
            scores = TensorOps.Select(hidden, Tensor.Full(q.Backend, [1], float.MinValue).Expand(scores.Shape), scores);
            if (sinks is not null)
                scores = TensorOps.Concat(3, scores, sinks.To(DType.F32).Reshape([kvHeads, group, 1, 1]).Expand([kvHeads, group, n, 1]));
            Tensor p = SoftmaxOp.Compose(scores, log: false);
            if (sinks is not null) p = p.Slice(3, 0, m);
            parts.Add(p.MatMul(vs).Permute(2, 0, 1, 3).Reshape([n, heads * dv]));
        }
        if (rows < rowOf.Length) parts.Add(Tensor.Zeros(q.Backend, [1, heads * dv]));
        for (int i = 0; i < rowOf.Length; i++)
            if (rowOf[i] < 0) rowOf[i] = rows;
        if (rowOf.Length == 0) return Tensor.Empty(q.Backend, [0, heads, dv], q.DType);
        Tensor all = TensorOps.Concat(0, [.. parts]);
        return all.GatherRows(Tensor.From<int>(q.Backend, rowOf, [rowOf.Length])).Reshape([rowOf.Length, heads, dv]).To(q.DType);
    }

    /// <inheritdoc/>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y)
    {
        double pairs = 0, bytes = OpCost.BytesOf(x[0]) + OpCost.BytesOf(x[1]) + OpCost.BytesOf(x[2]) + OpCost.BytesOf(y[0]);
        for (int s = 0; s < spec.Segments.Count; s++)
            for (int i = 0; i < spec.Segments.QueryLength[s]; i++)
            {
                (int first, int end) = spec.Segments.Visible(s, i, spec.Window);
                pairs += end - first;
            }
        // Forward: scores and their sum over the values. Backward: five products of that size, two over the values and three over the keys.
        double keys = 2 * pairs * spec.Heads * spec.HeadDim, values = 2 * pairs * spec.Heads * spec.ValueDim;
        return new(keys + values, bytes, 3 * keys + 2 * values, 2 * bytes);
    }

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        Tensor q = x[0].WithUnitRows(), k = x[1].WithUnitRows(), v = x[2].WithUnitRows();
        y[0] = Tensor.Empty(q.Backend, [q.Shape[0], spec.Heads, spec.ValueDim], q.DType);
        kernel.Forward(spec, q, k, v, x.Length > 3 ? x[3] : null, y[0], NewState(kernel.State(spec, q.Shape[0]), q.Backend));
        Save(q, k, v, y[0]);
        if (x.Length > 3) Save(x[3]);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx) =>
        kernel.Backward(spec, Saved(0), Saved(1), Saved(2), spec.HasSinks ? Saved(4) : null, Saved(3), State, dy[0]!,
            dx.Into(0), dx.Into(1), dx.Into(2), spec.HasSinks ? dx.Into(3) : default);

    /// <summary>True where the query must not see the key, [1, 1, queries, keys].</summary>
    private static Tensor Mask(Backend backend, Segments segments, int s, int window)
    {
        int n = segments.QueryLength[s], m = segments.KeyLength[s];
        var hidden = new bool[(long)n * m];
        for (int i = 0; i < n; i++)
        {
            (int first, int end) = segments.Visible(s, i, window);
            for (int j = 0; j < m; j++) hidden[(long)i * m + j] = j < first || j >= end;
        }
        return Tensor.From<bool>(backend, hidden, [1, 1, n, m]);
    }
}

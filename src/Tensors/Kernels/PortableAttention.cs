namespace Pure.Tuner.Kernels;

/// <summary>Attention over the primitives of any backend, for devices without a kernel of their own: a block of queries of all heads at a time.</summary>
/// <remarks>
/// The scores of a block, [kvHeads, group, queries, keys], are all that is ever held: about 32 MB. Kept for backward: lse F32 [heads, tokens].
/// Scores, probabilities and gradients are F32 whatever the dtype of q, k and v.
/// </remarks>
public sealed class PortableAttention(Backend backend) : IAttentionKernel
{
    private const long BlockElements = 8L << 20;

    /// <inheritdoc/>
    public Support Supports(in AttentionSpec spec) => spec.DType.IsFloat ? Support.Both : Support.None;

    /// <inheritdoc/>
    public StateSpec State(in AttentionSpec spec, int tokens) => new(([spec.Heads, tokens], DType.F32));

    /// <inheritdoc/>
    public void Forward(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor? sinks, Tensor y, State state)
    {
        using var scope = TensorScope.Begin();
        Tensor positions = Positions(spec);
        if (!CoversAll(spec.Segments, y.Shape[0])) backend.Fill(y, 0);
        for (int s = 0; s < spec.Segments.Count; s++)
            for (int first = 0, count; first < spec.Segments.QueryLength[s]; first += count)
            {
                using var block = TensorScope.Begin();
                count = BlockQueries(spec, s, first);
                Block b = new(this, spec, s, first, count);
                Tensor p = b.Scores(q, k, positions, slope: out _), lse = b.Rows(), sum = b.Rows();
                backend.Reduce(ReduceKind.Max, p, lse);                      // lse holds the maximum until it is done with
                Tensor? sink = sinks is null ? null : b.Sinks(sinks);
                if (sink is not null) backend.Binary(BinaryKind.Max, lse, sink, lse);
                backend.Binary(BinaryKind.Sub, p, lse.AcrossRow(b.Keys), p);
                backend.Unary(UnaryKind.Exp, p, p);
                backend.Reduce(ReduceKind.Sum, p, sum);
                if (sink is not null)
                {
                    Tensor e = b.Rows();
                    backend.Binary(BinaryKind.Sub, sink, lse, e);
                    backend.Unary(UnaryKind.Exp, e, e);
                    backend.Binary(BinaryKind.Add, sum, e, sum);
                }
                backend.Binary(BinaryKind.Div, p, sum.AcrossRow(b.Keys), p);
                backend.MatMul(p, b.Values(v), b.Queries(y));
                if (state.IsEmpty) continue;
                backend.Unary(UnaryKind.Log, sum, sum);
                backend.Binary(BinaryKind.Add, lse, sum, b.Lse(state[0]));
            }
    }

    /// <inheritdoc/>
    public void Backward(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor? sinks, Tensor y, State state, Tensor dy, Into dq, Into dk, Into dv, Into dsinks)
    {
        if (dq.IsEmpty && dk.IsEmpty && dv.IsEmpty && dsinks.IsEmpty) return;
        using var scope = TensorScope.Begin();
        Tensor positions = Positions(spec);
        Tensor? tq = Sum(dq), tk = Sum(dk), tv = Sum(dv);
        Tensor? ts = dsinks.IsEmpty ? null : dsinks.Target;
        if (ts is not null && !dsinks.Accumulate) backend.Fill(ts, 0);
        for (int s = 0; s < spec.Segments.Count; s++)
            for (int first = 0, count; first < spec.Segments.QueryLength[s]; first += count)
            {
                using var block = TensorScope.Begin();
                count = BlockQueries(spec, s, first);
                Block b = new(this, spec, s, first, count);
                Tensor p = b.Scores(q, k, positions, out Tensor? slope), lse = b.Lse(state[0]);
                backend.Binary(BinaryKind.Sub, p, lse.AcrossRow(b.Keys), p);
                backend.Unary(UnaryKind.Exp, p, p);
                Tensor dyBlock = b.Queries(dy);
                if (tv is not null) b.AddPerKeyHead(p, dyBlock, b.KeyRows(tv), 1);
                if (tq is null && tk is null && ts is null) continue;

                Tensor product = Tensor.Empty(backend, dyBlock.Shape), dot = b.Rows();
                backend.Binary(BinaryKind.Mul, dyBlock.Widened(), b.Queries(y).Widened(), product);
                backend.Reduce(ReduceKind.Sum, product, dot);
                if (ts is not null) b.AddSinkGradient(b.Sinks(sinks!), lse, dot, ts);
                if (tq is null && tk is null) continue;

                Tensor ds = Tensor.EmptyLike(p);
                backend.MatMul(dyBlock, b.ValuesTransposed(v), ds);
                backend.Binary(BinaryKind.Sub, ds, dot.AcrossRow(b.Keys), ds);
                backend.Binary(BinaryKind.Mul, ds, p, ds);
                if (slope is not null) backend.Binary(BinaryKind.Mul, ds, slope, ds);
                if (tq is not null) backend.MatMul(ds, b.Values(k), b.Queries(tq), spec.Scale, accumulate: true);
                if (tk is not null) b.AddPerKeyHead(ds, b.Queries(q), b.KeyRows(tk), spec.Scale);
            }
        Deliver(tq, dq);
        Deliver(tk, dk);
        Deliver(tv, dv);
    }

    /// <summary>Where a gradient is summed: F32, begun with zero or with what is to be added to.</summary>
    private Tensor? Sum(Into into)
    {
        if (into.IsEmpty) return null;
        Tensor target = into.Target;
        Tensor sum = target.DType == DType.F32 ? target : Tensor.EmptyLike(target, DType.F32);
        if (!into.Accumulate) backend.Fill(sum, 0);
        else if (sum != target) backend.Copy(target, sum);
        return sum;
    }

    private void Deliver(Tensor? sum, Into into)
    {
        if (sum is not null && sum != into.Target) backend.Copy(sum, into.Target);
    }

    private static bool CoversAll(Segments segments, int tokens)
    {
        int next = 0;
        for (int i = 0; i < segments.Count; i++)
        {
            if (segments.QueryStart[i] != next) return false;
            next += segments.QueryLength[i];
        }
        return next == tokens;
    }

    /// <summary>0, 1, 2, ... as F32, exact far beyond any sequence: what a key's and a query's places are compared by.</summary>
    private Tensor Positions(in AttentionSpec spec)
    {
        int most = 0;
        foreach (int keys in spec.Segments.KeyLength) most = Math.Max(most, keys);
        int length = checked(most + Math.Min(spec.Window, most) + 2);
        Tensor y = Tensor.Empty(backend, [length]);
        Span<float> some = stackalloc float[256];
        for (int start = 0; start < length; start += some.Length)
        {
            int count = Math.Min(some.Length, length - start);
            for (int i = 0; i < count; i++) some[i] = start + i;
            backend.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes(some[..count]), y.Slice(start, count));
        }
        return y;
    }

    private static int BlockQueries(in AttentionSpec spec, int segment, int first)
    {
        int left = spec.Segments.QueryLength[segment] - first;
        return (int)Math.Clamp(BlockElements / Math.Max(1L, (long)spec.Heads * spec.Segments.KeyLength[segment]), Math.Min(16, left), left);
    }

    /// <summary>Queries [first, first + count) of a segment with the keys any of them sees; heads are seen as [kvHeads, group].</summary>
    private readonly struct Block
    {
        private readonly Backend _backend;
        private readonly AttentionSpec _spec;
        private readonly int _query, _count, _key, _group, _end, _window, _firstKey;

        public Block(PortableAttention owner, in AttentionSpec spec, int segment, int first, int count)
        {
            _backend = owner.Backend;
            _spec = spec;
            _group = spec.Heads / spec.KvHeads;
            _query = spec.Segments.QueryStart[segment] + first;
            _count = count;
            (_firstKey, _end) = spec.Segments.Visible(segment, first, spec.Window);
            int lastEnd = spec.Segments.Visible(segment, first + count - 1, spec.Window).End;
            _key = spec.Segments.KeyStart[segment] + _firstKey;
            Keys = lastEnd - _firstKey;
            _window = spec.Window > 0 && spec.Window < lastEnd ? spec.Window : 0;
        }

        public int Keys { get; }

        /// <summary>A number a query and head.</summary>
        public Tensor Rows() => Tensor.Empty(_backend, [_spec.KvHeads, _group, _count]);

        public Tensor Sinks(Tensor sinks)
        {
            Tensor f = sinks.Widened();
            return f.View([_spec.KvHeads, _group, _count], [_group * f.Strides[0], f.Strides[0], 0], f.Offset);
        }

        /// <summary>[tokens, heads, d] as [kvHeads, group, queries, d].</summary>
        public Tensor Queries(Tensor x) =>
            x.View([_spec.KvHeads, _group, _count, x.Shape[2]], [_group * x.Strides[1], x.Strides[1], x.Strides[0], x.Strides[2]], x.Offset + (long)_query * x.Strides[0]);

        /// <summary>[keys, kvHeads, d] as [kvHeads, group, keys, d], each head standing for its group.</summary>
        public Tensor Values(Tensor x) =>
            x.View([_spec.KvHeads, _group, Keys, x.Shape[2]], [x.Strides[1], 0, x.Strides[0], x.Strides[2]], x.Offset + (long)_key * x.Strides[0]);

        public Tensor ValuesTransposed(Tensor x) =>
            x.View([_spec.KvHeads, _group, x.Shape[2], Keys], [x.Strides[1], 0, x.Strides[2], x.Strides[0]], x.Offset + (long)_key * x.Strides[0]);

        /// <summary>[keys, kvHeads, d] as [kvHeads, keys, d].</summary>
        public Tensor KeyRows(Tensor x) =>
            x.View([_spec.KvHeads, Keys, x.Shape[2]], [x.Strides[1], x.Strides[0], x.Strides[2]], x.Offset + (long)_key * x.Strides[0]);

        /// <summary>[heads, tokens] as [kvHeads, group, queries].</summary>
        public Tensor Lse(Tensor x) =>
            x.View([_spec.KvHeads, _group, _count], [_group * x.Strides[0], x.Strides[0], x.Strides[1]], x.Offset + (long)_query * x.Strides[1]);

        /// <summary>Masked scores, and the slope of the cap when there is one.</summary>
        public Tensor Scores(Tensor q, Tensor k, Tensor positions, out Tensor? slope)
        {
            Tensor s = Tensor.Empty(_backend, [_spec.KvHeads, _group, _count, Keys]);
            _backend.MatMul(Queries(q), ValuesTransposed(k), s, _spec.Scale);
            slope = null;
            if (_spec.SoftCap != 0)
            {
                _backend.Binary(BinaryKind.Div, s, _spec.SoftCap, s);
                _backend.Unary(UnaryKind.Tanh, s, s);
                slope = Tensor.EmptyLike(s);
                _backend.Unary(UnaryKind.Square, s, slope);
                _backend.Binary(BinaryKind.Mul, slope, -1, slope);
                _backend.Binary(BinaryKind.Add, slope, 1, slope);
                _backend.Binary(BinaryKind.Mul, s, _spec.SoftCap, s);
            }
            Mask(s, positions);
            return s;
        }

        /// <summary>Score j of query i stays when firstKey + j &lt; end + i, and with a window when firstKey + j + window ≥ end + i.</summary>
        private void Mask(Tensor s, Tensor positions)
        {
            Tensor never = Tensor.Full(_backend, [1], double.NegativeInfinity), outside = never.View(s.Shape, [0, 0, 0, 0], 0);
            Tensor ends = positions.View([_count, Keys], [1, 0], positions.Offset + _end);
            if (_count > 1) Keep(s, positions.View([_count, Keys], [0, 1], positions.Offset + _firstKey), ends, outside, BinaryKind.Less);
            if (_window > 0) Keep(s, positions.View([_count, Keys], [0, 1], positions.Offset + _firstKey + _window + 1), ends, outside, BinaryKind.Greater);
        }

        private void Keep(Tensor s, Tensor a, Tensor b, Tensor outside, BinaryKind comparison)
        {
            Tensor seen = Tensor.Empty(_backend, [_count, Keys], DType.Bool);
            _backend.Binary(comparison, a, b, seen);
            _backend.Select(seen.View(s.Shape, [0, 0, Keys, 1], seen.Offset), s, outside, s);
        }

        /// <summary>y[kv] += alpha · Σ over the heads of the group, in order, of p[head]ᵀ x[head].</summary>
        public void AddPerKeyHead(Tensor p, Tensor x, Tensor y, float alpha)
        {
            for (int g = 0; g < _group; g++)
            {
                Tensor pg = p.View([_spec.KvHeads, Keys, _count], [p.Strides[0], p.Strides[3], p.Strides[2]], p.Offset + (long)g * p.Strides[1]);
                Tensor xg = x.View([_spec.KvHeads, _count, x.Shape[3]], [x.Strides[0], x.Strides[2], x.Strides[3]], x.Offset + (long)g * x.Strides[1]);
                _backend.MatMul(pg, xg, y, alpha, accumulate: true);
            }
        }

        /// <summary>dsinks -= Σ over queries of e^(sink - lse) · (dy · y).</summary>
        public void AddSinkGradient(Tensor sink, Tensor lse, Tensor dot, Tensor dsinks)
        {
            Tensor p = Rows();
            _backend.Binary(BinaryKind.Sub, sink, lse, p);
            _backend.Unary(UnaryKind.Exp, p, p);
            _backend.Binary(BinaryKind.Mul, p, dot, p);
            _backend.Unary(UnaryKind.Neg, p, p);
            _backend.Reduce(ReduceKind.Sum, p, dsinks.View([_spec.KvHeads, _group], [_group * dsinks.Strides[0], dsinks.Strides[0]], dsinks.Offset), accumulate: true);
        }
    }

    private Backend Backend => backend;
}

using Pure.Tuner.Kernels;
using static Pure.Tuner.Tests.Fused.FusedCheck;

namespace Pure.Tuner.Tests.Fused;

/// <summary>The cpu's attention and the portable one against plain loops in F64.</summary>
[Trait("Category", "Unit")]
public class AttentionTests
{
    public sealed record Case(string Name, int Heads, int KvHeads, int D, int Dv, Segments Segments, int Tokens, int Keys, int Window = 0, float Cap = 0, bool Sinks = false, bool Accumulate = false, DType DType = DType.F32)
    {
        public override string ToString() => Name;
    }

    private static Case Packed(string name, int heads, int kvHeads, int d, int dv, int[] lengths, int window = 0, float cap = 0, bool sinks = false, bool accumulate = false, DType dtype = DType.F32) =>
        new(name, heads, kvHeads, d, dv, Segments.Packed(lengths), lengths.Sum(), lengths.Sum(), window, cap, sinks, accumulate, dtype);

    public static TheoryData<Case, bool> Cases()
    {
        var data = new TheoryData<Case, bool>();
        foreach (Case c in (Case[])
        [
            Packed("one row", 1, 1, 4, 4, [1]),
            Packed("odd sizes", 3, 3, 12, 7, [5, 1, 30], accumulate: true),
            Packed("groups of 4", 4, 1, 20, 20, [70], cap: 5),
            Packed("groups of 3, long", 6, 2, 64, 64, [200], accumulate: true),
            Packed("groups of 2, window", 4, 2, 80, 64, [150, 3, 40], window: 37),
            Packed("window of one", 2, 2, 16, 16, [33], window: 1, sinks: true),
            Packed("window wider than the keys", 2, 1, 16, 16, [33], window: 100),
            Packed("sinks", 4, 2, 64, 64, [97, 64], sinks: true, accumulate: true),
            Packed("everything", 6, 2, 20, 12, [66, 1, 129], window: 50, cap: 3, sinks: true),
            Packed("bf16", 4, 2, 32, 32, [70, 20], sinks: true, accumulate: true, dtype: DType.BF16),
            Packed("f16", 2, 1, 8, 8, [20], dtype: DType.F16),
            Packed("head of 128", 2, 1, 128, 128, [130]),
            new("nothing", 2, 1, 8, 8, Segments.Packed(), 0, 0),
            new("rows outside", 4, 2, 16, 16, new([2, 40], [30, 5], [1, 50], [30, 5]), 50, 60, Accumulate: true),
            new("rows outside, written", 4, 2, 16, 16, new([2, 40], [30, 5], [1, 50], [30, 5]), 50, 60, Sinks: true),
            new("decoding from a cache", 6, 2, 64, 64, new([0, 1, 2], [1, 1, 1], [0, 300, 400], [290, 1, 77]), 3, 500),
            new("decoding, 7 heads a group", 14, 2, 64, 64, new([0, 1], [1, 1], [0, 300], [290, 77]), 2, 500, Sinks: true),
            new("decoding, a head a group", 3, 3, 20, 44, new([0, 1, 4], [1, 3, 1], [0, 300, 400], [290, 9, 70]), 5, 470, Window: 50, Cap: 4, Sinks: true),
            new("decoding, bf16", 2, 1, 40, 40, new([0], [2], [0], [130]), 2, 130, DType: DType.BF16),
            new("prefill behind a cache", 4, 2, 16, 16, new([0, 5], [5, 40], [10, 100], [60, 90]), 45, 200, Window: 30),
            new("shared keys", 2, 1, 16, 16, new([0, 4], [4, 4], [0, 0], [10, 10]), 8, 12),
        ])
        {
            data.Add(c, false);
            data.Add(c, true);
        }
        return data;
    }

    [Theory, MemberData(nameof(Cases))]
    public void Matches_plain_loops(Case c, bool portable)
    {
        float scale = 1.3f / MathF.Sqrt(c.D);
        float[] q = Rounded(c.DType, Random(1, (long)c.Tokens * c.Heads * c.D, 2)), k = Rounded(c.DType, Random(2, (long)c.Keys * c.KvHeads * c.D, 2));
        float[] v = Rounded(c.DType, Random(3, (long)c.Keys * c.KvHeads * c.Dv)), dy = Rounded(c.DType, Random(4, (long)c.Tokens * c.Heads * c.Dv)), sinks = Random(5, c.Heads);
        float[]? Begun(int seed, int n) => c.Accumulate ? Rounded(c.DType, Random(seed, n)) : null;
        float[]? dq0 = Begun(6, q.Length), dk0 = Begun(7, k.Length), dv0 = Begun(8, v.Length), ds0 = c.Accumulate ? Random(9, c.Heads) : null;
        Oracle expected = new(c, scale, q, k, v, dy, sinks);

        float[][] got = SameForAllThreads(b =>
        {
            IAttentionKernel kernel = portable ? new PortableAttention(b) : b;
            Tensor tq = Put(b, c.DType, q, c.Tokens, c.Heads, c.D), tk = Put(b, c.DType, k, c.Keys, c.KvHeads, c.D), tv = Put(b, c.DType, v, c.Keys, c.KvHeads, c.Dv);
            Tensor ty = Tensor.Empty(b, [c.Tokens, c.Heads, c.Dv], c.DType), tdy = Put(b, c.DType, dy, c.Tokens, c.Heads, c.Dv);
            Tensor? ts = c.Sinks ? Put(b, sinks, c.Heads) : null;
            AttentionSpec spec = AttentionSpec.Check("attention", tq, tk, tv, ts, c.Segments, scale, c.Window, c.Cap);
            Assert.Equal(Support.Both, kernel.Supports(spec));
            var state = new State([.. kernel.State(spec, c.Tokens).Parts.Select(p => Tensor.Empty(b, p.Shape, p.DType))]);
            kernel.Forward(spec, tq, tk, tv, ts, ty, default);
            float[] without = Get(ty);
            kernel.Forward(spec, tq, tk, tv, ts, ty, state);
            Into dq = Begin(b, dq0, c.DType, c.Tokens, c.Heads, c.D), dk = Begin(b, dk0, c.DType, c.Keys, c.KvHeads, c.D), dv = Begin(b, dv0, c.DType, c.Keys, c.KvHeads, c.Dv);
            Into ds = c.Sinks ? Begin(b, ds0, DType.F32, c.Heads) : default;
            kernel.Backward(spec, tq, tk, tv, ts, ty, state, tdy, dq, dk, dv, ds);
            Into dq1 = Begin(b, dq0, c.DType, c.Tokens, c.Heads, c.D), dk1 = Begin(b, dk0, c.DType, c.Keys, c.KvHeads, c.D), dv1 = Begin(b, dv0, c.DType, c.Keys, c.KvHeads, c.Dv);
            kernel.Backward(spec, tq, tk, tv, ts, ty, state, tdy, dq1, default, default, default);
            kernel.Backward(spec, tq, tk, tv, ts, ty, state, tdy, default, dk1, default, default);
            kernel.Backward(spec, tq, tk, tv, ts, ty, state, tdy, default, default, dv1, default);
            kernel.Backward(spec, tq, tk, tv, ts, ty, state, tdy, default, default, default, default);
            return [Get(ty), Get(dq.Target), Get(dk.Target), Get(dv.Target), c.Sinks ? Get(ds.Target) : [], without, Get(dq1.Target), Get(dk1.Target), Get(dv1.Target)];
        });
        double tolerance = c.DType == DType.F32 ? F32 : BF16, gradient = c.DType == DType.F32 ? F32 : 2 * BF16;   // y is rounded before D reads it
        Close(expected.Y, got[0], tolerance, "y");
        Close(Plus(expected.Dq, dq0), got[1], gradient, "dq");
        Close(Plus(expected.Dk, dk0), got[2], gradient, "dk");
        Close(Plus(expected.Dv, dv0), got[3], gradient, "dv");
        if (c.Sinks) Close(Plus(expected.Dsinks, ds0), got[4], gradient, "dsinks");
        Assert.Equal(got[0], got[5]);
        for (int i = 1; i <= 3; i++) Assert.Equal(got[i], got[i + 5]);
    }

    /// <summary>q, k and v as views of one row, as a fused projection leaves them; and dq, dk, dv likewise.</summary>
    [Fact]
    public void Reads_and_writes_heads_of_a_wider_row()
    {
        const int Heads = 4, KvHeads = 2, D = 16, Tokens = 70, Row = (Heads + 2 * KvHeads) * D;
        var c = Packed("", Heads, KvHeads, D, D, [Tokens]);
        float[] qkv = Random(1, Tokens * Row), dy = Random(2, Tokens * Heads * D);
        float[] Part(int from, int n) => [.. Enumerable.Range(0, Tokens * n).Select(i => qkv[i / n * Row + from + i % n])];
        Oracle expected = new(c, 0.2f, Part(0, Heads * D), Part(Heads * D, KvHeads * D), Part((Heads + KvHeads) * D, KvHeads * D), dy, new float[Heads]);
        float[][] got = SameForAllThreads(b =>
        {
            Tensor x = Put(b, qkv, Tokens, Row), dx = Tensor.Empty(b, [Tokens, Row]);
            Tensor At(Tensor t, int from, int heads) => t.View([Tokens, heads, D], [Row, D, 1], from * D);
            Tensor q = At(x, 0, Heads), k = At(x, Heads, KvHeads), v = At(x, Heads + KvHeads, KvHeads), y = Tensor.Empty(b, [Tokens, Heads, D]);
            IAttentionKernel kernel = b;
            AttentionSpec spec = AttentionSpec.Check("attention", q, k, v, null, c.Segments, 0.2f, 0, 0);
            var state = new State([Tensor.Empty(b, [Heads, Tokens]), Tensor.Empty(b, [Heads, Tokens])]);
            kernel.Forward(spec, q, k, v, null, y, state);
            kernel.Backward(spec, q, k, v, null, y, state, Put(b, dy, Tokens, Heads, D), new(At(dx, 0, Heads), false), new(At(dx, Heads, KvHeads), false), new(At(dx, Heads + KvHeads, KvHeads), false), default);
            return [Get(y), Get(At(dx, 0, Heads)), Get(At(dx, Heads, KvHeads)), Get(At(dx, Heads + KvHeads, KvHeads))];
        });
        Close(expected.Y, got[0], F32, "y");
        Close(expected.Dq, got[1], F32, "dq");
        Close(expected.Dk, got[2], F32, "dk");
        Close(expected.Dv, got[3], F32, "dv");
    }

    /// <summary>The bodies that this machine would not choose.</summary>
    [Theory, InlineData(1), InlineData(8), InlineData(16)]
    public void Every_register_width_agrees(int lanes)
    {
        var c = Packed("", 6, 2, 20, 12, [66, 1, 70], window: 50, cap: 3, sinks: true);
        float[] q = Random(1, c.Tokens * c.Heads * c.D), k = Random(2, c.Keys * c.KvHeads * c.D), v = Random(3, c.Keys * c.KvHeads * c.Dv), dy = Random(4, c.Tokens * c.Heads * c.Dv), sinks = Random(5, c.Heads);
        Oracle expected = new(c, 0.3f, q, k, v, dy, sinks);
        float[][] got = SameForAllThreads(b =>
        {
            Tensor tq = Put(b, q, c.Tokens, c.Heads, c.D), tk = Put(b, k, c.Keys, c.KvHeads, c.D), tv = Put(b, v, c.Keys, c.KvHeads, c.Dv), ts = Put(b, sinks, c.Heads);
            Tensor y = Tensor.Empty(b, [c.Tokens, c.Heads, c.Dv]), tdy = Put(b, dy, c.Tokens, c.Heads, c.Dv);
            var job = new AttentionJob(new AttentionPlan(AttentionSpec.Check("attention", tq, tk, tv, ts, c.Segments, 0.3f, c.Window, c.Cap)), tq, tk, tv, ts, y, Tensor.Empty(b, [c.Heads, c.Tokens]), Tensor.Empty(b, [c.Heads, c.Tokens]));
            Into dq = new(Tensor.EmptyLike(tq), false), dk = new(Tensor.EmptyLike(tk), false), dv = new(Tensor.EmptyLike(tv), false), ds = new(Tensor.EmptyLike(ts), false);
            if (lanes == 1) Run<Lane>();
            else if (lanes == 8) Run<Lanes256>();
            else Run<Lanes512>();
            return [Get(y), Get(dq.Target), Get(dk.Target), Get(dv.Target), Get(ds.Target)];

            void Run<T>() where T : struct, ILanes<T>
            {
                b.AttentionForward<T>(job);
                b.AttentionBackward<T>(job, tdy, dq, dk, dv, ds);
            }
        });
        double[][] all = [expected.Y, expected.Dq, expected.Dk, expected.Dv, expected.Dsinks];
        for (int i = 0; i < all.Length; i++) Close(all[i], got[i], F32, $"{i}");
    }

    private sealed class Oracle
    {
        public double[] Y, Dq, Dk, Dv, Dsinks;

        public Oracle(Case c, double scale, float[] q, float[] k, float[] v, float[] dy, float[] sinks)
        {
            (Y, Dq, Dk, Dv, Dsinks) = (new double[dy.Length], new double[q.Length], new double[k.Length], new double[v.Length], new double[c.Heads]);
            Segments seg = c.Segments;
            for (int s = 0; s < seg.Count; s++)
                for (int i = 0; i < seg.QueryLength[s]; i++)
                    for (int h = 0; h < c.Heads; h++)
                    {
                        int kv = h / (c.Heads / c.KvHeads), at = (seg.QueryStart[s] + i) * c.Heads + h;
                        int end = seg.KeyLength[s] - seg.QueryLength[s] + i + 1, first = c.Window > 0 ? Math.Max(0, end - c.Window) : 0;
                        int KeyAt(int j) => (seg.KeyStart[s] + j) * c.KvHeads + kv;
                        double[] z = new double[end], slope = new double[end];
                        double max = c.Sinks ? sinks[h] : double.NegativeInfinity;
                        for (int j = first; j < end; j++)
                        {
                            double dot = 0;
                            for (int x = 0; x < c.D; x++) dot += (double)q[at * c.D + x] * k[KeyAt(j) * c.D + x];
                            z[j] = dot * scale;
                            slope[j] = 1;
                            if (c.Cap != 0)
                            {
                                double t = Math.Tanh(z[j] / c.Cap);
                                z[j] = c.Cap * t;
                                slope[j] = 1 - t * t;
                            }
                            max = Math.Max(max, z[j]);
                        }
                        double sum = c.Sinks ? Math.Exp(sinks[h] - max) : 0, total = 0;
                        for (int j = first; j < end; j++) sum += Math.Exp(z[j] - max);
                        double[] p = new double[end], dp = new double[end];
                        for (int j = first; j < end; j++)
                        {
                            p[j] = Math.Exp(z[j] - max) / sum;
                            for (int x = 0; x < c.Dv; x++)
                            {
                                Y[at * c.Dv + x] += p[j] * v[KeyAt(j) * c.Dv + x];
                                dp[j] += (double)dy[at * c.Dv + x] * v[KeyAt(j) * c.Dv + x];
                                Dv[KeyAt(j) * c.Dv + x] += p[j] * dy[at * c.Dv + x];
                            }
                            total += p[j] * dp[j];
                        }
                        if (c.Sinks) Dsinks[h] -= Math.Exp(sinks[h] - max) / sum * total;
                        for (int j = first; j < end; j++)
                            for (int x = 0; x < c.D; x++)
                            {
                                double g = p[j] * (dp[j] - total) * slope[j] * scale;
                                Dq[at * c.D + x] += g * k[KeyAt(j) * c.D + x];
                                Dk[KeyAt(j) * c.D + x] += g * q[at * c.D + x];
                            }
                    }
        }
    }
}

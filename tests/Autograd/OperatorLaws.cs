using FsCheck;
using FsCheck.Fluent;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Laws that hold for every shape and every number.</summary>
[Trait("Category", "Property")]
public sealed class OperatorLaws : IDisposable
{
    /// <summary>Sums of at most some hundred terms near 1, in another order.</summary>
    private const double Near = 2e-4;

    private readonly Backend _backend = Devices.Open("cpu");

    public void Dispose()
    {
        Assert.Equal(0, _backend.LiveBlocks);
        _backend.Dispose();
    }

    /// <summary>Lengths and a seed: what a law is tried with.</summary>
    private static Arbitrary<(int M, int N, int K, int Seed)> Sizes(int least = 1, int most = 12) =>
        (from m in Gen.Choose(least, most) from n in Gen.Choose(least, most) from k in Gen.Choose(least, most) from s in Gen.Choose(0, 1 << 20) select (m, n, k, s)).ToArbitrary();

    private void ForAll(Func<int, int, int, int, bool> law, int least = 1) =>
        Prop.ForAll(Sizes(least), c =>
        {
            using var scope = TensorScope.Begin();
            return law(c.M, c.N, c.K, c.Seed);
        }).QuickCheckThrowOnFailure();

    private Tensor Random(int seed, string name, params int[] lengths)
    {
        ulong key = CounterRandom.Key(seed, 0, 0, name);
        Shape shape = new(lengths);
        return Tensor.From<float>(_backend, [.. Enumerable.Range(0, (int)shape.Count).Select(i => CounterRandom.Word(key, i) / 2147483648f - 1)], shape);
    }

    private static bool Close(Tensor a, Tensor b) =>
        a.Shape == b.Shape && a.ToArray<float>().Zip(b.ToArray<float>()).All(p => Math.Abs(p.First - p.Second) <= Near * (1 + Math.Abs(p.Second)));

    private static bool Same(Tensor a, Tensor b) => a.Shape == b.Shape && a.ToArray<float>().AsSpan().SequenceEqual(b.ToArray<float>());

    private static double Dot(Tensor a, Tensor b) => a.ToArray<float>().Zip(b.ToArray<float>()).Sum(p => (double)p.First * p.Second);

    // Linearity

    [Fact]
    public void MatMul_is_linear_in_both() => ForAll((m, n, k, s) =>
    {
        Tensor a = Random(s, "a", m, k), b = Random(s, "b", m, k), c = Random(s, "c", k, n), d = Random(s, "d", k, n);
        return Close((a * 2 + b * -3).MatMul(c), a.MatMul(c) * 2 + b.MatMul(c) * -3) && Close(a.MatMul(c + d), a.MatMul(c) + a.MatMul(d));
    });

    [Fact]
    public void Linear_is_matmul_with_the_transpose_and_linear() => ForAll((m, n, k, s) =>
    {
        Tensor x = Random(s, "x", m, k), z = Random(s, "z", m, k);
        using var w = new Parameter("w", Random(s, "w", n, k));
        return Close(x.Linear(w), x.MatMul(w.Value.Transpose())) && Close((x + z * 0.5).Linear(w), x.Linear(w) + z.Linear(w) * 0.5);
    });

    [Fact]
    public void Attention_is_linear_in_the_values() => ForAll((m, n, k, s) =>
    {
        Tensor q = Random(s, "q", m, 2, k), key = Random(s, "k", m, 1, k), v = Random(s, "v", m, 1, n), u = Random(s, "u", m, 1, n);
        Tensor Attend(Tensor values) => TensorOps.Attention(q, key, values, Segments.Packed(m), 0.7f);
        return Close(Attend(v * 2 + u), Attend(v) * 2 + Attend(u));
    });

    // Adjoints: <dy, J dx> = <Jᵀ dy, dx>. For a linear f, J dx is f(dx).

    [Fact]
    public void Linear_operators_and_their_gradients_are_adjoint() => ForAll((m, n, k, s) =>
    {
        using var w = new Parameter("w", Random(s, "w", n, k));
        Tensor other = Random(s, "o", k, n), factor = Random(s, "f", m, k), cos = Random(s, "cos", m, 2), sin = Random(s, "sin", m, 2);
        Tensor ids = Tensor.From<int>(_backend, [.. Enumerable.Range(0, n).Select(i => i * 7 % m)], [n]);
        (int[] In, Func<Tensor, Tensor> F)[] operators =
        [
            ([m, k], x => x.MatMul(other)), ([m, k], x => x.Linear(w)), ([m, k], x => x * factor), ([m, k], x => x.SumLast()), ([m, k], x => x.Transpose()),
            ([m, k], x => x.Reshape([k * m])), ([m, k], x => x.Slice(1, k / 2, k - k / 2)), ([m, 1], x => x.Expand([3, m, k])), ([m, k], x => TensorOps.Concat(1, x, x, factor * 0)),
            ([m, k], x => x.GatherRows(ids)), ([m, k], x => x.Dropout(5, 0.4f)), ([m, n, 6], x => x.Rope(cos, sin)), ([m, n, 6], x => x.Rope(cos, sin, RopeLayout.Adjacent)),
            ([m, 1, k], x => TensorOps.Attention(factor.Reshape([m, 1, k]), factor.Reshape([m, 1, k]), x, Segments.Packed(m), 1)),
        ];
        return operators.All(o => IsAdjoint(o.F, o.In, s));
    });

    private bool IsAdjoint(Func<Tensor, Tensor> f, int[] lengths, int seed)
    {
        Tensor dx = Random(seed, "dx", lengths), image = f(dx), dy = Random(seed, "dy", image.Shape.Lengths.ToArray());
        using var x = new Parameter("x", Random(seed, "x", lengths)) { RequiresGrad = true };
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        tape.Backward((f(x.Value) * dy).Sum());
        double forward = Dot(dy, image), backward = Dot(x.Grad!, dx);
        return Math.Abs(forward - backward) <= Near * (1 + Math.Sqrt(Dot(dy, dy) * Dot(image, image)));
    }

    // Shapes

    [Fact]
    public void Broadcasting_is_expanding_first() => ForAll((m, n, k, s) =>
    {
        Tensor a = Random(s, "a", m, 1, k), b = Random(s, "b", n, 1);
        return Same(a + b, a.Expand([m, n, k]) + b.Expand([m, n, k])) && Same(a * b, b * a);
    }, least: 0);

    [Fact]
    public void Reshapes_undo_and_join() => ForAll((m, n, k, s) =>
    {
        Tensor x = Random(s, "x", m, n, k), t = x.Permute(2, 0, 1);
        return Same(x.Reshape([m * n, k]).Reshape([n * k * m]), x.Reshape([n * k * m])) && Same(t.Reshape([k * m * n]).Reshape([k, m, n]), t);
    }, least: 0);

    [Fact]
    public void Permutations_have_inverses() => ForAll((m, n, k, s) =>
    {
        Tensor x = Random(s, "x", m, n, k);
        int[] order = [.. new[] { 0, 1, 2 }.OrderBy(i => CounterRandom.Word((ulong)s, i))], back = new int[3];
        for (int i = 0; i < 3; i++) back[order[i]] = i;
        return Same(x.Permute(order).Permute(back), x) && Same(x.Transpose().Transpose(), x);
    }, least: 0);

    [Fact]
    public void Slices_concatenate_back() => ForAll((m, n, k, s) =>
    {
        Tensor x = Random(s, "x", m, n, k);
        int d = s % 3, cut = s % (x.Shape[d] + 1);
        return Same(TensorOps.Concat(d, x.Slice(d, 0, cut), x.Slice(d, cut, x.Shape[d] - cut)), x);
    }, least: 0);

    // Invariances

    [Fact]
    public void Softmax_ignores_a_shift_and_sums_to_1() => ForAll((m, n, _, s) =>
    {
        Tensor x = Random(s, "x", m, n) * 5, shift = Random(s, "c", m, 1) * 20;
        return Close((x + shift).Softmax(), x.Softmax()) && Close(x.Softmax().SumLast(), Tensor.Full(_backend, [m, 1], 1)) && Close(x.LogSoftmax().Exp(), x.Softmax());
    });

    [Fact]
    public void RmsNorm_ignores_scale_and_gives_unit_rows() => ForAll((m, n, _, s) =>
    {
        Tensor x = Random(s, "x", m, n).Square() + 0.1;
        using var one = new Parameter("one", Tensor.Full(_backend, [n], 1));
        Tensor y = x.RmsNorm(one, 0);
        return Close((x * 37).RmsNorm(one, 0), y) && Close((y * y).MeanLast(), Tensor.Full(_backend, [m, 1], 1));
    });

    [Fact]
    public void Rope_keeps_norms_and_sees_only_differences_of_positions() => ForAll((m, n, k, s) =>
    {
        int half = k, tokens = m + n;
        Tensor x = Random(s, "x", tokens, 2, 2 * half + 1);
        foreach (RopeLayout layout in Enum.GetValues<RopeLayout>())
        {
            Tensor y = Turn(x, 0, layout), z = Turn(x, 5, layout);
            if (!Close(y.Square().SumLast(), x.Square().SumLast())) return false;
            // Scores of all pairs of tokens of one head.
            if (!Close(Scores(y), Scores(z))) return false;
        }
        return true;

        Tensor Turn(Tensor t, int start, RopeLayout layout) => t.Rope(Table(start, MathF.Cos), Table(start, MathF.Sin), layout);
        Tensor Table(int start, Func<float, float> f) =>
            Tensor.From<float>(_backend, [.. Enumerable.Range(0, tokens * half).Select(i => f((start + i / half) * MathF.Pow(100, -(i % half) / (float)half)))], [tokens, half]);
        Tensor Scores(Tensor t)
        {
            Tensor head = t.Slice(1, 0, 1).Reshape([tokens, 2 * half + 1]);
            return head.MatMul(head.Transpose());
        }
    });

    [Fact]
    public void The_order_of_sequences_in_a_pack_changes_nothing() => ForAll((m, n, k, s) =>
    {
        int[] lengths = [m, n, k];
        Tensor[] q = [.. lengths.Select((l, i) => Random(s, $"q{i}", l, 2, 6))], kv = [.. lengths.Select((l, i) => Random(s, $"k{i}", l, 1, 6))];
        int[] order = [2, 0, 1];
        Tensor first = TensorOps.Attention(TensorOps.Concat(0, q), TensorOps.Concat(0, kv), TensorOps.Concat(0, kv), Segments.Packed(lengths), 0.5f, window: 4);
        Tensor[] kvTurned = [.. order.Select(i => kv[i])];
        Tensor turned = TensorOps.Attention(TensorOps.Concat(0, [.. order.Select(i => q[i])]), TensorOps.Concat(0, kvTurned), TensorOps.Concat(0, kvTurned), Segments.Packed([.. order.Select(i => lengths[i])]), 0.5f, window: 4);
        int at = 0;
        foreach (int i in order)
        {
            Tensor alone = TensorOps.Attention(q[i], kv[i], kv[i], Segments.Packed(lengths[i]), 0.5f, window: 4);
            if (!Close(turned.Slice(0, at, lengths[i]), alone) || !Close(first.Slice(0, lengths[..i].Sum(), lengths[i]), alone)) return false;
            at += lengths[i];
        }
        return true;
    });

    [Fact]
    public void Dropout_keeps_the_mean_and_its_mask() => ForAll((m, n, k, s) =>
    {
        float rate = 0.1f + 0.8f * m / 13;
        const int Count = 20000;
        Tensor ones = Tensor.Full(_backend, [Count], 1);
        float[] y = ones.Dropout((ulong)s, rate).ToArray<float>(), again = ones.Dropout((ulong)s, rate).ToArray<float>(), other = ones.Dropout((ulong)s + 1, rate).ToArray<float>();
        // Five standard deviations of a mean of Count draws.
        double bound = 5 * Math.Sqrt(rate / (1 - rate) / Count);
        return y.AsSpan().SequenceEqual(again) && !y.AsSpan().SequenceEqual(other) && Math.Abs(y.Average() - 1) < bound && y.All(v => v == 0 || Math.Abs(v * (1 - rate) - 1) < 1e-5);
    });

    [Fact]
    public void Dropout_of_a_part_is_not_shifted_by_strides() => ForAll((m, n, _, s) =>
    {
        Tensor x = Random(s, "x", m, n);
        return Same(x.Transpose().Transpose().Dropout(3, 0.5f), x.Dropout(3, 0.5f)) && Same(x.Transpose().Dropout(3, 0.5f), x.Transpose().Reshape([n, m]).Dropout(3, 0.5f));
    });
}

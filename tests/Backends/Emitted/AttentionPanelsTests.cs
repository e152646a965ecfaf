using Pure.Tuner.Kernels;
using Xunit.Abstractions;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>Attention by a matrix unit, both directions: the kernels of all units on the interpreter, that of AVX2 for real, beside F32 attention of the same rounded operands.</summary>
[Trait("Category", "Unit")]
public sealed unsafe class AttentionPanelsTests(ITestOutputHelper output)
{
    /// <summary>Rounded probabilities are off by 2⁻⁹ of themselves at most, and so are the gradients of scores.</summary>
    private const double Bound = 4e-3;

    /// <summary>The gradient of a sink is a sum of dy · y over all rows, whose terms cancel.</summary>
    private const double SinkBound = 1e-2;

    /// <param name="Lengths">Queries of each sequence.</param>
    /// <param name="Before">Keys that each sequence has before its first query.</param>
    public sealed record Case(int[] Lengths, int Heads, int KvHeads, int Dim, int ValueDim, int Before = 0, int Window = 0, float SoftCap = 0, bool Sinks = false, float Scale = 0.2f)
    {
        public override string ToString() => $"{string.Join("+", Lengths)} by {Before}, {Heads} heads of {Dim} and {ValueDim} by {KvHeads}, window {Window}, cap {SoftCap}, {(Sinks ? "sinks, " : "")}scale {Scale}";
    }

    private static readonly Case[] s_small =
    [
        new([37], 2, 1, 20, 20), new([37], 2, 2, 12, 33, Scale: 0.25f), new([9, 40, 1, 30], 4, 2, 32, 32), new([50], 3, 1, 40, 24, Window: 11), new([20, 25], 2, 1, 16, 16, Before: 35, SoftCap: 3, Sinks: true),
    ];

    private static readonly Case[] s_large =
    [
        new([300], 4, 2, 64, 64, Scale: 0.125f), new([300], 9, 3, 64, 64, Scale: 0.125f), new([150, 200], 4, 1, 128, 128), new([500], 2, 1, 80, 48, Window: 77), new([100], 6, 2, 64, 64, Before: 333, SoftCap: 5, Sinks: true),
        new([70, 1, 200, 9], 14, 2, 64, 64, Window: 130), new([129], 1, 1, 256, 256), new([600], 7, 1, 24, 24, Window: 40),
    ];

    public static TheoryData<string, int> Interpreted
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string unit in new[] { "amx-bf16", "avx512-bf16" })
                for (int i = 0; i < s_small.Length; i++) data.Add(unit, i);
            return data;
        }
    }

    /// <summary>The bytes of the kernels; the interpreter names the memory of every call, so that none outside is touched.</summary>
    [Theory, MemberData(nameof(Interpreted))]
    public void Units_give_attention_of_rounded_operands(string name, int index)
    {
        PanelKind kind = PanelKind.All.Single(k => k.Name == name);
        using var cpu = new CpuBackend(2) { Panels = new InterpretedPanels(kind, CallConvention.SystemV), Poison = true };
        Check(cpu, s_small[index]);
    }

    public static TheoryData<int> Real => [.. Enumerable.Range(0, s_small.Length + s_large.Length)];

    [SkippableTheory, MemberData(nameof(Real))]
    public void The_kernel_gives_attention_of_rounded_operands(int index)
    {
        Case c = index < s_small.Length ? s_small[index] : s_large[index - s_small.Length];
        using CpuBackend cpu = Open(2);
        Check(cpu, c);
        Assert.Equal((0, 0L), (cpu.LiveBlocks, cpu.ForgottenBlocks));
    }

    [SkippableFact]
    public void Threads_change_no_bit()
    {
        foreach (Case c in s_large)
        {
            float[][]? first = null;
            foreach (int threads in new[] { 1, 2, 5 })
            {
                using CpuBackend cpu = Open(threads);
                float[][] all = Run(cpu, c, Inputs(c));
                Assert.Equal(first ??= all, all);
            }
        }
    }

    /// <summary>Each operand gets the same gradient alone as together with the others.</summary>
    [SkippableFact]
    public void What_is_not_wanted_changes_nothing()
    {
        Case c = s_large[5];
        using CpuBackend cpu = Open(2);
        float[][] inputs = Inputs(c), all = Run(cpu, c, inputs);
        for (int i = 0; i < 3; i++) Assert.Equal(all[1 + i], Run(cpu, c, inputs, only: i)[1 + i]);
    }

    /// <summary>What is no number in a sequence stays in it, and rows outside every sequence are not read.</summary>
    [SkippableFact]
    public void Nothing_of_another_sequence_is_met()
    {
        const int Heads = 4, KvHeads = 2, Dim = 40, Tokens = 130;
        using CpuBackend cpu = Open(2);
        var segments = new Segments([3, 40, 90], [37, 45, 30], [3, 40, 90], [37, 45, 30]);
        float[][] clean = [Numbers(Tokens * Heads * Dim, 1), Numbers(Tokens * KvHeads * Dim, 2), Numbers(Tokens * KvHeads * Dim, 3), Numbers(Tokens * Heads * Dim, 4)], spoilt = [.. clean.Select(x => (float[])x.Clone())];
        for (int i = 0; i < 4; i++)
        {
            int row = spoilt[i].Length / Tokens;
            for (int token = 0; token < Tokens; token++)
                if (token is < 40 or >= 85) spoilt[i].AsSpan(token * row, row).Fill(token % 2 == 0 ? float.NaN : float.PositiveInfinity);
        }
        float[][] expected = Parts(clean), actual = Parts(spoilt);
        Assert.Equal(expected, actual);
        Assert.All(expected, part => Assert.All(part, x => Assert.True(float.IsFinite(x))));

        float[][] Parts(float[][] inputs)
        {
            using Parameter q = new("q", Tensor.From<float>(cpu, inputs[0], [Tokens, Heads, Dim])) { RequiresGrad = true }, k = new("k", Tensor.From<float>(cpu, inputs[1], [Tokens, KvHeads, Dim])) { RequiresGrad = true };
            using Parameter v = new("v", Tensor.From<float>(cpu, inputs[2], [Tokens, KvHeads, Dim])) { RequiresGrad = true };
            using var tape = Tape.Begin();
            using var scope = TensorScope.Begin();
            Tensor y = TensorOps.Attention(q.Value, k.Value, v.Value, segments, 0.3f);
            float[] values = y.ToArray<float>();
            tape.Backward(y, Tensor.From<float>(cpu, inputs[3], y.Shape));
            // The sequence in the middle.
            return [.. new[] { values, q.Grad!.ToArray<float>(), k.Grad!.ToArray<float>(), v.Grad!.ToArray<float>() }.Select(x => x.AsSpan(40 * x.Length / Tokens, 45 * x.Length / Tokens).ToArray())];
        }
    }

    /// <summary>Operands, results and gradients end, or begin, at a page that faults when it is touched.</summary>
    [SkippableTheory, InlineData(false), InlineData(true)]
    public void No_byte_outside_is_touched(bool atStart)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "guard pages are made with mmap");
        using CpuBackend cpu = Open(2);
        foreach (Case c in (Case[])[.. s_small, s_large[5]])
        {
            Segments segments = SegmentsOf(c);
            (int tokens, int keys) = (c.Lengths.Sum(), c.Lengths.Sum() + c.Before * c.Lengths.Length);
            using var scope = TensorScope.Begin();
            Tensor q = Guarded([tokens, c.Heads, c.Dim], DType.BF16), k = Guarded([keys, c.KvHeads, c.Dim], DType.BF16), v = Guarded([keys, c.KvHeads, c.ValueDim], DType.BF16), y = Guarded([tokens, c.Heads, c.ValueDim], DType.BF16), dy = Guarded(y.Shape, DType.BF16);
            foreach ((Tensor x, int seed) in new[] { (q, 1), (k, 2), (v, 3), (dy, 4) }) cpu.Copy(Tensor.From<float>(cpu, Numbers((int)x.Shape.Count, seed), x.Shape), x);
            var spec = new AttentionSpec(c.Heads, c.KvHeads, c.Dim, c.ValueDim, c.Scale, c.Window, c.SoftCap, false, DType.BF16, segments);
            IAttentionKernel kernel = cpu;
            var state = new State([.. kernel.State(spec, tokens).Parts.Select(p => Tensor.Empty(cpu, p.Shape, p.DType))]);
            Tensor dq = Guarded(q.Shape, DType.F32), dk = Guarded(k.Shape, DType.F32), dv = Guarded(v.Shape, DType.F32);
            kernel.Forward(spec, q, k, v, null, y, state);
            kernel.Backward(spec, q, k, v, null, y, state, dy, new Into(dq, false), new Into(dk, false), new Into(dv, false), default);
            Assert.All(dk.ToArray<float>(), x => Assert.True(float.IsFinite(x)));
        }

        Tensor Guarded(Shape shape, DType dtype)
        {
            long bytes = shape.Count * dtype.Size;
            var memory = new GuardedMemory(bytes, atStart);
            return new Tensor(new Storage(cpu, memory.Start, bytes, memory, external: true), shape, shape.ContiguousStrides(), 0, dtype);
        }
    }

    private void Check(CpuBackend cpu, Case c)
    {
        cpu.ProductType = DType.BF16;
        float[][] inputs = Inputs(c), actual = Run(cpu, c, inputs);
        using var exact = new CpuBackend(2);
        float[][] expected = Run(exact, c, inputs);
        string[] names = ["y", "dq", "dk", "dv", "dsinks"];
        for (int i = 0; i < expected.Length; i++)
        {
            double distance = ProductTolerance.Distance([.. expected[i].Select(x => (double)x)], [.. actual[i].Select(x => (double)x)]);
            output.WriteLine($"{names[i]}: {distance:G3}");
            Assert.True(distance <= (names[i] == "dsinks" ? SinkBound : Bound), $"{c}: {names[i]} is {distance:G3} of its norm from F32");
        }
        if (c.Lengths.Max() > 1) Assert.NotEqual(expected[0], actual[0]);
    }

    /// <summary>q, k, v and dy, BF16 numbers.</summary>
    private static float[][] Inputs(Case c)
    {
        int tokens = c.Lengths.Sum(), keys = tokens + c.Before * c.Lengths.Length;
        float[][] all = [Numbers(tokens * c.Heads * c.Dim, 1), Numbers(keys * c.KvHeads * c.Dim, 2), Numbers(keys * c.KvHeads * c.ValueDim, 3), Numbers(tokens * c.Heads * c.ValueDim, 4)];
        foreach (float[] x in all) CpuBackend.RoundInPlace(x);
        return all;
    }

    private static Segments SegmentsOf(Case c)
    {
        int[] starts = [.. c.Lengths.Select((_, i) => c.Lengths[..i].Sum())];
        return new(starts, c.Lengths, [.. starts.Select((s, i) => s + i * c.Before)], [.. c.Lengths.Select(l => l + c.Before)]);
    }

    private static float[][] Run(CpuBackend cpu, Case c, float[][] inputs, int only = -1)
    {
        int tokens = c.Lengths.Sum(), keys = tokens + c.Before * c.Lengths.Length;
        using Parameter q = new("q", Tensor.From<float>(cpu, inputs[0], [tokens, c.Heads, c.Dim])) { RequiresGrad = only is -1 or 0 }, k = new("k", Tensor.From<float>(cpu, inputs[1], [keys, c.KvHeads, c.Dim])) { RequiresGrad = only is -1 or 1 };
        using Parameter v = new("v", Tensor.From<float>(cpu, inputs[2], [keys, c.KvHeads, c.ValueDim])) { RequiresGrad = only is -1 or 2 }, sinks = new("sinks", Tensor.From<float>(cpu, Numbers(c.Heads, 5), [c.Heads])) { RequiresGrad = c.Sinks && only == -1 };
        using var tape = Tape.Begin();
        using var scope = TensorScope.Begin();
        Tensor y = TensorOps.Attention(q.Value, k.Value, v.Value, SegmentsOf(c), c.Scale, c.Window, c.SoftCap, c.Sinks ? sinks.Value : null);
        float[] values = y.ToArray<float>();
        tape.Backward(y, Tensor.From<float>(cpu, inputs[3], y.Shape));
        return [values, .. new[] { q, k, v }.Select(p => p.Grad?.ToArray<float>() ?? []), .. c.Sinks ? new[] { sinks.Grad?.ToArray<float>() ?? [] } : []];
    }

    private static float[] Numbers(int count, int seed) => PanelProductTests.Numbers(count, seed);

    private static CpuBackend Open(int threads)
    {
        PanelProductTests.Skip_without_avx2();
        var cpu = new CpuBackend(threads) { Panels = EmittedPanels.Load(PanelKind.Narrow), Poison = true };
        cpu.ProductType = DType.BF16;
        return cpu;
    }
}

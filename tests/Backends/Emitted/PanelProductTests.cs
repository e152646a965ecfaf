using Pure.Tuner.Kernels;
using Xunit.Abstractions;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>Whole products in BF16: packing, tiles, edges, alpha, all layouts and dtypes, beside the twin; on the interpreter, and on the machine where it has the unit.</summary>
[Trait("Category", "Unit")]
public unsafe class PanelProductTests(ITestOutputHelper output)
{
    private static readonly (int M, int N, int K)[] s_shapes = [(1, 1, 1), (3, 5, 7), (4, 16, 32), (5, 17, 33), (8, 32, 64), (9, 33, 40), (31, 30, 65), (33, 34, 3), (32, 32, 32), (40, 70, 96), (2, 100, 31), (70, 3, 50)];

    private static readonly (int M, int N, int K)[] s_long = [(65, 130, 600), (300, 40, 1030), (17, 520, 96), (128, 128, 2048)];

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (PanelKind kind in PanelKind.All)
                foreach (string layout in new[] { "nn", "nt", "tn", "tt", "bf16", "f16", "steps" }) data.Add(kind.Name, layout);
            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Products_give_the_bits_of_the_twin(string name, string layout)
    {
        PanelKind kind = PanelKind.All.Single(k => k.Name == name);
        using PanelUnit unit = Open(kind);
        using var cpu = new CpuBackend(2);
        foreach ((int m, int n, int k) in s_shapes)
            foreach ((float alpha, bool accumulate) in new[] { (1f, false), (1f, true), (0.3f, false), (-2f, true) })
                Check(cpu, unit, kind, layout, m, n, k, alpha, accumulate);
    }

    /// <summary>Products that do not fit into the room for panels are made in pieces: the same bits, however small that is.</summary>
    [Theory, InlineData("amx-bf16"), InlineData("avx512-bf16"), InlineData("avx2")]
    public void Pieces_give_the_bits_of_the_whole(string name)
    {
        PanelKind kind = PanelKind.All.Single(k => k.Name == name);
        using PanelUnit unit = Open(kind);
        using var cpu = new CpuBackend(2) { PanelBytesA = 1024, PanelBytesB = 1024 };
        foreach ((int m, int n, int k) in s_shapes)
            foreach (string layout in new[] { "nn", "nt", "tn", "bf16" })
                foreach ((float alpha, bool accumulate) in new[] { (1f, false), (1f, true), (0.3f, true) })
                    Check(cpu, unit, kind, layout, m, n, k, alpha, accumulate);
    }

    /// <summary>Where the processor has the unit, its own arithmetic: long sums too. AVX2's is ours, to the bit; those of AMX and AVX512-BF16 are within a bound of the twin, and how many bits agree is said.</summary>
    [SkippableTheory, InlineData("amx-bf16"), InlineData("avx512-bf16"), InlineData("avx2")]
    public void The_unit_itself_is_the_twin(string name)
    {
        PanelKind kind = PanelKind.All.Single(k => k.Name == name);
        string? obstacle = kind.Obstacle;
        Skip.If(obstacle is not null, $"{name}: {obstacle}");
        using PanelUnit unit = EmittedPanels.Load(kind);
        using var cpu = new CpuBackend(2);
        int same = 0;
        foreach ((int m, int n, int k) in s_long)
            foreach (string layout in new[] { "nn", "nt", "tn", "bf16" }) same += Check(cpu, unit, kind, layout, m, n, k, 1, accumulate: true, exact: kind == PanelKind.Narrow);
        output.WriteLine($"{name}: {same} elements of {4 * s_long.Sum(s => s.M * s.N)} are the twin's to the bit");
    }

    /// <summary>Cutting never depends on who works.</summary>
    [SkippableFact]
    public void Threads_change_no_bit()
    {
        Skip_without_avx2();
        using PanelUnit unit = Open(PanelKind.Narrow);
        const int M = 150, N = 333, K = 777;
        float[] a = Numbers(M * K, 1), b = Numbers(K * N, 2);
        float[]? first = null;
        foreach (int threads in new[] { 1, 2, 3, 7 })
        {
            using var cpu = new CpuBackend(threads);
            float[] y = new float[M * N];
            fixed (float* pa = a, pb = b, py = y) cpu.MatMulPanels(unit, new((nint)pa, DType.F32, K, 1), new((nint)pb, DType.F32, N, 1), py, N, M, N, K, 1, false);
            Assert.Equal(first ??= y, y);
        }
    }

    /// <summary>Operands and result end, or begin, at a page that faults when it is touched.</summary>
    [SkippableTheory, InlineData(false), InlineData(true)]
    public void No_byte_outside_is_touched(bool atStart)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "guard pages are made with mmap");
        using PanelUnit unit = Open(PanelKind.Narrow);
        using var cpu = new CpuBackend(2);
        foreach ((int m, int n, int k) in s_shapes)
            foreach (bool turnsA in new[] { false, true })
                foreach (bool turnsB in new[] { false, true })
                {
                    using GuardedMemory a = new((long)m * k * 4, atStart), b = new((long)n * k * 4, atStart), y = new((long)m * n * 4, atStart);
                    Numbers(m * k, 3).CopyTo(new Span<float>(a.Floats, m * k));
                    Numbers(n * k, 4).CopyTo(new Span<float>(b.Floats, n * k));
                    cpu.MatMulPanels(unit, new(a.Start, DType.F32, turnsA ? 1 : k, turnsA ? m : 1), new(b.Start, DType.F32, turnsB ? 1 : n, turnsB ? k : 1), y.Floats, n, m, n, k, 1, false);
                    float expected = PanelTwin.Sum(PanelKind.Narrow, p => a.Floats[turnsA ? p * m + m - 1 : (m - 1) * k + p], p => b.Floats[turnsB ? (n - 1) * k + p : p * n + n - 1], 0, k);
                    Assert.Equal(expected, y.Floats[m * n - 1]);
                }
    }

    /// <summary>The emitted kernel itself, its panels and its tile between guards.</summary>
    [SkippableTheory, InlineData(false), InlineData(true)]
    public void The_code_touches_its_panels_and_tiles_alone(bool atStart)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "guard pages are made with mmap");
        foreach (PanelKind kind in PanelKind.All)
        {
            if (kind.Obstacle is not null) continue;
            using PanelUnit unit = EmittedPanels.Load(kind);
            for (int panels = 1; panels <= 3; panels++)
                for (int steps = 1; steps <= 3; steps++)
                {
                    using GuardedMemory a = new(panels * steps * kind.Rows * 64, atStart), b = new(steps * kind.Columns * 64, atStart), c = new(panels * kind.Rows * kind.Columns * 4, atStart);
                    var call = new PanelCall { A = a.Start, B = b.Start, C = c.Start, ASkip = steps * kind.Rows * 64, CStep = kind.Columns * 4, CSkip = kind.Columns * 4 * kind.Rows, Panels = panels, Steps = steps, Load = panels % 2 };
                    unit.Run(&call);
                    Assert.Equal(0, call.Panels);
                }
        }
    }

    /// <summary>A weight's rows are expanded and rounded where they are packed: the bits of the same matrix in F32.</summary>
    [SkippableTheory, InlineData("Q4_0"), InlineData("Q8_0"), InlineData("Q4_K"), InlineData("nf4")]
    public void Packed_weights_give_the_bits_of_the_expanded_matrix(string format)
    {
        Skip_without_avx2();
        using PanelUnit unit = Open(PanelKind.Narrow);
        using var cpu = new CpuBackend(2);
        using QuantizedTensor w = (PackedSample.Find(format) ?? PackedSample.All.First(f => f.Format is BnbFourBitFormat)).Make(cpu, [48, 512], 3);
        using Tensor full = Tensor.Empty(cpu, w.Shape);
        w.Read(.., full);
        float[] weights = full.ToArray<float>();
        foreach (bool turned in new[] { false, true })
        {
            int m = 19, n = turned ? 512 : 48, k = turned ? 48 : 512;
            float[] x = Numbers(m * k, 9), y = new float[m * n], expected = new float[m * n];
            fixed (float* px = x, pw = weights, py = y, pe = expected)
            {
                cpu.MatMulPanels(unit, new((nint)px, DType.F32, k, 1), turned ? new((nint)pw, DType.F32, 512, 1) : new((nint)pw, DType.F32, 1, 512), pe, n, m, n, k, 1, false);
                cpu.PackedMatMulPanels(unit, new((nint)px, DType.F32, k, 1), new PackedSource(w, turned), py, n, m, n, k, 1, false);
            }
            Assert.Equal(expected, y);
            using var pieces = new CpuBackend(2) { PanelBytesA = 1024, PanelBytesB = 1024 };
            float[] z = new float[m * n];
            fixed (float* px = x, pz = z) pieces.PackedMatMulPanels(unit, new((nint)px, DType.F32, k, 1), new PackedSource(w, turned), pz, n, m, n, k, 1, false);
            Assert.Equal(expected, z);
        }
    }

    internal static void Skip_without_avx2() => Skip.If(PanelKind.Narrow.Obstacle is not null, $"avx2: {PanelKind.Narrow.Obstacle}");

    /// <summary>What gives the twin's bits: AVX2's arithmetic is defined to the bit, that of the units is only as the interpreter does it.</summary>
    private static PanelUnit Open(PanelKind kind) => kind == PanelKind.Narrow && kind.Obstacle is null ? EmittedPanels.Load(kind) : new InterpretedPanels(kind, CallConvention.SystemV);

    /// <param name="exact">Whether every bit must be the twin's; else a sum may be off by two roundings of each term: the unit may add in another order.</param>
    /// <returns>Elements that are the twin's to the bit.</returns>
    private static int Check(CpuBackend cpu, PanelUnit unit, PanelKind kind, string layout, int m, int n, int k, float alpha, bool accumulate, bool exact = true)
    {
        int same = 0;
        bool turnsA = layout is "tn" or "tt", turnsB = layout is "nt" or "tt" or "bf16";
        int aStep = (turnsA ? m : k) + (layout == "steps" ? 3 : 0), bStep = (turnsB ? k : n) + (layout == "steps" ? 5 : 0), yStep = n + 2;
        float[] a = Numbers((turnsA ? k : m) * aStep, 1), b = Numbers((turnsB ? n : k) * bStep, 2), y = Numbers(m * yStep, 3), before = [.. y];
        DType dtype = layout == "bf16" ? DType.BF16 : layout == "f16" ? DType.F16 : DType.F32;
        BFloat16[] a16 = [.. a.Select(x => (BFloat16)x)], b16 = [.. b.Select(x => (BFloat16)x)];
        Half[] aHalf = [.. a.Select(x => (Half)x)], bHalf = [.. b.Select(x => (Half)x)];
        if (layout == "f16") (a, b) = ([.. aHalf.Select(x => (float)x)], [.. bHalf.Select(x => (float)x)]);
        fixed (float* pa = a, pb = b, py = y)
        fixed (BFloat16* pa16 = a16, pb16 = b16)
        fixed (Half* paHalf = aHalf, pbHalf = bHalf)
        {
            nint fromA = dtype == DType.F32 ? (nint)pa : dtype == DType.BF16 ? (nint)pa16 : (nint)paHalf, fromB = dtype == DType.F32 ? (nint)pb : dtype == DType.BF16 ? (nint)pb16 : (nint)pbHalf;
            cpu.MatMulPanels(unit, new(fromA, dtype, turnsA ? 1 : aStep, turnsA ? aStep : 1), new(fromB, dtype, turnsB ? 1 : bStep, turnsB ? bStep : 1), py, yStep, m, n, k, alpha, accumulate);
        }
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                float old = accumulate ? before[i * yStep + j] : 0;
                float scale = CpuBackend.IsModestPowerOfTwo(alpha) ? alpha : 1;
                float sum = PanelTwin.Sum(kind, p => scale * (turnsA ? a[p * aStep + i] : a[i * aStep + p]), p => turnsB ? b[j * bStep + p] : b[p * bStep + j], scale == alpha ? old : 0, k);
                float expected = scale == alpha ? sum : accumulate ? sum * alpha + old : sum * alpha;
                float actual = y[i * yStep + j];
                if (expected.Equals(actual)) same++;
                float size = exact ? 0 : MathF.Abs(old) + MathF.Abs(alpha) * Enumerable.Range(0, k).Sum(p => MathF.Abs((float)(BFloat16)(turnsA ? a[p * aStep + i] : a[i * aStep + p]) * (float)(BFloat16)(turnsB ? b[j * bStep + p] : b[p * bStep + j])));
                Assert.True(expected.Equals(actual) || MathF.Abs(expected - actual) <= 2 * (k + 2) * MathF.ScaleB(size, -24), $"{layout} {m} x {n} x {k}, alpha {alpha}, [{i}, {j}]: {actual}, not {expected}");
            }
            Assert.Equal(before[(i * yStep + n)..((i + 1) * yStep)], y[(i * yStep + n)..((i + 1) * yStep)]);
        }
        return same;
    }

    internal static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 4 - 2))];
    }
}

using Pure.Tuner.Kernels;
using Xunit.Abstractions;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>Whole products of rounded rows with packed weights: codes, packing, tiles, edges, alpha, layouts and dtypes, beside the twin; on the interpreter, and on the machine where it has the unit.</summary>
[Trait("Category", "Unit")]
public unsafe class Int8ProductTests(ITestOutputHelper output)
{
    private static readonly string[] s_formats = ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "IQ4_NL"];

    private static readonly (int M, int N, int Groups)[] s_shapes = [(1, 1, 1), (2, 16, 1), (3, 33, 2), (16, 16, 3), (17, 31, 1), (6, 32, 2), (13, 5, 4), (33, 3, 1), (5, 65, 1)];

    public static TheoryData<string> Formats => [.. s_formats];

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (PanelKind kind in Int8Kinds.All)
                foreach (string format in s_formats) data.Add(kind.Name, format);
            return data;
        }
    }

    /// <summary>Codes, scales and minima are the format's numbers, bit for bit.</summary>
    [Theory, MemberData(nameof(Formats))]
    public void Codes_are_the_formats_numbers(string format)
    {
        using var cpu = new CpuBackend(1);
        using var w = new Int8Weight(cpu, format, 67, 768);
        using Tensor full = Tensor.Empty(cpu, w.Packed.Shape);
        w.Packed.Read(.., full);
        float[] numbers = full.ToArray<float>();
        for (int i = 0; i < numbers.Length; i++) Assert.Equal(numbers[i], w.Number(i / 768, i % 768));
        Assert.Contains(numbers, v => v < 0);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Products_give_the_bits_of_the_twin(string name, string format)
    {
        PanelKind kind = Int8Kinds.All.Single(k => k.Name == name);
        using PanelUnit unit = Open(kind);
        using CpuBackend cpu = new(2), pieces = new(2) { PanelBytesA = 1024, PanelBytesB = 2048 };
        string[] layouts = ["n", "t", "bf16", "f16", "steps"];
        int count = 0;
        foreach ((int m, int n, int groups) in s_shapes)
        {
            int blocks = format.EndsWith("_K", StringComparison.Ordinal) ? (groups + 1) / 2 * 8 : groups;
            using var w = new Int8Weight(cpu, format, n, 32 * blocks);
            foreach ((float alpha, bool accumulate) in new[] { (1f, false), (1f, true), (0.3f, false), (-2f, true) })
            {
                Check(cpu, unit, w, layouts[count % layouts.Length], m, alpha, accumulate);
                Check(pieces, unit, w, layouts[count++ % layouts.Length], m, alpha, accumulate);
            }
        }
    }

    /// <summary>Where the processor has the unit, itself: integers are exact and the rest has one order, so every bit is the twin's.</summary>
    [SkippableTheory, InlineData("amx-int8"), InlineData("avx512-vnni"), InlineData("avx-vnni"), InlineData("avx2-int8")]
    public void The_unit_itself_is_the_twin(string name)
    {
        PanelKind kind = Int8Kinds.All.Single(k => k.Name == name);
        string? obstacle = kind.Obstacle;
        Skip.If(obstacle is not null, $"{name}: {obstacle}");
        using PanelUnit unit = EmittedPanels.Load(kind);
        using var cpu = new CpuBackend(2);
        foreach ((int m, int n, int k) in new[] { (65, 130, 608), (300, 40, 1024), (17, 520, 96), (128, 128, 2048) })
            foreach (string format in s_formats)
            {
                using var w = new Int8Weight(cpu, format, n, format.EndsWith("_K", StringComparison.Ordinal) ? (k + 255) / 256 * 256 : k);
                Check(cpu, unit, w, "n", m, 1, accumulate: true);
            }
    }

    /// <summary>The units among themselves, without the twin: any two give the same bits.</summary>
    [Fact]
    public void All_units_give_the_same_bits()
    {
        const int M = 19, N = 37, K = 512;
        using var cpu = new CpuBackend(2);
        foreach (string format in s_formats)
        {
            using var w = new Int8Weight(cpu, format, N, K);
            float[] x = PanelProductTests.Numbers(M * K, 5);
            float[]? first = null;
            foreach (PanelKind kind in Int8Kinds.All)
            {
                using PanelUnit unit = Open(kind);
                float[] y = new float[M * N];
                fixed (float* px = x, py = y) cpu.MatMulInt8(unit, new((nint)px, DType.F32, K, 1), w.Packed, py, N, M, 1, false);
                Assert.Equal(first ??= y, y);
            }
        }
    }

    /// <summary>Cutting never depends on who works.</summary>
    [SkippableTheory, InlineData("Q4_1"), InlineData("Q8_0")]
    public void Threads_change_no_bit(string format)
    {
        Skip_without_avx2();
        const int M = 150, N = 333, K = 768;
        float[]? first = null;
        foreach (int threads in new[] { 1, 2, 3, 7 })
        {
            using var cpu = new CpuBackend(threads) { Integers = EmittedPanels.Load(Int8Kinds.Narrow), Int8Activations = true };
            using QuantizedTensor w = PackedSample.Find(format)!.Make(cpu, [N, K], 3);
            using Tensor x = Tensor.From<float>(cpu, PanelProductTests.Numbers(M * K, 1), [M, K]), y = Tensor.Empty(cpu, [M, N]);
            w.MatMul(x, false, y, 1, false);
            Assert.Equal(first ??= y.ToArray<float>(), y.ToArray<float>());
        }
    }

    /// <summary>Rows and result end, or begin, at a page that faults when it is touched; the weight's blocks lie in the backend's own memory.</summary>
    [SkippableTheory, InlineData(false), InlineData(true)]
    public void No_byte_outside_is_touched(bool atStart)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "guard pages are made with mmap");
        using PanelUnit unit = Open(Int8Kinds.Narrow);
        using var cpu = new CpuBackend(2);
        foreach ((int m, int n, int groups) in s_shapes)
            foreach (string format in new[] { "Q8_0", "Q4_1" })
            {
                int k = 32 * groups;
                using var w = new Int8Weight(cpu, format, n, k);
                using GuardedMemory a = new((long)m * k * 4, atStart), y = new((long)m * n * 4, atStart);
                PanelProductTests.Numbers(m * k, 3).CopyTo(new Span<float>(a.Floats, m * k));
                cpu.MatMulInt8(unit, new(a.Start, DType.F32, k, 1), w.Packed, y.Floats, n, m, 1, false);
                Assert.Equal(w.Sum(new ReadOnlySpan<float>(a.Floats + (m - 1) * k, k), n - 1, 0), y.Floats[m * n - 1]);
            }
    }

    /// <summary>The blocks themselves between guards, every format.</summary>
    [SkippableTheory, MemberData(nameof(Formats))]
    public void No_byte_outside_of_the_blocks_is_read(string format)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "guard pages are made with mmap");
        using var cpu = new CpuBackend(1);
        using var w = new Int8Weight(cpu, format, 3, 512);
        int bytes = w.Reader.RowBytes(512);
        var row = new byte[3 * bytes];
        cpu.Download(w.Packed.Parts[0], row);
        foreach (bool atStart in new[] { false, true })
        {
            using GuardedMemory blocks = new(bytes, atStart), codes = new(512, atStart), scales = new(64, atStart), minima = new(64, atStart);
            row.AsSpan(2 * bytes).CopyTo(new Span<byte>((void*)blocks.Start, bytes));
            w.Reader.Read((byte*)blocks.Start, 512, (byte*)codes.Start, scales.Floats, minima.Floats);
            for (int p = 0; p < 512; p++) Assert.Equal(w.Number(2, p), scales.Floats[p / 32] * (((byte*)codes.Start)[p] - w.Reader.Zero) + minima.Floats[p / 32]);
        }
    }

    /// <summary>Collections and suspensions without pause while four threads multiply. EMITTED_GC_SECONDS makes it longer.</summary>
    [SkippableFact]
    public void Collections_during_kernels_change_nothing()
    {
        Skip_without_avx2();
        double seconds = double.TryParse(Environment.GetEnvironmentVariable("EMITTED_GC_SECONDS"), out double wanted) ? wanted : 2;
        foreach (PanelKind kind in Int8Kinds.All)
        {
            if (kind.Obstacle is not null) continue;
            using PanelUnit unit = EmittedPanels.Load(kind);
            const int M = 96, N = 160, K = 512;
            using var owner = new CpuBackend(1);
            using QuantizedTensor w = PackedSample.Find("Q4_K")!.Make(owner, [N, K], 3);
            float[] a = PanelProductTests.Numbers(M * K, 1), expected = Product();
            using var stop = new CancellationTokenSource();
            long wrong = 0, products = 0, collections = 0;
            Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
            {
                while (!stop.IsCancellationRequested)
                {
                    if (!Product().AsSpan().SequenceEqual(expected)) Interlocked.Increment(ref wrong);
                    Interlocked.Increment(ref products);
                }
            }))];
            foreach (Thread thread in threads) thread.Start();
            for (var clock = System.Diagnostics.Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds; collections++) GC.Collect((int)(collections % 3), GCCollectionMode.Forced, blocking: true, compacting: collections % 5 == 0);
            stop.Cancel();
            foreach (Thread thread in threads) thread.Join();
            Assert.Equal(0, wrong);
            Assert.True(products > 4 && collections > 10, $"{products} products, {collections} collections");

            float[] Product()
            {
                using var cpu = new CpuBackend(1);
                float[] y = GC.AllocateUninitializedArray<float>(M * N);
                fixed (float* pa = a, py = y) cpu.MatMulInt8(unit, new((nint)pa, DType.F32, K, 1), w, py, N, M, 1, false);
                return y;
            }
        }
    }

    /// <summary>What is used for what: more than eight rows as the weight stands, in formats with codes, where it was asked for; all else is as it was, to the bit.</summary>
    [SkippableFact]
    public void Only_what_was_asked_for_is_rounded()
    {
        Skip_without_avx2();
        foreach (PackedSample sample in PackedSample.All)
            foreach ((int rows, bool transposed) in new[] { (1, false), (8, false), (9, false), (40, false), (40, true) })
            {
                float[] off = Product(false), on = Product(true);
                bool rounds = Int8Reader.For(sample.Format) is not null && rows > 8 && !transposed;
                Assert.True(rounds == !off.AsSpan().SequenceEqual(on), $"{sample.Format}, {rows} rows, {(transposed ? "transposed" : "as it stands")}");

                float[] Product(bool rounded)
                {
                    using var cpu = new CpuBackend(2) { Integers = EmittedPanels.Load(Int8Kinds.Narrow), Int8Activations = rounded };
                    using QuantizedTensor w = sample.Make(cpu, [48, sample.Columns], 3);
                    (int inner, int outer) = transposed ? (48, sample.Columns) : (sample.Columns, 48);
                    using Tensor x = Tensor.From<float>(cpu, PanelProductTests.Numbers(rows * inner, 7), [rows, inner]), y = Tensor.Zeros(cpu, [rows, outer]);
                    w.MatMul(x, transposed, y, 1, true);
                    return y.ToArray<float>();
                }
            }
    }

    /// <summary>A number of x is wrong by at most half a step of its group, which is a 127th of the group's largest.</summary>
    [SkippableTheory, MemberData(nameof(Formats))]
    public void Products_are_as_near_as_half_a_step_allows(string format)
    {
        Skip_without_avx2();
        const int Rows = 23, Out = 41, Columns = 512;
        using var cpu = new CpuBackend(2) { Integers = EmittedPanels.Load(Int8Kinds.Narrow), Int8Activations = true };
        using QuantizedTensor w = PackedSample.Find(format)!.Make(cpu, [Out, Columns], 3);
        using Tensor full = Tensor.Empty(cpu, w.Shape), x = TestTensors.Make(cpu, [Rows, Columns], DType.F32, TestTensors.Layout.Contiguous, 4), y = Tensor.Zeros(cpu, [Rows, Out]);
        w.Read(.., full);
        w.MatMul(x, false, y, 0.5f, true);
        float[] weights = full.ToArray<float>(), xs = x.ToArray<float>(), ys = y.ToArray<float>();
        double off = 0, all = 0;
        for (int row = 0; row < Rows; row++)
            for (int o = 0; o < Out; o++)
            {
                double expected = 0, allowed = 0, size = 0;
                for (int p = 0; p < Columns; p++)
                {
                    float largest = 0;
                    for (int i = p / 32 * 32; i < p / 32 * 32 + 32; i++) largest = Math.Max(largest, Math.Abs(xs[row * Columns + i]));
                    double product = 0.5 * weights[o * Columns + p] * xs[row * Columns + p];
                    expected += product;
                    size += Math.Abs(product);
                    allowed += 0.5 * Math.Abs(weights[o * Columns + p]) * largest / 254;
                }
                double error = Math.Abs(ys[row * Out + o] - expected);
                Assert.InRange(error, 0, allowed + 1e-5 * size);
                (off, all) = (off + error * error, all + expected * expected);
            }
        output.WriteLine($"{format}: {Math.Sqrt(off / all):P3} of the result");
        Assert.InRange(Math.Sqrt(off / all), 1e-4, 0.02);
    }

    [SkippableFact]
    public void Rows_of_zeros_give_zeros_and_ones_that_are_not_finite_say_so()
    {
        Skip_without_avx2();
        using var cpu = new CpuBackend(1) { Integers = EmittedPanels.Load(Int8Kinds.Narrow), Int8Activations = true };
        foreach (string format in s_formats)
        {
            using QuantizedTensor w = PackedSample.Find(format)!.Make(cpu, [33, 512], 3);
            float[] xs = new float[12 * 512];
            xs[3 * 512 + 40] = float.NaN;
            xs[5 * 512 + 511] = float.NegativeInfinity;
            xs[6 * 512 + 7] = 1e-40f;
            xs[7 * 512 + 7] = float.MaxValue / 1e6f;
            using Tensor x = Tensor.From<float>(cpu, xs, [12, 512]), y = Tensor.Empty(cpu, [12, 33]);
            w.MatMul(x, false, y, 1, false);
            float[] ys = y.ToArray<float>();
            for (int row = 0; row < 12; row++)
                Assert.All(ys[(row * 33)..(row * 33 + 33)], v => Assert.True(row is 3 or 5 ? float.IsNaN(v) : row == 7 ? float.IsFinite(v) : v == 0, $"{format}, row {row}: {v}"));
        }
    }

    internal static void Skip_without_avx2() => Skip.If(Int8Kinds.Narrow.Obstacle is not null, $"avx2: {Int8Kinds.Narrow.Obstacle}");

    private static PanelUnit Open(PanelKind kind) => kind.Obstacle is null ? EmittedPanels.Load(kind) : new InterpretedPanels(kind, CallConvention.SystemV);

    private static void Check(CpuBackend cpu, PanelUnit unit, Int8Weight w, string layout, int m, float alpha, bool accumulate)
    {
        int n = w.Packed.Shape[0], k = w.Columns, yStep = n + 2, xStep = layout == "t" ? m : layout == "steps" ? k + 3 : k;
        float[] x = PanelProductTests.Numbers(layout == "t" ? k * m : m * xStep, 1), y = PanelProductTests.Numbers(m * yStep, 3), before = [.. y];
        BFloat16[] x16 = [.. x.Select(v => (BFloat16)v)];
        Half[] xHalf = [.. x.Select(v => (Half)v)];
        if (layout == "bf16") x = [.. x16.Select(v => (float)v)];
        if (layout == "f16") x = [.. xHalf.Select(v => (float)v)];
        fixed (float* px = x, py = y)
        fixed (BFloat16* px16 = x16)
        fixed (Half* pxHalf = xHalf)
        {
            (nint from, DType dtype) = layout == "bf16" ? ((nint)px16, DType.BF16) : layout == "f16" ? ((nint)pxHalf, DType.F16) : ((nint)px, DType.F32);
            cpu.MatMulInt8(unit, new(from, dtype, layout == "t" ? 1 : xStep, layout == "t" ? xStep : 1), w.Packed, py, yStep, m, alpha, accumulate);
        }
        float[] row = new float[k];
        for (int i = 0; i < m; i++)
        {
            for (int p = 0; p < k; p++) row[p] = layout == "t" ? x[p * xStep + i] : x[i * xStep + p];
            for (int j = 0; j < n; j++)
            {
                float old = accumulate ? before[i * yStep + j] : 0, sum = w.Sum(row, j, alpha == 1 ? old : 0), expected = alpha == 1 ? sum : accumulate ? sum * alpha + old : sum * alpha;
                Assert.True(expected.Equals(y[i * yStep + j]), $"{layout} {m} x {n} x {k}, alpha {alpha}, [{i}, {j}]: {y[i * yStep + j]}, not {expected}");
            }
            Assert.Equal(before[(i * yStep + n)..((i + 1) * yStep)], y[(i * yStep + n)..((i + 1) * yStep)]);
        }
    }
}

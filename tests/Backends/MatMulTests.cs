using Pure.Tuner.Kernels;
using static Pure.Tuner.Tests.TestTensors;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class MatMulTests
{
    /// <summary>Random signs: the error of a chain of k grows like the root of k, far below k ulps.</summary>
    private const double Tolerance = 3e-6;

    private static readonly int[] s_sizes = [0, 1, 2, 7, 8, 13, 16, 31, 33, 64, 100, 257];

    private static double AbsFor(int k, DType dtype) => dtype switch
    {
        DType.BF16 => 0.005 * Math.Sqrt(k + 1),
        DType.F16 => 0.0007 * Math.Sqrt(k + 1),
        _ => Tolerance * Math.Sqrt(k + 1),
    };

    private static void Check(CpuBackend cpu, ReferenceBackend reference, Shape sa, Shape sb, Layout la, Layout lb, DType da, DType db, DType dy, float alpha, bool accumulate, Layout ly = Layout.Contiguous)
    {
        int[] lengths = [.. sa.Lengths];
        lengths[^1] = sb[^1];
        var sy = new Shape(lengths);
        using Tensor a = Make(cpu, sa, da, la, 1), b = Make(cpu, sb, db, lb, 2), y = Make(cpu, sy, dy, ly, 3);
        using Tensor ra = Make(reference, sa, da, la, 1), rb = Make(reference, sb, db, lb, 2), ry = Make(reference, sy, dy, ly, 3);
        cpu.MatMul(a, b, y, alpha, accumulate);
        reference.MatMul(ra, rb, ry, alpha, accumulate);
        Close(ry, y, AbsFor(sa[^1], dy), dy == DType.F32 ? 1e-6 : 0.01, $"{da}{sa} {la} x {db}{sb} {lb} -> {dy} {ly} alpha {alpha} accumulate {accumulate} {cpu.Blocking}");
    }

    [Fact]
    public void Every_shape_agrees_with_the_reference()
    {
        using CpuBackend cpu = Cpu();
        using var reference = new ReferenceBackend();
        int turn = 0;
        foreach (int m in s_sizes)
            foreach (int n in s_sizes)
                foreach (int k in s_sizes)
                {
                    if ((long)m * n * k > 300_000 && (m + n + k) % 3 != 0) continue;       // the oracle is slow
                    turn++;
                    Layout la = (turn & 1) == 0 ? Layout.Contiguous : Layout.Transposed, lb = (turn / 2 & 1) == 0 ? Layout.Transposed : Layout.Contiguous;
                    Check(cpu, reference, [m, k], [k, n], la, lb, DType.F32, DType.F32, DType.F32, turn % 3 == 0 ? 0.5f : 1, turn % 5 < 2);
                }
        Assert.Equal(0, cpu.LiveBlocks);
    }

    public static TheoryData<string> Tiles => [.. Enum.GetNames<TileKind>()];

    [Theory, MemberData(nameof(Tiles))]
    public void Every_tile_is_right_whatever_the_machine_has(string tile)
    {
        using CpuBackend cpu = Cpu();
        using var reference = new ReferenceBackend();
        cpu.Blocking = Blocking.For(Enum.Parse<TileKind>(tile)) with { Kc = 24, Mc = 56, Nc = 96 };
        if (cpu.Blocking.Tile is TileKind.V256) cpu.Blocking = cpu.Blocking with { Mc = 54 };
        foreach ((int m, int n, int k) in ((int, int, int)[])[(9, 9, 1), (14, 32, 24), (15, 33, 25), (28, 64, 100), (61, 67, 71), (100, 120, 50)])
            foreach (Layout la in (Layout[])[Layout.Contiguous, Layout.Transposed])
                foreach (Layout lb in (Layout[])[Layout.Contiguous, Layout.Transposed])
                    Check(cpu, reference, [m, k], [k, n], la, lb, DType.F32, DType.F32, DType.F32, 2, true);
    }

    [Fact]
    public void Layouts_and_dtypes_agree_with_the_reference()
    {
        using CpuBackend cpu = Cpu();
        using var reference = new ReferenceBackend();
        DType[] dtypes = [DType.F32, DType.BF16, DType.F16];
        foreach ((int m, int n, int k) in ((int, int, int)[])[(1, 37, 33), (3, 40, 70), (8, 65, 50), (21, 5, 40), (20, 35, 45), (1, 70, 20), (30, 1, 9)])
            foreach (Layout la in Enum.GetValues<Layout>())
                foreach (Layout lb in Enum.GetValues<Layout>())
                    foreach (DType da in dtypes)
                        foreach (DType db in dtypes)
                        {
                            int turn = m + (int)la + (int)lb * 2 + (int)da + (int)db;
                            Check(cpu, reference, [m, k], [k, n], la, lb, da, db, dtypes[turn % 3], turn % 2 == 0 ? 1 : -0.25f, turn % 4 < 2, turn % 2 == 0 ? Layout.Contiguous : Layout.Padded);
                        }
        Assert.Equal(0, cpu.LiveBlocks);
    }

    [Theory]
    [InlineData(4, 5, 6, 7)]
    [InlineData(33, 1, 20, 30)]
    [InlineData(2, 170, 170, 150)]
    public void Batches_agree_with_the_reference(int batch, int m, int n, int k)
    {
        using CpuBackend cpu = Cpu();
        using var reference = new ReferenceBackend();
        foreach (Layout la in Enum.GetValues<Layout>())
            foreach (Layout lb in Enum.GetValues<Layout>())
            {
                Check(cpu, reference, [batch, m, k], [batch, k, n], la, lb, DType.F32, DType.F32, DType.F32, 1, la == lb);
                if ((long)m * n * k < 100_000) Check(cpu, reference, [2, batch, m, k], [2, batch, k, n], la, lb, DType.F32, DType.BF16, DType.BF16, 1, la == lb, Layout.Padded);
            }
    }

    /// <summary>Chains of 256 lose about √((256 + k/256) / 2) · 0.6 roundings; one chain of all 4096 would lose four times as many.</summary>
    [Theory]
    [InlineData(32, 2.2)]
    [InlineData(200, 4)]
    [InlineData(4096, 10)]
    public void Sums_lose_few_roundings(int k, double roundings)
    {
        using CpuBackend cpu = Cpu();
        using var reference = new ReferenceBackend();
        using Tensor a = Make(cpu, [40, k], DType.F32, Layout.Contiguous, 1), b = Make(cpu, [k, 40], DType.F32, Layout.Contiguous, 2), y = Tensor.Empty(cpu, [40, 40]), exact = Tensor.Empty(reference, [40, 40]);
        using Tensor ra = Make(reference, [40, k], DType.F32, Layout.Contiguous, 1), rb = Make(reference, [k, 40], DType.F32, Layout.Contiguous, 2);
        cpu.MatMul(a, b, y);
        reference.MatMul(ra, rb, exact);
        double size = exact.ToArray<float>().Sum(v => (double)v * v), error = exact.ToArray<float>().Zip(y.ToArray<float>(), (v, w) => ((double)v - w) * ((double)v - w)).Sum();
        Assert.InRange(Math.Sqrt(error / size) * (1 << 24), 0, roundings);
    }

    [Fact]
    public void One_weight_for_a_batch_is_one_tall_matrix_with_the_same_result()
    {
        using CpuBackend cpu = Cpu();
        using Tensor x = Make(cpu, [3, 10, 40], DType.F32, Layout.Contiguous, 1), w = Make(cpu, [40, 24], DType.F32, Layout.Contiguous, 2);
        using Tensor many = w.View([3, 40, 24], [0, 24, 1], 0), flat = x.View([30, 40]);
        using Tensor y = Tensor.Empty(cpu, [3, 10, 24]), z = Tensor.Empty(cpu, [30, 24]);
        cpu.MatMul(x, many, y);
        cpu.MatMul(flat, w, z);
        Assert.Equal(z.ToArray<float>(), y.ToArray<float>());
    }

    [Fact]
    public void The_bits_depend_neither_on_threads_nor_on_blocks()
    {
        foreach ((int m, int n, int k) in ((int, int, int)[])[(200, 300, 500), (1, 900, 700), (7, 1000, 300), (600, 8, 200), (1, 2100, 130), (64, 64, 64), (300, 20, 900)])
            foreach (Layout lb in (Layout[])[Layout.Contiguous, Layout.Transposed])
            {
                byte[]? first = null;
                foreach (int threads in (int[])[1, 2, 3])
                    foreach (int kc in (int[])[0, 32, 100])
                    {
                        using CpuBackend cpu = Cpu(threads);
                        if (kc > 0) cpu.Blocking = cpu.Blocking with { Kc = kc, Mc = cpu.Blocking.Mc / 2, Nc = 128 };
                        using Tensor a = Make(cpu, [m, k], DType.F32, Layout.Contiguous, 1), b = Make(cpu, [k, n], DType.F32, lb, 2), y = Make(cpu, [m, n], DType.F32, Layout.Contiguous, 3);
                        cpu.MatMul(a, b, y, 0.7f, accumulate: true);
                        byte[] bytes = Bytes(y);
                        first ??= bytes;
                        Assert.True(first.AsSpan().SequenceEqual(bytes), $"[{m}, {k}] x [{k}, {n}] {lb}: other bits with {threads} threads, kc {kc}");
                    }
            }
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused_in_one_sentence()
    {
        foreach (Backend backend in (Backend[])[Cpu(), new ReferenceBackend()])
            using (backend)
            {
                using Tensor a = Tensor.Zeros(backend, [3, 37]), b = Tensor.Zeros(backend, [1, 37]), y = Tensor.Zeros(backend, [3, 37]);
                Assert.Equal("matmul: inner sizes differ: [3, 37] x [1, 37] (37 against 1)", Assert.Throws<ArgumentException>(() => backend.MatMul(a, b, y)).Message);
                using Tensor c = Tensor.Zeros(backend, [37, 4]);
                Assert.Equal("matmul: the result does not fit: [3, 37] x [37, 4] into [3, 37] (4 against 37)", Assert.Throws<ArgumentException>(() => backend.MatMul(a, c, y)).Message);
            }
    }

    [Fact]
    public void Nothing_is_allocated_by_a_call()
    {
        using CpuBackend cpu = new(2);
        using Tensor a = Tensor.Zeros(cpu, [64, 200]), b = Tensor.Zeros(cpu, [200, 300]), y = Tensor.Zeros(cpu, [64, 300]);
        for (int i = 0; i < 50; i++) cpu.MatMul(a, b, y);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++) cpu.MatMul(a, b, y);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64);
    }
}

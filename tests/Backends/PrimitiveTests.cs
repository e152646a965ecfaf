using Pure.Tuner.Kernels;
using static Pure.Tuner.Tests.TestTensors;

namespace Pure.Tuner.Tests;

/// <summary>Every primitive of the cpu against the reference, over shapes, dtypes and layouts.</summary>
[Trait("Category", "Unit")]
public class PrimitiveTests
{
    private static readonly Shape[] s_shapes = [[0, 5], [5, 0], [1, 1], [1, 37], [37, 1], [13, 16], [70, 129], [3, 5, 33], [2, 1, 3, 17], [4100], []];
    private static readonly DType[] s_floats = [DType.F32, DType.BF16, DType.F16];

    /// <summary>A unit in the last place of the dtype, and for F32 a few: vector functions are good to that.</summary>
    private static (double Abs, double Rel) Tolerance(DType dtype) => dtype switch
    {
        DType.BF16 => (1e-6, 1.0 / 128),
        DType.F16 => (1e-6, 1.0 / 1024),
        _ => (1e-7, 5e-7),
    };

    private static void Compare(string what, Func<Backend, Tensor[]> inputs, Func<Backend, Tensor> output, Action<Backend, Tensor[], Tensor> run, (double Abs, double Rel) tolerance)
    {
        using CpuBackend cpu = Cpu();
        using var reference = new ReferenceBackend();
        using (TensorScope.Begin())
        {
            Tensor[] x = inputs(cpu), rx = inputs(reference);
            Tensor y = output(cpu), ry = output(reference);
            run(cpu, x, y);
            run(reference, rx, ry);
            Close(ry, y, tolerance.Abs, tolerance.Rel, what);
        }
        Assert.Equal(0, cpu.LiveBlocks);
    }

    private static IEnumerable<Layout> LayoutsOf(Shape shape) => shape.Rank == 0 ? [Layout.Contiguous] : Enum.GetValues<Layout>();

    public static TheoryData<UnaryKind> Unaries => [.. Enum.GetValues<UnaryKind>()];

    [Theory, MemberData(nameof(Unaries))]
    public void Unary(UnaryKind kind)
    {
        foreach (Shape shape in s_shapes)
            foreach (DType dtype in s_floats)
                foreach (Layout layout in LayoutsOf(shape))
                    Compare($"{kind} {shape} {dtype} {layout}", b => [Make(b, shape, dtype, layout, 1, 4)], b => Make(b, shape, dtype, layout == Layout.Broadcast ? Layout.Contiguous : layout, 2),
                        (b, x, y) => b.Unary(kind, x[0], y), Tolerance(dtype));
    }

    public static TheoryData<BinaryKind> Binaries => [.. Enum.GetValues<BinaryKind>()];

    [Theory, MemberData(nameof(Binaries))]
    public void Binary(BinaryKind kind)
    {
        foreach (Shape shape in s_shapes)
            foreach (DType dtype in (DType[])[.. s_floats, DType.I32])
            {
                if (dtype == DType.I32 && kind is BinaryKind.Div or BinaryKind.Pow) continue;
                DType to = kind.IsComparison ? DType.Bool : dtype;
                foreach (Layout la in LayoutsOf(shape))
                    foreach (Layout lb in (Layout[])[Layout.Contiguous, Layout.Broadcast, Layout.Transposed])
                        Compare($"{kind} {shape} {dtype} {la} {lb}", b => [Make(b, shape, dtype, la, 1, 2), Make(b, shape, dtype, lb, 2, 2)], b => Make(b, shape, to, Layout.Padded, 3),
                            (b, x, y) => b.Binary(kind, x[0], x[1], y), Tolerance(dtype));
                foreach (double number in (double[])[2, -0.5])
                    if (dtype.IsFloat)
                        Compare($"{kind} {shape} {dtype} by {number}", b => [Make(b, shape, dtype, Layout.Contiguous, 1)], b => Make(b, shape, to, Layout.Contiguous, 3),
                            (b, x, y) => b.Binary(kind, x[0], number, y), Tolerance(dtype));
            }
    }

    [Fact]
    public void A_column_and_a_number_broadcast_by_stride_0()
    {
        Shape shape = [9, 50];
        foreach (BinaryKind kind in (BinaryKind[])[BinaryKind.Sub, BinaryKind.Div, BinaryKind.Pow, BinaryKind.Less])
            for (int side = 0; side < 2; side++)
                foreach (int rowStep in (int[])[0, 1])
                    Compare($"{kind} side {side} step {rowStep}",
                        b =>
                        {
                            Tensor full = Make(b, shape, DType.F32, Layout.Contiguous, 1), few = Make(b, [9], DType.F32, Layout.Contiguous, 2).View(shape, [rowStep, 0], 0);
                            return side == 0 ? [full, few] : [few, full];
                        },
                        b => Tensor.Empty(b, shape, kind.IsComparison ? DType.Bool : DType.F32), (b, x, y) => b.Binary(kind, x[0], x[1], y), Tolerance(DType.F32));
    }

    [Fact]
    public void Select()
    {
        foreach (Shape shape in s_shapes)
            foreach (DType dtype in (DType[])[.. s_floats, DType.I32])
                foreach (Layout layout in LayoutsOf(shape))
                    Compare($"select {shape} {dtype} {layout}", b => [Make(b, shape, DType.Bool, layout, 1), Make(b, shape, dtype, Layout.Contiguous, 2), Make(b, shape, dtype, Layout.Transposed, 3)],
                        b => Tensor.Empty(b, shape, dtype), (b, x, y) => b.Select(x[0], x[1], x[2], y), (0, 0));
    }

    [Fact]
    public void Copy_casts_and_moves_every_layout()
    {
        foreach (Shape shape in s_shapes)
            foreach (DType from in Enum.GetValues<DType>())
                foreach (DType to in Enum.GetValues<DType>())
                    foreach (Layout lx in LayoutsOf(shape))
                        foreach (Layout ly in (Layout[])[Layout.Contiguous, Layout.Transposed])
                        {
                            if (from != to && lx == Layout.Padded) continue;
                            float scale = from.IsFloat && !to.IsFloat ? 100 : 1;
                            if (to == DType.U8 && from is DType.I32 or DType.I64 or DType.F32 or DType.F16 or DType.BF16) continue;      // what does not fit is not promised
                            Compare($"copy {shape} {from} {lx} -> {to} {ly}", b => [Make(b, shape, from, lx, 1, scale)], b => Make(b, shape, to, ly, 2), (b, x, y) => b.Copy(x[0], y), (0, 0));
                        }
    }

    [Fact]
    public void Copy_of_large_transposes()
    {
        foreach (DType dtype in (DType[])[DType.F32, DType.BF16, DType.I64, DType.Bool])
            foreach (Shape shape in (Shape[])[[100, 131], [3, 65, 40], [300, 7]])
                Compare($"transpose {shape} {dtype}", b => [Make(b, shape, dtype, Layout.Transposed, 1)], b => Tensor.Empty(b, shape, dtype), (b, x, y) => b.Copy(x[0], y), (0, 0));
    }

    [Fact]
    public void Copy_keeps_every_i64() // which a double does not
    {
        using CpuBackend cpu = Cpu();
        using Tensor x = Tensor.From<long>(cpu, [long.MaxValue, (1L << 53) + 1, -7], [3]), y = Tensor.Empty(cpu, [3], DType.I64), z = Tensor.Empty(cpu, [3], DType.I32);
        cpu.Copy(x, y);
        cpu.Copy(x, z);
        Assert.Equal(x.ToArray<long>(), y.ToArray<long>());
        Assert.Equal([-1, 1, -7], z.ToArray<int>());
    }

    [Fact]
    public void Reduce()
    {
        foreach (ReduceKind kind in Enum.GetValues<ReduceKind>())
            foreach (Shape shape in (Shape[])[.. s_shapes.Where(s => s.Rank > 0), [3, 9000], [700, 150]])
                foreach (DType dtype in s_floats)
                    foreach (Layout layout in Enum.GetValues<Layout>())
                        Compare($"{kind} {shape} {dtype} {layout}", b => [Make(b, shape, dtype, layout, 1)], b => Make(b, new Shape(shape.Lengths[..^1]), DType.F32, Layout.Contiguous, 2),
                            (b, x, y) => b.Reduce(kind, x[0], y, accumulate: layout == Layout.Padded), (1e-4, 1e-6));
    }

    [Fact]
    public void Sums_of_long_rows_stay_exact_to_the_last_places()
    {
        using CpuBackend cpu = Cpu();
        using Tensor x = Tensor.Full(cpu, [2, 3_000_000], 0.1), column = x.View([2, 3_000_000], [0, 1], 0), y = Tensor.Empty(cpu, [2]);
        cpu.Reduce(ReduceKind.Sum, column, y);
        Assert.InRange(y.ToArray<float>()[0], 300000 * (1 - 2e-6), 300000 * (1 + 2e-6));
    }

    [Fact]
    public void ArgMax_takes_the_first_of_equals_and_no_NaN()
    {
        using CpuBackend cpu = Cpu();
        using var reference = new ReferenceBackend();
        float[] x = [1, 3, 3, float.NaN, float.NaN, 2, 0, 1, float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity, -0f, 0, -1, -2];
        foreach (Backend b in (Backend[])[cpu, reference])
        {
            using Tensor t = Tensor.From<float>(b, x, [4, 4]), y = Tensor.Empty(b, [4], DType.I32);
            b.ArgMax(t, y);
            Assert.Equal([1, 1, 0, 0], y.ToArray<int>());
        }
        foreach (Layout layout in Enum.GetValues<Layout>())
            foreach (DType dtype in s_floats)
                Compare($"argmax {layout} {dtype}", b => [Make(b, [5, 9001], dtype, layout, 4)], b => Tensor.Empty(b, [5], DType.I32), (b, t, y) => b.ArgMax(t[0], y), (0, 0));
    }

    [Fact]
    public void Gather_and_scatter()
    {
        int[] ids = [3, 0, 3, 6, 6, 6, 1, 3, 0, 2, 5];
        foreach (int d in (int[])[1, 7, 64, 5000])
            foreach (DType table in s_floats)
                foreach (DType rows in s_floats)
                    foreach (Layout layout in (Layout[])[Layout.Contiguous, Layout.Transposed, Layout.Padded])
                    {
                        Compare($"gather {d} {table} {rows} {layout}", b => [Make(b, [7, d], table, layout, 1), Tensor.From<int>(b, ids, [ids.Length])], b => Make(b, [ids.Length, d], rows, layout, 2),
                            (b, x, y) => b.Gather(x[0], x[1], y), (0, 0));
                        Compare($"scatter {d} {table} {rows} {layout}", b => [Make(b, [ids.Length, d], rows, layout, 1), Tensor.From<int>(b, [.. ids[1..], -1], [ids.Length])], b => Make(b, [7, d], table, layout, 2),
                            (b, x, y) => b.ScatterAdd(x[0], x[1], y), (table == DType.F32 ? 1e-6 : table == DType.F16 ? 2e-3 : 2e-2, 1e-6));     // every addition rounds, at the size the sum then has
                    }
    }

    [Fact]
    public void Ids_outside_the_table_are_named()
    {
        foreach (Backend b in (Backend[])[Cpu(), new ReferenceBackend()])
            using (b)
            {
                using Tensor table = Tensor.Zeros(b, [4, 2]), ids = Tensor.From<int>(b, [1, 4], [2]), y = Tensor.Zeros(b, [2, 2]);
                Assert.StartsWith("gather: id 4 at 1 is outside the table of 4 rows", Assert.Throws<ArgumentOutOfRangeException>(() => b.Gather(table, ids, y)).Message);
                Assert.StartsWith("scatter_add: id 4 at 1 is outside", Assert.Throws<ArgumentOutOfRangeException>(() => b.ScatterAdd(y, ids, table)).Message);
            }
    }

    [Fact]
    public void Fill()
    {
        foreach (Shape shape in s_shapes)
            foreach (DType dtype in Enum.GetValues<DType>())
                foreach (Layout layout in (Layout[])[Layout.Contiguous, Layout.Padded, Layout.Transposed])
                    Compare($"fill {shape} {dtype} {layout}", _ => [], b => Make(b, shape, dtype, layout, 1), (b, _, y) => b.Fill(y, 3), (0, 0));
    }

    [Fact]
    public void The_bits_do_not_depend_on_threads()
    {
        byte[]? first = null;
        foreach (int threads in (int[])[1, 2, 3])
        {
            using CpuBackend cpu = Cpu(threads);
            using (TensorScope.Begin())
            {
                Tensor x = Make(cpu, [300, 700], DType.F32, Layout.Contiguous, 1, 3), t = x.View([700, 300], [1, 700], 0), e = Tensor.EmptyLike(x);
                cpu.Unary(UnaryKind.Exp, x, e);
                Tensor rows = Tensor.Empty(cpu, [300]), columns = Tensor.Empty(cpu, [700]), table = Tensor.Zeros(cpu, [50, 700]);
                cpu.Reduce(ReduceKind.Sum, e, rows);
                cpu.Reduce(ReduceKind.Sum, t, columns);
                cpu.ScatterAdd(e, Tensor.From<int>(cpu, [.. Enumerable.Range(0, 300).Select(i => i * i % 50)], [300]), table);
                byte[] bytes = [.. Bytes(e), .. Bytes(rows), .. Bytes(columns), .. Bytes(table)];
                first ??= bytes;
                Assert.True(first.AsSpan().SequenceEqual(bytes));
            }
        }
    }
}

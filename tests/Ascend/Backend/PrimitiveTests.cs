using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Primitives on a simulated card against the reference where the operator table does not reach: dtypes of integers, more dimensions than the library takes, NaN, odd views.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class CardPrimitiveTests
{
    private static void Compare(Func<Backend, double[]> run, double tolerance = 0)
    {
        using var npu = new Npu();
        using var reference = new ReferenceBackend();
        double[] actual, expected;
        using (TensorScope.Begin()) (actual, expected) = (run(npu.Backend), run(reference));
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < actual.Length; i++)
            Assert.True(actual[i].Equals(expected[i]) || Math.Abs(actual[i] - expected[i]) <= tolerance * (1 + Math.Abs(expected[i])), $"element {i}: {actual[i]:G9} where {expected[i]:G9} is expected");
        Assert.Equal(0, npu.Backend.LiveBlocks);
    }

    private static Tensor Make(Backend b, Shape shape, DType dtype = DType.F32, int seed = 1)
    {
        var random = new Random(seed);
        Tensor y = Tensor.Empty(b, shape, dtype);
        HostElements.Write([.. Enumerable.Range(0, checked((int)shape.Count)).Select(_ => dtype.IsFloat ? random.NextDouble() * 2 - 1 : dtype == DType.Bool ? random.Next(2) : (double)random.Next(100))], y);
        return y;
    }

    [Fact]
    public void Copies_convert_every_dtype_to_every_other_under_strides()
    {
        foreach (DType from in Enum.GetValues<DType>())
            foreach (DType to in Enum.GetValues<DType>())
                Compare(b =>
                {
                    Tensor x = Make(b, [5, 6], from), y = Tensor.Empty(b, [6, 5], to), z = Tensor.Full(b, [6, 8], 0, to), padded = z.View([6, 5], [8, 1], 2);
                    b.Copy(x.Transposed(), y);
                    b.Copy(y, padded);
                    return [.. HostElements.Read(y), .. HostElements.Read(z)];
                });
    }

    [Fact]
    public void Fills_every_dtype_and_odd_views()
    {
        foreach (DType dtype in Enum.GetValues<DType>())
            foreach (double value in (double[])[0, 3])
                Compare(b =>
                {
                    Tensor y = Make(b, [4, 6], dtype);
                    b.Fill(y.View([4, 2], [6, 2], 1), value);
                    return HostElements.Read(y);
                });
        Compare(b => HostElements.Read(Tensor.Full(b, [3], double.NegativeInfinity)));
        Compare(b => HostElements.Read(Tensor.Full(b, [], 7)));
    }

    [Fact]
    public void More_dimensions_than_the_library_takes_are_worked_off()
    {
        Shape nine = [2, 1, 2, 1, 2, 1, 2, 1, 3];
        int[] order = [8, 7, 6, 5, 4, 3, 2, 1, 0];
        Compare(b =>
        {
            Tensor x = Make(b, nine), turned = x.View(new Shape(Array.ConvertAll(order, d => x.Shape[d])), Array.ConvertAll(order, d => x.Strides[d]), 0), y = Tensor.Empty(b, turned.Shape), sum = Tensor.Empty(b, new Shape(nine.Lengths[..^1]));
            b.Unary(UnaryKind.Neg, turned, y);
            b.Binary(BinaryKind.Mul, y, turned, y);
            b.Binary(BinaryKind.Add, y, 1, y);
            b.Reduce(ReduceKind.Sum, x, sum);
            return [.. HostElements.Read(y), .. HostElements.Read(sum)];
        }, 1e-6);
    }

    [Fact]
    public void Integers_and_comparisons()
    {
        foreach (BinaryKind kind in Enum.GetValues<BinaryKind>())
        {
            if (kind is BinaryKind.Div or BinaryKind.Pow) continue;
            Compare(b =>
            {
                Tensor x = Make(b, [4, 5], DType.I32, 1), z = Make(b, [4, 5], DType.I32, 2), y = Tensor.Empty(b, [4, 5], kind.IsComparison ? DType.Bool : DType.I32), c = Tensor.EmptyLike(y);
                b.Binary(kind, x, z, y);
                b.Binary(kind, x, 7, c);
                return [.. HostElements.Read(y), .. HostElements.Read(c)];
            });
        }
    }

    [Fact]
    public void Not_a_number_passes_as_the_contract_says()
    {
        float[] x = [1, float.NaN, 3, float.NaN, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0], z = [float.NaN, 2, 1, float.NaN, 5, 6, 7, -0f];
        foreach (BinaryKind kind in (BinaryKind[])[BinaryKind.Max, BinaryKind.Min, BinaryKind.Add, BinaryKind.Less, BinaryKind.Equal])
            Compare(b =>
            {
                Tensor y = Tensor.Empty(b, [8], kind.IsComparison ? DType.Bool : DType.F32);
                b.Binary(kind, Tensor.From<float>(b, x, [8]), Tensor.From<float>(b, z, [8]), y);
                return HostElements.Read(y);
            });
        Compare(b =>
        {
            Tensor t = Tensor.From<float>(b, x, [2, 4]), most = Tensor.Empty(b, [2]), at = Tensor.Empty(b, [2], DType.I32);
            b.Reduce(ReduceKind.Max, t, most);
            b.ArgMax(t, at);
            return [.. HostElements.Read(most), .. HostElements.Read(at)];
        });
        Compare(b =>
        {
            Tensor y = Tensor.Empty(b, [2]), none = Tensor.Empty(b, [2, 0]);
            b.Reduce(ReduceKind.Max, none, y);
            double[] most = HostElements.Read(y);
            b.Reduce(ReduceKind.Sum, none, y);
            return [.. most, .. HostElements.Read(y)];
        });
    }

    [Fact]
    public void Products_of_mixed_dtypes_with_factor_and_sum_into_odd_places()
    {
        foreach (DType left in (DType[])[DType.F32, DType.BF16, DType.F16])
            foreach (DType right in (DType[])[DType.F32, DType.BF16])
                foreach (DType into in (DType[])[DType.F32, DType.BF16])
                    foreach (bool accumulate in (bool[])[false, true])
                        Compare(b =>
                        {
                            Tensor a = Make(b, [3, 4, 5], left, 1), c = Make(b, [5, 6], right, 2), y = Make(b, [3, 4, 8], into, 3), part = y.View([3, 4, 6], [32, 8, 1], 1);
                            b.MatMul(a, c.View([3, 5, 6], [0, 6, 1], 0), part, -0.5f, accumulate);
                            return HostElements.Read(y);
                        }, into == DType.BF16 || (left == right && left != DType.F32) ? 2e-2 : 1e-5);
    }

    [Fact]
    public void Gather_and_scatter_with_ids_that_the_host_does_not_know()
    {
        foreach (DType table in (DType[])[DType.F32, DType.BF16])
            foreach (DType rows in (DType[])[DType.F32, DType.F16])
                Compare(b =>
                {
                    Tensor t = Make(b, [7, 5], table, 1), r = Make(b, [6, 5], rows, 2), sent = Tensor.From<int>(b, [3, 0, 3, 6, -1, -1], [6]), ids = Tensor.EmptyLike(sent), inside = Tensor.EmptyLike(sent), y = Tensor.Empty(b, [6, 5], rows);
                    b.Copy(sent, ids);
                    b.Binary(BinaryKind.Max, ids, 0, inside);
                    b.Gather(t, inside, y);
                    b.ScatterAdd(r, ids, t);
                    return [.. HostElements.Read(y), .. HostElements.Read(t)];
                }, 1e-2);
    }

    /// <summary>The card's sum of truth values is whether any is true, and that of bytes stays a byte.</summary>
    [Theory, InlineData(DType.Bool, 300), InlineData(DType.U8, 600)]
    public void Truth_values_and_bytes_are_counted(DType type, int expected)
    {
        using var npu = new Npu();
        using Tensor x = Tensor.Empty(npu.Backend, [1, 300], type), y = Tensor.Empty(npu.Backend, [1], DType.I32);
        npu.Backend.Fill(x, type == DType.Bool ? 1 : 2);
        npu.Backend.Reduce(ReduceKind.Sum, x, y);
        Assert.Equal(expected, y.ToArray<int>()[0]);
    }
}

using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Packed weights on the cpu: the decoders against the definition, the products against the reference and against the dense matrix.</summary>
[Trait("Category", "Unit")]
public class PackedTests
{
    public static TheoryData<string> Formats => [.. PackedSample.All.Select(s => s.Format.Name)];

    private static CpuBackend Cpu() => new(2) { Poison = true };

    /// <summary>Whatever bytes a file may hold; a NaN may have any bits.</summary>
    [Theory, MemberData(nameof(Formats))]
    public unsafe void Decoders_give_the_bits_of_the_definition_for_any_bytes(string name)
    {
        PackedSample sample = PackedSample.Find(name)!;
        using CpuBackend cpu = Cpu();
        int columns = 3 * sample.Columns + (sample.Format.Grain == 1 ? 5 : 0);       // where blocks may run across rows, they do
        foreach (bool valid in (bool[])[true, false])
        {
            using QuantizedTensor w = sample.Make(cpu, [5, columns], 7);
            var random = new Random(3);
            if (!valid)
                foreach (Tensor part in w.Parts.Where(p => p.DType == DType.U8))
                    random.NextBytes(HostMemory.Elements<byte>(part));
            PackedDecoder decoder = PackedDecoder.For(w.Format);
            var expected = new float[columns];
            var actual = new float[columns + 1];
            for (int row = 0; row < 5; row++)
                for (int first = 0; first < columns; first += w.Format.Grain)
                    for (int count = w.Format.Grain; first + count <= columns; count += Math.Max(w.Format.Grain, (columns - first) / 5 / w.Format.Grain * w.Format.Grain))
                    {
                        w.Format.Expand(w, row, first, expected.AsSpan(0, count));
                        actual[count] = 7;
                        fixed (float* y = actual) decoder.Decode(w, row, first, count, y);
                        Assert.Equal(7, actual[count]);
                        for (int i = 0; i < count; i++)
                            if (!(float.IsNaN(expected[i]) && float.IsNaN(actual[i])) && BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
                                Assert.Fail($"{name} row {row} columns {first}+{count}: element {i} is {actual[i]:R}, not {expected[i]:R}");
                    }
        }
    }

    /// <summary>Pieces that begin and end anywhere, as the blocking of matrix multiply cuts them.</summary>
    [Theory, MemberData(nameof(Formats))]
    public unsafe void Any_piece_of_a_row_can_be_read(string name)
    {
        PackedSample sample = PackedSample.Find(name)!;
        using CpuBackend cpu = Cpu();
        using QuantizedTensor w = sample.Make(cpu, [2, sample.Columns], 8);
        var source = new PackedSource(w, false);
        var whole = new float[sample.Columns];
        w.Format.Expand(w, 1, 0, whole);
        var piece = new float[sample.Columns];
        for (int first = 0; first < sample.Columns; first += 5)
            for (int count = 1; first + count <= sample.Columns; count += 11)
            {
                fixed (float* y = piece) source.Read(1, first, count, y);
                Assert.Equal(whole.AsSpan(first, count), piece.AsSpan(0, count));
            }
    }

    /// <summary>Two rows and more are multiplied as the same matrix in F32 is, bit for bit; a row alone, and few rows of some formats, by another order of summation.</summary>
    [Theory, MemberData(nameof(Formats))]
    public void Products_are_those_of_the_dense_matrix(string name)
    {
        PackedSample sample = PackedSample.Find(name)!;
        using CpuBackend cpu = Cpu();
        using var alone = new CpuBackend(1);
        const int Out = 83;
        foreach (bool transposed in (bool[])[false, true])
            foreach (int m in (int[])[1, 2, 3, 8, 9, 40])
                foreach (bool accumulate in (bool[])[false, true])
                {
                    float[] packed = Product(cpu, dense: false), expected = Product(cpu, dense: true);
                    Assert.Equal(packed, Product(alone, dense: false));
                    if (m > 8 || (m > FewRows(cpu, sample) && !transposed)) Assert.Equal(expected, packed);
                    else
                    {
                        double size = Math.Sqrt(expected.Average(v => (double)v * v));
                        for (int i = 0; i < packed.Length; i++) Assert.True(Math.Abs(packed[i] - expected[i]) < 1e-5 * (size + Math.Abs(expected[i])), $"{name} m {m} transposed {transposed}: {packed[i]} is not {expected[i]}");
                    }

                    float[] Product(CpuBackend backend, bool dense)
                    {
                        using QuantizedTensor w = sample.Make(backend, [Out, sample.Columns], 9);
                        int inner = transposed ? Out : sample.Columns, outer = transposed ? sample.Columns : Out;
                        using Tensor x = TestTensors.Make(backend, [m, inner], DType.F32, TestTensors.Layout.Contiguous, 1), y = TestTensors.Make(backend, [m, outer], DType.F32, TestTensors.Layout.Contiguous, 2);
                        if (!dense) w.MatMul(x, transposed, y, 0.5f, accumulate);
                        else
                        {
                            using Tensor full = Tensor.Empty(backend, w.Shape), turned = full.Transposed();
                            w.Read(.., full);
                            backend.MatMul(x, transposed ? full : turned, y, 0.5f, accumulate);
                        }
                        return y.ToArray<float>();
                    }
                }
        Assert.Equal(0, cpu.LiveBlocks);
    }

    /// <summary>Where few rows meet the codes themselves, a row's numbers do not hang on the others of its batch.</summary>
    [Theory, MemberData(nameof(Formats))]
    public void Few_rows_are_the_rows_alone(string name)
    {
        PackedSample sample = PackedSample.Find(name)!;
        using CpuBackend cpu = Cpu();
        int most = FewRows(cpu, sample);
        using QuantizedTensor w = sample.Make(cpu, [83, sample.Columns], 9);
        for (int m = 2; m <= most; m++)
        {
            using Tensor x = TestTensors.Make(cpu, [m, sample.Columns], DType.F32, TestTensors.Layout.Contiguous, 1), y = Tensor.Zeros(cpu, [m, 83]), one = Tensor.Zeros(cpu, [1, 83]);
            w.MatMul(x, false, y, 0.5f, true);
            float[] all = y.ToArray<float>();
            for (int row = 0; row < m; row++)
            {
                using Tensor alone = x.Slice(0, row, 1);
                w.MatMul(alone, false, one, 0.5f, false);
                Assert.Equal(one.ToArray<float>(), all.AsSpan(row * 83, 83).ToArray());
            }
        }
    }

    private static int FewRows(Backend backend, PackedSample sample)
    {
        using QuantizedTensor w = sample.Make(backend, [2, sample.Columns], 9);
        return PackedDecoder.For(w.Format).MaxRows;
    }

    /// <summary>Numbers are read from memory that kernels keep: a product allocates nothing that grows.</summary>
    [Fact]
    public void A_product_allocates_nothing()
    {
        using var cpu = new CpuBackend(1);
        using QuantizedTensor w = PackedSample.Find("Q4_1")!.Make(cpu, [256, 256], 1);
        foreach (int m in (int[])[1, 4, 64])
        {
            using Tensor x = TestTensors.Make(cpu, [m, 256], DType.F32, TestTensors.Layout.Contiguous, 1), y = Tensor.Zeros(cpu, [m, 256]);
            for (int i = 0; i < 3; i++) w.MatMul(x, false, y, 1, false);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++) w.MatMul(x, false, y, 1, false);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 * 64);
        }
    }
}

using System.Runtime.InteropServices;

namespace Pure.Tuner.Tests;

/// <summary>bitsandbytes' 4 bits against their definition, told once more in the plainest words.</summary>
[Trait("Category", "Unit")]
public class BnbFourBitTests
{
    public static TheoryData<string, int, int, int> Shapes => new()
    {
        { "nf4", 64, 5, 13 }, { "nf4", 64, 3, 64 }, { "nf4", 32, 7, 33 }, { "fp4", 64, 5, 13 }, { "fp4", 128, 9, 31 }, { "nf4", 2, 3, 5 }, { "nf4", 4096, 5, 1000 }, { "fp4", 6, 4, 10 }, { "nf4", 64, 1, 1 },
    };

    private static float[] Numbers(int count, int seed, float size = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(20) == 0 ? 0 : size * (float)(2 * random.NextDouble() - 1))];
    }

    private static QuantizedTensor Quantize(Backend backend, BnbFourBitFormat format, float[] x, Shape shape) =>
        new BnbFourBitQuantizer(format).Quantize(backend, "w", shape, (row, rows) => x.AsSpan(row * shape[1], rows.Length).CopyTo(rows));

    [Theory, MemberData(nameof(Shapes))]
    public void Every_number_gets_the_nearest_value_of_its_block(string type, int size, int rows, int columns)
    {
        using Backend backend = Backends.Open("cpu", 2);
        FourBitCode code = FourBitCode.Find(type)!;
        float[] x = Numbers(rows * columns, 3), y = new float[x.Length];
        using QuantizedTensor w = Quantize(backend, new BnbFourBitFormat(code, size), x, [rows, columns]);
        byte[] packed = w.PartBytes(BnbFourBitFormat.Codes);
        float[] absmax = MemoryMarshal.Cast<byte, float>(w.PartBytes(BnbFourBitFormat.AbsMax)).ToArray();
        Assert.Equal((x.Length + size - 1) / size, absmax.Length);
        for (int i = 0; i < x.Length; i++)
        {
            float[] block = x[(i / size * size)..Math.Min(x.Length, (i / size + 1) * size)];
            Assert.Equal(block.Max(MathF.Abs), absmax[i / size]);
            int c = i % 2 == 0 ? packed[i / 2] >> 4 : packed[i / 2] & 15;
            float scaled = absmax[i / size] == 0 ? 0 : x[i] * (1 / absmax[i / size]);
            float error = MathF.Abs(code.Values[c] - scaled);
            foreach (float other in code.Values) Assert.True(error <= MathF.Abs(other - scaled) + 1e-7f, $"{scaled} became {code.Values[c]}, not {other}");
            if (scaled == 0) Assert.Equal(code.Zero, c);
            y[i] = code.Values[c] * absmax[i / size];
        }
        if (x.Length % 2 != 0) Assert.Equal(code.Zero, packed[^1] & 15);
        for (int row = 0; row < rows; row++)
            for (int first = 0; first < columns; first += 3)
                for (int count = 1; first + count <= columns; count += 7)
                {
                    var piece = new float[count];
                    w.Format.Expand(w, row, first, piece);
                    Assert.Equal(y[(row * columns + first)..(row * columns + first + count)], piece);
                }
    }

    /// <summary>Vectors and single numbers must agree: every length around the width of a vector, the same numbers.</summary>
    [Theory, InlineData("nf4"), InlineData("fp4")]
    public void Codes_do_not_depend_on_where_a_number_stands(string type)
    {
        FourBitCode code = FourBitCode.Find(type)!;
        float[] x = [1, .. Numbers(300, 5)];
        byte[] whole = new byte[151], piece = new byte[151];
        code.Encode(x, whole);
        for (int n = 1; n <= x.Length; n++)
        {
            Assert.Equal(1, code.Encode(x.AsSpan(0, n), piece));
            Assert.Equal(whole.AsSpan(0, n / 2), piece.AsSpan(0, n / 2));
            if (n % 2 != 0) Assert.Equal(whole[n / 2] >> 4, piece[n / 2] >> 4);
        }
    }

    [Theory, InlineData("nf4"), InlineData("fp4")]
    public void A_tie_goes_to_the_smaller(string type)
    {
        FourBitCode code = FourBitCode.Find(type)!;
        float[] values = [.. code.Values.ToArray().Where(v => v >= 0).Distinct().Order()];
        for (int i = 1; i < values.Length; i++)
        {
            float middle = (float)(((double)values[i - 1] + values[i]) / 2);
            byte[] packed = new byte[8];
            code.Encode([1, middle, MathF.BitIncrement(middle), MathF.BitDecrement(middle), 0, 0, 0, 0], packed);
            Assert.Equal(values[i - 1], code.Values[packed[0] & 15]);
            Assert.Equal(values[i], code.Values[packed[1] >> 4]);
            Assert.Equal(values[i - 1], code.Values[packed[1] & 15]);
        }
    }

    /// <summary>Rows are read a part at a time and blocks cross the parts: the result is that of the whole matrix at once.</summary>
    [Fact]
    public void Large_matrices_are_read_a_few_rows_at_a_time()
    {
        using Backend backend = Backends.Open("cpu", 2);
        const int Rows = 3, Columns = 700_001, Size = 128;
        float[] x = Numbers(Rows * Columns, 9);
        int most = 0, next = 0;
        using QuantizedTensor w = new BnbFourBitQuantizer(new BnbFourBitFormat(FourBitCode.Nf4, Size)).Quantize(backend, "w", [Rows, Columns], (row, rows) =>
        {
            Assert.Equal(next, row);
            next = row + rows.Length / Columns;
            most = Math.Max(most, rows.Length);
            x.AsSpan(row * Columns, rows.Length).CopyTo(rows);
        });
        Assert.Equal((Rows, Columns), (next, most));
        var codes = new byte[(x.Length + 1) / 2];
        for (int first = 0; first < x.Length; first += Size) FourBitCode.Nf4.Encode(x.AsSpan(first, Math.Min(Size, x.Length - first)), codes.AsSpan(first / 2));
        Assert.Equal(codes, w.PartBytes(BnbFourBitFormat.Codes));
    }

    [Theory, InlineData(64, 40), InlineData(2, 40), InlineData(64, 600)]
    public void Double_quantisation_rounds_the_scales_once_more(int size, int rows)
    {
        using Backend backend = Backends.Open("cpu", 2);
        float[] x = Numbers(rows * 70, 4);
        var format = new BnbFourBitFormat(FourBitCode.Nf4, size, 256);
        using QuantizedTensor plain = Quantize(backend, new BnbFourBitFormat(FourBitCode.Nf4, size), x, [rows, 70]), nested = Quantize(backend, format, x, [rows, 70]);
        Assert.Equal(plain.PartBytes(BnbFourBitFormat.Codes), nested.PartBytes(BnbFourBitFormat.Codes));
        float[] absmax = MemoryMarshal.Cast<byte, float>(plain.PartBytes(BnbFourBitFormat.AbsMax)).ToArray();
        float[] largest = MemoryMarshal.Cast<byte, float>(nested.PartBytes(BnbFourBitFormat.NestedAbsMax)).ToArray();
        float offset = MemoryMarshal.Read<float>(nested.PartBytes(BnbFourBitFormat.NestedOffset));
        Assert.Equal(absmax.Average(a => (double)a), offset, 1e-6);
        for (int b = 0; b < absmax.Length; b++)
        {
            Assert.Equal(absmax.Skip(b / 256 * 256).Take(256).Max(a => MathF.Abs(a - offset)), largest[b / 256]);
            // Steps of the type are at most 9/640 of the largest; below -0.993 there is none, so that -1 is half a step farther.
            Assert.InRange(MathF.Abs(format.Scale(nested, b) - absmax[b]), 0, 0.0072f * largest[b / 256]);
        }
    }

    [Fact]
    public void A_device_that_counts_reads_nothing()
    {
        using CpuBackend backend = CpuBackend.Measuring();
        using QuantizedTensor four = new BnbFourBitQuantizer(new BnbFourBitFormat(FourBitCode.Nf4, 64, 256)).Quantize(backend, "w", [64, 64], (_, _) => throw new InvalidOperationException());
        using QuantizedTensor eight = new Int8RowQuantizer().Quantize(backend, "w", [64, 64], (_, _) => throw new InvalidOperationException());
        Assert.Equal((2048 + 64 + 4 + 4 + 1024, 4096 + 256), (four.Bytes, eight.Bytes));
    }

    [Fact]
    public void Nothing_stays_behind_when_reading_fails()
    {
        using Backend backend = Backends.Open("cpu", 1);
        Assert.Throws<IOException>(() => new BnbFourBitQuantizer(new BnbFourBitFormat(FourBitCode.Nf4)).Quantize(backend, "w", [4, 64], (_, _) => throw new IOException()));
        Assert.Throws<IOException>(() => new Int8RowQuantizer().Quantize(backend, "w", [4, 64], (_, _) => throw new IOException()));
        Assert.Equal(0, backend.LiveBlocks);
    }

    [Theory, InlineData(0, 0), InlineData(63, 0), InlineData(64, -1)]
    public void Sizes_that_cannot_be_are_refused(int size, int nested) => Assert.Throws<ArgumentException>(() => new BnbFourBitFormat(FourBitCode.Nf4, size, nested));
}

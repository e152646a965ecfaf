using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Eight-bit types: dynamic, whole numbers, floats.</summary>
[Trait("Category", "Unit")]
public class EightBitTests
{
    public static TheoryData<string> Float8Kinds => ["e4m3fn", "e5m2", "e4m3fnuz", "e5m2fnuz"];

    private static DynamicMap Map(bool signed) => signed ? DynamicMap.Signed : DynamicMap.Unsigned;

    [Theory, InlineData(true), InlineData(false)]
    public void A_dynamic_map_has_256_rising_numbers(bool signed)
    {
        float[] values = Map(signed).Values.ToArray();
        Assert.Equal(256, values.Distinct().Count());
        Assert.Equal(values.Order(), values);
        Assert.Equal(1, values[^1]);
        Assert.Contains(0f, values);
        Assert.Equal(signed, values[0] < 0);
        if (signed) Assert.All(values[..127], v => Assert.Contains(-v, values));
        Assert.Equal(signed ? 0.9929687f : 0.9964844f, values[^2], 1e-6f);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Codes_are_the_nearest(bool signed)
    {
        DynamicMap map = Map(signed);
        float[] values = map.Values.ToArray();
        var random = new Random(3);
        IEnumerable<float> all = values.Concat(Enumerable.Range(0, 20000).Select(_ => (float)(2 * random.NextDouble() - 1) * MathF.Pow(10, -random.Next(9))))
            .Concat(values.Zip(values.Skip(1), (a, b) => (a + b) / 2)).Concat([0, -0f, 2, -2, float.Epsilon, -float.Epsilon, float.PositiveInfinity, float.NegativeInfinity]);
        foreach (float x in all)
        {
            int brute = 0;
            while (brute < 255 && x > (values[brute] + values[brute + 1]) / 2) brute++;
            Assert.True(brute == map.Nearest(x), $"{x:R} gives {map.Nearest(x)}, not {brute}");
        }
        Assert.Equal(Enumerable.Range(0, 256), values.Select(v => (int)map.Nearest(v)));
    }

    [Theory, InlineData(true, 256), InlineData(false, 256), InlineData(true, 7)]
    public void Blocks_come_back_within_their_steps(bool signed, int size)
    {
        var random = new Random(8);
        float[] x = [.. Enumerable.Range(0, 1000).Select(i => i is >= 256 and < 512 ? 0 : (float)(signed ? 2 * random.NextDouble() - 1 : random.NextDouble()))], y = new float[1000], absmax = new float[Blockwise8Bit.Blocks(1000, size)];
        var codes = new byte[1000];
        Blockwise8Bit.Quantize(x, size, Map(signed), codes, absmax);
        Blockwise8Bit.Dequantize(codes, absmax, size, Map(signed), y);
        for (int i = 0; i < x.Length; i++) Assert.InRange(MathF.Abs(x[i] - y[i]), 0, 0.0072f * absmax[i / size]);
    }

    [Theory, MemberData(nameof(Float8Kinds))]
    public void Every_8_bit_float_comes_back(string name)
    {
        Float8Kind kind = Float8Kind.Find(name)!;
        for (int code = 0; code < 256; code++)
        {
            float value = kind.Values[code];
            byte again = kind.Encode(value);
            if (float.IsNaN(value)) Assert.True(float.IsNaN(kind.Values[again]));
            else Assert.Equal(code, again);
        }
    }

    [Theory, MemberData(nameof(Float8Kinds))]
    public void Numbers_round_to_the_nearest_8_bit_float_and_ties_to_even(string name)
    {
        Float8Kind kind = Float8Kind.Find(name)!;
        (int Code, float Value)[] rising = [.. Enumerable.Range(0, 128).Select(c => (c, kind.Values[c])).Where(p => float.IsFinite(p.Item2))];
        Assert.Equal(rising.OrderBy(p => p.Value), rising);
        for (int i = 1; i < rising.Length; i++)
        {
            float low = rising[i - 1].Value, high = rising[i].Value, middle = (float)(((double)low + high) / 2);
            int even = rising[i].Code % 2 == 0 ? rising[i].Code : rising[i - 1].Code;
            Assert.Equal(even, kind.Encode(middle));
            Assert.Equal(rising[i].Code, kind.Encode(MathF.BitIncrement(middle)));
            Assert.Equal(rising[i - 1].Code, kind.Encode(MathF.BitDecrement(middle)));
            if (even != 0) Assert.Equal(even | 0x80, kind.Encode(-middle));
        }
    }

    [Theory]
    [InlineData("e4m3fn", 1000f, 448f)]
    [InlineData("e4m3fn", float.NegativeInfinity, -448f)]
    [InlineData("e5m2", 1e6f, float.PositiveInfinity)]
    [InlineData("e5m2", 60000f, 57344f)]
    [InlineData("e4m3fnuz", 1000f, float.NaN)]
    [InlineData("e5m2fnuz", float.PositiveInfinity, float.NaN)]
    [InlineData("e4m3fnuz", -1e-9f, 0f)]
    public void Numbers_out_of_range_become_what_the_kind_says(string name, float x, float y)
    {
        Float8Kind kind = Float8Kind.Find(name)!;
        Assert.Equal(y, kind.Values[kind.Encode(x)]);
    }

    [Fact]
    public void Blocks_of_8_bit_floats_have_their_scales()
    {
        using Backend backend = Backends.Open("cpu", 1);
        Shape shape = [5, 10];
        foreach ((int rows, int columns) in new[] { (0, 0), (1, 0), (2, 4), (1, 3), (128, 128) })
        {
            var format = new Float8Format(Float8Kind.E4M3, rows, columns);
            using QuantizedTensor w = QuantizedTensor.Empty(backend, "w", shape, format);
            var random = new Random(rows + columns);
            byte[] codes = [.. Enumerable.Range(0, 50).Select(_ => (byte)random.Next(127))];
            float[] scales = [.. Enumerable.Range(0, (int)w.Parts[1].Shape.Count).Select(_ => (float)random.NextDouble())];
            backend.Upload(codes, w.Parts[0]);
            backend.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(scales), w.Parts[1]);
            int across = w.Parts[1].Shape[1];
            for (int first = 0; first < 10; first++)
                for (int row = 0; row < 5; row++)
                {
                    var y = new float[10 - first];
                    format.Expand(w, row, first, y);
                    for (int i = 0; i < y.Length; i++)
                        Assert.Equal(Float8Kind.E4M3.Values[codes[row * 10 + first + i]] * scales[(rows == 0 ? 0 : row / rows) * across + (columns == 0 ? 0 : (first + i) / columns)], y[i]);
                }
        }
    }

    [Fact]
    public void Whole_numbers_multiply_exactly_at_every_length()
    {
        var random = new Random(2);
        for (int width = 1; width < 140; width++)
        {
            sbyte[] a = [.. Enumerable.Range(0, 2 * width).Select(_ => (sbyte)random.Next(-128, 128))], b = [.. Enumerable.Range(0, 3 * width).Select(_ => (sbyte)(random.Next(3) == 0 ? -128 : random.Next(-128, 128)))];
            var y = new int[6];
            Int8Linear.Multiply(a, b, width, y);
            for (int i = 0; i < 2; i++)
                for (int j = 0; j < 3; j++) Assert.Equal(Enumerable.Range(0, width).Sum(k => a[i * width + k] * b[j * width + k]), y[i * 3 + j]);
        }
    }

    [Fact]
    public void Outliers_are_multiplied_apart()
    {
        float[] x = [1, -2, 100, 0.5f, 3, 0.25f, 0.5f, -1], w = [1, 0.5f, -0.25f, 0.125f, 0, 0, 0, 0];
        var codes = new sbyte[8];
        float[] scales = [Int8Linear.QuantizeRow(w.AsSpan(0, 4), codes), Int8Linear.QuantizeRow(w.AsSpan(4), codes.AsSpan(4))];
        Assert.Equal([1, 0], scales);
        Assert.Equal(new sbyte[] { 127, 64, -32, 16, 0, 0, 0, 0 }, codes);
        Int8Linear.Product apart = Int8Linear.Multiply(x, codes, scales, 4, [10, 20], threshold: 6), together = Int8Linear.Multiply(x, codes, scales, 4, [], threshold: 0);
        Assert.Equal([2], apart.Outliers);
        Assert.Equal([2, 3], apart.Scales);
        Assert.Equal(0, apart.Codes[2] + apart.Codes[6]);
        Assert.Empty(together.Outliers);
        Assert.Equal([100, 3], together.Scales);
        Assert.Equal(10 + 1 - 1 - 25 + 0.0625, apart.Y[0], 0.3);
        Assert.Equal(20, apart.Y[1]);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Rows_of_8_bits_are_near_what_they_were(bool asymmetric)
    {
        var random = new Random(6);
        float[] x = [.. Enumerable.Range(0, 60).Select(i => i < 20 ? 0 : (float)random.NextDouble() + (asymmetric ? 3 : -0.5f))];
        var codes = new sbyte[60];
        int[] zeros = new int[3];
        float[] scales;
        if (asymmetric) (scales, zeros) = W8A8.QuantizeAsymmetric(x, 20, codes);
        else scales = W8A8.Quantize(x, 20, codes);
        for (int i = 0; i < 60; i++) Assert.Equal(x[i], (codes[i] - (x[i] == 0 && scales[i / 20] == 0 ? codes[i] : zeros[i / 20])) * scales[i / 20], 0.51f * scales[i / 20] + 1e-6f);
    }

    /// <summary>The step against AdamW in F64 with the roundings of the states in between.</summary>
    [Fact]
    public void AdamW_moves_by_the_unrounded_moments()
    {
        const int N = 300;
        var random = new Random(4);
        float[] p = [.. Enumerable.Range(0, N).Select(_ => (float)random.NextDouble())], a1 = new float[2], a2 = new float[2], m = new float[N], v = new float[N];
        byte[] s1 = new byte[N], s2 = new byte[N];
        double[] expected = [.. p.Select(x => (double)x)];
        for (int t = 1; t <= 3; t++)
        {
            float[] g = [.. Enumerable.Range(0, N).Select(_ => (float)random.NextDouble() - 0.3f)];
            Blockwise8Bit.Dequantize(s1, a1, 256, DynamicMap.Signed, m);
            Blockwise8Bit.Dequantize(s2, a2, 256, DynamicMap.Unsigned, v);
            new AdamW8BitBlocks(new AdamWSpec(0.01, 0.9, 0.99, 1e-8, 0.1, t, 0.5f)).Step(p, g, s1, a1, s2, a2);
            for (int i = 0; i < N; i++)
            {
                double gi = 0.5 * g[i], mi = 0.9 * m[i] + 0.1 * gi, vi = 0.99 * v[i] + 0.01 * gi * gi;
                expected[i] = expected[i] * (1 - 0.01 * 0.1) - 0.01 / (1 - Math.Pow(0.9, t)) * mi / (Math.Sqrt(vi) / Math.Sqrt(1 - Math.Pow(0.99, t)) + 1e-8);
                Assert.Equal(expected[i], p[i], 3e-6);
            }
        }
    }
}

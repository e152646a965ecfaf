namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class GgmlQuantizerTests
{
    /// <summary>A bell curve with an outlier now and then, the same every time.</summary>
    private static float[] Numbers(int count, int seed) => [.. Enumerable.Range(0, count).Select(i =>
    {
        ulong key = Kernels.CounterRandom.Key(seed, 0, 0, "x");
        float sum = 0;
        for (int n = 0; n < 6; n++) sum += Kernels.CounterRandom.Word(key, i * 6 + n) / 4294967296f - 0.5f;
        return i % 300 == 7 ? sum * 4 : sum;
    })];

    private static float[] RoundTrip<T>(ReadOnlySpan<float> x, ReadOnlySpan<float> importance = default) where T : struct, IBlockQuantizer
    {
        var packed = new byte[x.Length / T.Elements * T.Bytes];
        Array.Fill(packed, (byte)0xA5);
        Blocks.Pack<T>(x, importance, packed);
        var y = new float[x.Length];
        Blocks.Expand<T>(packed, y);
        return y;
    }

    private static double Error(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> w = default)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++) sum += (w.IsEmpty ? 1 : w[i]) * Math.Pow((double)x[i] - y[i], 2);
        return Math.Sqrt(sum / x.Length);
    }

    /// <summary>The limits are one per cent above what the searches left when they were written: one that leaves more has become worse.</summary>
    [Fact]
    public void More_bits_leave_less_error()
    {
        float[] x = Numbers(4096, 1);
        double[] errors =
        [
            Error(x, RoundTrip<Q2_K>(x)), Error(x, RoundTrip<Q3_K>(x)), Error(x, RoundTrip<IQ4_XS>(x)), Error(x, RoundTrip<Q4_K>(x)),
            Error(x, RoundTrip<Q5_K>(x)), Error(x, RoundTrip<Q6_K>(x)), Error(x, RoundTrip<Q8_0>(x)),
        ];
        Assert.Equal(errors.OrderDescending(), errors);
        Assert.All(errors.Zip([0.187, 0.1027, 0.0549, 0.0512, 0.0253, 0.0121, 0.0039]), e => Assert.InRange(e.First, 0, e.Second));
        Assert.True(Error(x, RoundTrip<Q4_K>(x)) < Error(x, RoundTrip<Q4_0>(x)));
        Assert.True(Error(x, RoundTrip<IQ4_NL>(x)) < Error(x, RoundTrip<Q4_0>(x)));
    }

    [Fact]
    public void Numbers_on_a_grid_come_back()
    {
        float[] whole = [.. Enumerable.Range(0, 256).Select(i => (i * 7 % 16 - 8) / 8f)];
        Assert.Equal(whole, RoundTrip<Q4_0>(whole));
        Assert.Equal(whole, RoundTrip<Q5_0>(whole));
        float[] ternary = [.. Enumerable.Range(0, 256).Select(i => (i * 5 % 3 - 1) * 0.25f)];
        Assert.Equal(ternary, RoundTrip<TQ1_0>(ternary));
        Assert.Equal(ternary, RoundTrip<TQ2_0>(ternary));
        float[] microscaled = [.. Enumerable.Range(0, 256).Select(i => FourBitValues.E2M1[i * 3 % 16] / 32f)];
        Assert.Equal(microscaled.Select(v => v + 0f), RoundTrip<MXFP4>(microscaled).Select(v => v + 0f));
    }

    /// <summary>Many scales fit a few different numbers; all sub-blocks must take the same one, which the shared F16 scale can then hold: only its own rounding is left.</summary>
    [Fact]
    public void A_few_different_numbers_lose_only_the_rounding_of_the_scale()
    {
        var random = new Random(4);
        float[] ternary = Draw(-1, 0, 1), binary = Draw(-1, 1), switches = Draw(0, 1), negative = Draw(0, -1);
        foreach (float size in new[] { 0.371f, 0.7f, 7 })       // large enough for scales that F16 holds to its full precision
            foreach (float[] numbers in new[] { ternary, binary, switches, negative })
            {
                float[] x = [.. numbers.Select(v => v * size)];
                Check<Q2_K>(x, size);
                Check<Q3_K>(x, size);
                Check<Q4_K>(x, size);
                Check<Q5_K>(x, size);
                Check<Q6_K>(x, size);
            }
        float[] steps = [.. Enumerable.Range(0, 1024).Select(i => (i / 32 % 8 - 3.5f) * 0.2f)];
        Check<Q3_K>(steps, 0.7f);
        Check<Q4_K>(steps, 0.7f);
        Check<IQ4_NL>(steps, 0.7f);

        float[] Draw(params int[] numbers) => [.. Enumerable.Range(0, 1024).Select(_ => (float)numbers[random.Next(numbers.Length)])];
        static void Check<T>(float[] x, float size) where T : struct, IBlockQuantizer => Assert.InRange(Error(x, RoundTrip<T>(x)) / size, 0, 8e-4);
    }

    [Fact]
    public void Blocks_of_zeros_of_one_number_and_of_tiny_and_huge_ones()
    {
        Check<Q2_K>();
        Check<Q3_K>();
        Check<Q4_K>();
        Check<Q5_K>();
        Check<Q6_K>();
        Check<IQ4_NL>();
        Check<IQ4_XS>();
        Check<Q4_0>();
        Check<Q5_1>();
        Check<Q8_0>();
        Check<MXFP4>();

        static void Check<T>() where T : struct, IBlockQuantizer
        {
            Assert.All(RoundTrip<T>(new float[256]), v => Assert.Equal(0, v));
            foreach (float one in new[] { 0.5f, -3f })
                Assert.All(RoundTrip<T>([.. Enumerable.Repeat(one, 256)]), v => Assert.InRange(v / one, 0.83, 1.17));
            Assert.All(RoundTrip<T>([.. Enumerable.Range(0, 256).Select(i => (i - 100) * 1e-39f)]), v => Assert.InRange(v, -1e-5f, 1e-5f));
            Assert.All(RoundTrip<T>([.. Enumerable.Range(0, 256).Select(i => (i - 100) * 1e5f)]), v => Assert.True(float.IsFinite(v)));
        }
    }

    [Fact]
    public void What_is_important_gets_the_better_part()
    {
        float[] x = Numbers(2048, 2);
        float[] w = [.. Enumerable.Range(0, 2048).Select(i => i % 4 == 0 ? 100f : 1f)];
        Check<Q2_K>();
        Check<Q3_K>();
        Check<Q4_K>();
        Check<Q6_K>();
        Check<IQ4_XS>();

        void Check<T>() where T : struct, IBlockQuantizer => Assert.True(Error(x, RoundTrip<T>(x, w), w) < 0.99 * Error(x, RoundTrip<T>(x), w), typeof(T).Name);
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("reference")]
    public void A_matrix_is_rounded_row_by_row(string device)
    {
        const int Rows = 37, Width = 512;
        float[] x = Numbers(Rows * Width, 3);
        using Backend backend = Backends.Open(device);
        var asked = new List<int>();
        using (QuantizedTensor w = new GgmlQuantizer<Q4_K>().Quantize(backend, "w", [Rows, Width], (first, rows) =>
        {
            asked.Add(first);
            x.AsSpan(first * Width, rows.Length).CopyTo(rows);
        }))
        {
            Assert.Equal("Q4_K", w.Format.Name);
            using Tensor y = Tensor.Empty(backend, [Rows, Width]);
            w.Read(.., y);
            Assert.Equal(RoundTrip<Q4_K>(x), y.ToArray<float>());
        }
        Assert.Equal([0], asked);
        Assert.Equal(0, backend.LiveBlocks);
        Assert.StartsWith("Q4_K: a row must be whole blocks of 256", Assert.Throws<ArgumentException>(() => new GgmlQuantizer<Q4_K>().Quantize(backend, "w", [2, 100], (_, _) => { })).Message, StringComparison.Ordinal);
        Assert.StartsWith("Q4_K: w [2, 256] has 256 columns and the importance 3", Assert.Throws<ArgumentException>(() => new GgmlQuantizer<Q4_K>(new float[3]).Quantize(backend, "w", [2, 256], (_, _) => { })).Message, StringComparison.Ordinal);
        Assert.Equal(0, backend.LiveBlocks);
    }

    [Fact]
    public void Code_books_hold_as_many_points_as_their_indices_reach()
    {
        Assert.Equal((2048 * 8, 256 * 8, 512 * 8, 1024 * 8, 256 * 4, 512 * 4),
            (IqGrids.Iq1S.Length, IqGrids.Iq2XXS.Length, IqGrids.Iq2XS.Length, IqGrids.Iq2S.Length, IqGrids.Iq3XXS.Length, IqGrids.Iq3S.Length));
        Assert.Equal([-1, 0, 1], IqGrids.Iq1S.Distinct().Order().Select(v => (int)v));
        Assert.Equal([8, 25, 43], IqGrids.Iq2S.Distinct().Order().Select(v => (int)v));
        Assert.Equal([1, 3, 5, 7, 9, 11, 13, 15], IqGrids.Iq3S.Distinct().Order().Select(v => (int)v));
        Assert.All(Enumerable.Range(0, 128), s => Assert.Equal(0, int.PopCount(IqGrids.EvenSigns(s)) % 2));
    }
}

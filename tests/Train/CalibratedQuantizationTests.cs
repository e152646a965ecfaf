namespace Pure.Tuner.Tests;

/// <summary>GPTQ and AWQ on layers of made-up numbers, and a whole tiny model.</summary>
[Trait("Category", "Unit")]
public class CalibratedQuantizationTests
{
    private const int Rows = 24, Columns = 96, Samples = 200;

    /// <summary>Inputs whose channels differ in size and lean on each other.</summary>
    private static (float[] W, float[] X, Hessian Hessian) Layer(Backend backend, int seed = 1)
    {
        var random = new Random(seed);
        float[] w = [.. Enumerable.Range(0, Rows * Columns).Select(_ => (float)(random.NextDouble() + random.NextDouble() - 1))], x = new float[Samples * Columns];
        for (int n = 0; n < Samples; n++)
        {
            double shared = random.NextDouble() - 0.5;
            for (int i = 0; i < Columns; i++) x[n * Columns + i] = (float)((0.2 + i % 7) * (random.NextDouble() - 0.5 + shared));
        }
        var hessian = new Hessian(Columns);
        using (TensorScope.Begin()) hessian.Add(Tensor.From<float>(backend, x, [Samples, Columns]));
        return (w, x, hessian);
    }

    private static double Error(float[] w, float[] q, float[] x)
    {
        double sum = 0;
        for (int n = 0; n < Samples; n++)
            for (int r = 0; r < Rows; r++)
            {
                double dot = 0;
                for (int i = 0; i < Columns; i++) dot += (double)x[n * Columns + i] * ((double)w[r * Columns + i] - q[r * Columns + i]);
                sum += dot * dot;
            }
        return sum / Samples;
    }

    private static AffineCodes Rounded(Backend backend, float[] w, int bits, int groupSize, bool symmetric)
    {
        using QuantizedTensor t = new AffineRounding(bits, groupSize, symmetric, 0).Quantize(backend, "w", [Rows, Columns], (row, y) => w.AsSpan(row * Columns, y.Length).CopyTo(y));
        var codes = new AffineCodes(Rows, Columns, bits, groupSize);
        byte[] stream = t.PartBytes(0);
        int rowBytes = stream.Length / Rows;
        for (int i = 0; i < codes.Codes.Length; i++) codes.Codes[i] = (byte)AffineGroupFormat.Code(stream.AsSpan(i / Columns * rowBytes, rowBytes), bits, i % Columns);
        Half[] scales = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, Half>(t.PartBytes(1)).ToArray();
        for (int i = 0; i < scales.Length; i++) codes.Scales[i] = (float)scales[i];
        t.PartBytes(2).CopyTo(codes.Zeros, 0);
        return codes;
    }

    [Fact]
    public void The_inverse_factor_is_one()
    {
        const int n = 150;
        var random = new Random(5);
        double[] b = [.. Enumerable.Range(0, n * n).Select(_ => random.NextDouble() - 0.5)], a = new double[n * n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                for (int k = 0; k < n; k++) a[i * n + j] += b[i * n + k] * b[j * n + k] + (i == j ? 0.1 / n : 0);
        double[] u = InverseFactor.Upper([.. a], n)!;
        // U A Uᵀ = 1, and nothing below the diagonal.
        double[] ua = new double[n * n];
        for (int i = 0; i < n; i++)
            for (int k = 0; k < n; k++)
            {
                if (k < i) Assert.Equal(0, u[i * n + k]);
                for (int j = 0; j < n; j++) ua[i * n + j] += u[i * n + k] * a[k * n + j];
            }
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
            {
                double sum = 0;
                for (int k = 0; k < n; k++) sum += ua[i * n + k] * u[j * n + k];
                Assert.Equal(i == j ? 1 : 0, sum, 1e-7);
            }
        Assert.Null(InverseFactor.Upper([1, 2, 2, 1], 2));
    }

    [Theory]
    [InlineData(4, 32, true, false, false)]
    [InlineData(4, 32, true, true, false)]
    [InlineData(4, 32, false, true, true)]
    [InlineData(3, 0, false, false, false)]
    [InlineData(2, 48, false, true, false)]
    [InlineData(8, 16, true, false, false)]
    public void Gptq_beats_rounding(int bits, int groupSize, bool symmetric, bool actOrder, bool staticGroups)
    {
        using Backend backend = Backends.Open("cpu", 2);
        (float[] w, float[] x, Hessian hessian) = Layer(backend);
        var options = new GptqOptions { Bits = bits, GroupSize = groupSize, IsSymmetric = symmetric, IsActOrder = actOrder, HasStaticGroups = staticGroups };
        AffineCodes codes = new GptqQuantizer(hessian, options).Quantize(w, Rows);
        Assert.Equal(actOrder && !staticGroups && groupSize > 0, codes.Index is not null);
        double error = Error(w, codes.Values(), x), plain = Error(w, Rounded(backend, w, bits, groupSize, symmetric).Values(), x);
        Assert.True(error < 0.8 * plain, $"{error} against {plain} by rounding");
    }

    [Fact]
    public void Gptq_with_independent_inputs_is_rounding()
    {
        using Backend backend = Backends.Open("cpu", 2);
        (float[] w, _, _) = Layer(backend);
        var x = new float[Columns * Columns];
        for (int i = 0; i < Columns; i++) x[i * Columns + i] = 2;
        var hessian = new Hessian(Columns);
        using (TensorScope.Begin()) hessian.Add(Tensor.From<float>(backend, x, [Columns, Columns]));
        AffineCodes codes = new GptqQuantizer(hessian, new GptqOptions { GroupSize = 32 }).Quantize(w, Rows), plain = Rounded(backend, w, 4, 32, symmetric: true);
        Assert.Equal(plain.Codes, codes.Codes);
        Assert.Equal(plain.Scales, codes.Scales);
    }

    [Fact]
    public void An_input_that_never_comes_has_no_weight()
    {
        using Backend backend = Backends.Open("cpu", 2);
        (float[] w, float[] x, _) = Layer(backend);
        for (int n = 0; n < Samples; n++) x[n * Columns + 5] = 0;
        var hessian = new Hessian(Columns);
        using (TensorScope.Begin()) hessian.Add(Tensor.From<float>(backend, x, [Samples, Columns]));
        AffineCodes codes = new GptqQuantizer(hessian, new GptqOptions { GroupSize = 32 }).Quantize(w, Rows);
        for (int r = 0; r < Rows; r++) Assert.Equal(0, codes.Value(r, 5));
    }

    [Fact]
    public void Second_moments_do_not_depend_on_how_rows_come()
    {
        using Backend backend = Backends.Open("cpu", 2);
        (_, float[] x, Hessian whole) = Layer(backend);
        var parts = new Hessian(Columns);
        using (TensorScope.Begin())
            for (int n = 0; n < Samples; n += 40) parts.Add(Tensor.From<float>(backend, x.AsSpan(n * Columns, 40 * Columns), [40, Columns]));
        Assert.Equal(whole.Rows, parts.Rows);
        double[] a = whole.Matrix(1), b = parts.Matrix(1);
        for (int i = 0; i < a.Length; i++) Assert.Equal(a[i], b[i], 1e-3);
        using var energy = new OutputEnergy(backend, whole);
        (float[] w, _, _) = Layer(backend);
        Assert.Equal(Error(w, new float[w.Length], x), energy.Of(w), 1e-2);
    }

    [Fact]
    public void Awq_scales_and_clips_beat_rounding()
    {
        using Backend backend = Backends.Open("cpu", 2);
        (float[] w, float[] x, Hessian hessian) = Layer(backend);
        for (int n = 0; n < Samples; n++) x[n * Columns] *= 40;      // one channel matters most
        hessian = new Hessian(Columns);
        using (TensorScope.Begin()) hessian.Add(Tensor.From<float>(backend, x, [Samples, Columns]));
        var search = new AwqSearch(new AwqOptions { GroupSize = 32 });
        using var energy = new OutputEnergy(backend, hessian);
        AwqSearch.Found found = search.Scales(w, Rows, hessian, energy);
        Assert.True(found.Losses[found.Best] < 0.8 * found.Losses[0] || found.Best > 0);
        double[] scaled = [.. w.Select((v, i) => v * found.Scales[i % Columns])];
        search.Clip(scaled, Rows, hessian, found.Scales);
        float[] q = search.Quantize(scaled, Rows, Columns).Values();
        for (int i = 0; i < q.Length; i++) q[i] = (float)(q[i] / found.Scales[i % Columns]);
        double error = Error(w, q, x), plain = Error(w, Rounded(backend, w, 4, 32, symmetric: false).Values(), x);
        Assert.True(error < plain, $"{error} against {plain} by rounding");
    }

    [Fact]
    public void Perplexity_is_that_of_the_logits()
    {
        using var tiny = new TinyCheckpoint();
        using LanguageModel model = LanguageModel.Load(tiny.Folder);
        int[] ids = model.Tokenizer.Encode("What colour is the sky? Blue.");
        using var scope = TensorScope.Begin();
        ForwardContext context = ForwardContext.Packed([ids.Length]);
        float[] logits = model.Decoder.Logits(model.Decoder.Hidden(ids, context), context).ToArray<float>();
        (double sum, int count) = Perplexity.Row(logits, ids);
        double found = CalibrationText.Perplexity(model.Decoder, [ids], default);
        Assert.Equal(1, found / Math.Exp(sum / count), 1e-4);
    }
}

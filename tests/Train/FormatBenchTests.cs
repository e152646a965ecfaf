using System.Xml.Linq;

namespace Pure.Tuner.Tests;

/// <summary>What <c>bench formats</c> measures and draws.</summary>
[Trait("Category", "Unit")]
public class FormatBenchTests
{
    /// <summary>Bits by arithmetic, error by what such a grid does to a bell curve: a wrong scale or a swapped nibble would be far outside.</summary>
    [Theory]
    [InlineData("F16", 16, 0.0001, 0.0003)]
    [InlineData("BF16", 16, 0.001, 0.002)]
    [InlineData("FP8 e4m3", 8 + 32.0 / 256, 0.02, 0.03)]
    [InlineData("int8", 8 + 32.0 / 256, 0.004, 0.01)]
    [InlineData("NF4", 4.5, 0.088, 0.096)]
    [InlineData("FP4", 4.5, 0.1, 0.15)]
    [InlineData("GPTQ-2 rtn", 2 + 24.0 / 128, 0.4, 1.2)]
    [InlineData("GPTQ-3 rtn", 3 + 24.0 / 128, 0.2, 0.35)]
    [InlineData("GPTQ-4 rtn", 4 + 24.0 / 128, 0.09, 0.14)]
    [InlineData("GPTQ-8 rtn", 8 + 24.0 / 128, 0.004, 0.01)]
    [InlineData("AWQ-4 rtn", 4 + 24.0 / 128, 0.08, 0.12)]
    [InlineData("Q4_0", 4.5, 0.08, 0.11)]
    [InlineData("Q8_0", 8.5, 0.003, 0.007)]
    [InlineData("Q4_K", 4.5, 0.06, 0.08)]
    [InlineData("Q6_K", 6.5625, 0.015, 0.025)]
    [InlineData("TQ2_0", 2.0625, 0.4, 1.0)]
    public void A_format_costs_and_keeps_what_it_says(string name, double bits, double least, double most)
    {
        using var backend = new CpuBackend(1);
        FormatBenchResult r = FormatBench.Run(backend, StorageFormat.Find(name), runs: 1, side: 256);
        Assert.Equal(bits, r.BitsPerWeight, 6);
        Assert.InRange(r.Error, least, most);
        Assert.True(r.RowMs >= 0 && r.ManyMs >= 0 && r.DenseMs >= 0);
    }

    [Fact]
    public void Every_format_is_measured_and_none_twice()
    {
        Assert.Equal(StorageFormat.All.Count, StorageFormat.All.Select(f => f.Name).Distinct().Count());
        Assert.All(GgufFormat.All.Where(f => f.Quantizer is not null), f => Assert.NotNull(StorageFormat.Find(f.Name)));
        Assert.All(StorageFormat.All, f => Assert.True(f.Quantizer is null != f.Plain is null, f.Name));
        Assert.True(StorageFormat.All.Select(f => f.Family).Distinct().Count() <= SvgDrawing.Colors);
    }

    [Fact]
    public void Rows_that_blocks_do_not_divide_are_left_out_and_told()
    {
        using var backend = new CpuBackend(1);
        using LanguageModel model = LanguageModel.Load(Path.Combine(Repository.Root, "examples", "quickstart", "model"), backend, new ModelWishes());
        (double error, double share) = FormatBench.ErrorOn(model.Decoder, StorageFormat.Find("Q4_K")!);
        Assert.InRange(error, 0.05, 0.09);
        Assert.InRange(share, 0.6, 0.9);                     // down_proj has rows of 640
        Assert.Equal((0, 1), FormatBench.ErrorOn(model.Decoder, StorageFormat.Find("BF16")!));
    }

    [Fact]
    public void Eight_bit_floats_take_the_largest_of_a_row_as_their_largest()
    {
        using var backend = new CpuBackend(1);
        float[] x = [448, -1, 0.5f, 0, 0, 0, 0, 0, 1e-3f, -2e-3f, 5e-4f, 0];
        using QuantizedTensor w = new Float8Quantizer(Float8Kind.E4M3).Quantize(backend, "w", [3, 4], (row, y) => x.AsSpan(row * 4, y.Length).CopyTo(y));
        using var scope = TensorScope.Begin();
        Tensor read = Tensor.Empty(backend, [3, 4]);
        w.Read(.., read);
        float[] q = read.ToArray<float>();
        Assert.Equal(x[..8], q[..8]);
        for (int i = 8; i < 12; i++) Assert.InRange(q[i], x[i] - Math.Abs(x[i]) / 16, x[i] + Math.Abs(x[i]) / 16);
    }

    /// <summary>The crowd near four bits is the hard part.</summary>
    [Fact]
    public void Labels_of_a_crowd_do_not_cover_each_other()
    {
        var random = new Mt19937(3);
        FormatPoint[] points = [.. Enumerable.Range(0, 32).Select(i => new FormatPoint($"format-{i}", $"family {i % 6}", i < 18 ? 4 + 0.6 * random.NextFloat() : 2 + 12 * random.NextFloat(), i < 18 ? 0.07 + 0.04 * random.NextFloat() : 0.5 * Math.Pow(2, -i / 4.0)))];
        var plot = new FormatPlot(points);
        FormatPlot.Label[] labels = plot.Labels();
        for (int i = 0; i < labels.Length; i++)
            for (int j = 0; j < i; j++)
                Assert.False(labels[i].Overlaps(labels[j]), $"{points[i].Name} covers {points[j].Name}");
        XNamespace svg = "http://www.w3.org/2000/svg";
        string[] texts = [.. XDocument.Parse(plot.ToSvg()).Descendants(svg + "text").Select(t => t.Value)];
        Assert.All(points, p => Assert.Single(texts, p.Name));
        Assert.All(points, p => Assert.Contains(p.Family, texts));
    }

    [Fact]
    public void A_picture_without_points_is_still_one() => Assert.NotNull(XDocument.Parse(new FormatPlot([]).ToSvg()).Root);
}

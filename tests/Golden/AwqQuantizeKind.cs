using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>AWQ's search for scales and clips.</summary>
public sealed class AwqQuantizeKind : IGoldenKind
{
    public string Kind => "awq_quantize";

    public void Run(GoldenCase golden) => GoldenBackend.Run(backend => Run(golden, backend));

    private static void Run(GoldenCase golden, Backend backend)
    {
        JsonElement s = golden.Settings;
        float[] w = golden["in.weight"].Floats();
        int rows = golden["in.weight"].Shape[0], columns = golden["in.weight"].Shape[1];
        var options = new AwqOptions
        {
            Bits = s.GetProperty("bits").GetInt32(),
            GroupSize = Math.Max(0, s.GetProperty("group_size").GetInt32()),
            HasZeroPoint = s.GetProperty("zero_point").GetBoolean(),
            IsDuo = s.GetProperty("duo_scaling").GetBoolean(),
            Ratios = s.GetProperty("n_grid").GetInt32(),
            Clips = s.GetProperty("clip_grid_steps").GetInt32(),
        };
        Assert.Equal(options.Clips, (int)Math.Round(s.GetProperty("max_shrink").GetDouble() * options.Ratios));
        var hessian = new Hessian(columns);
        using (TensorScope.Begin()) hessian.Add(Tensor.From<float>(backend, golden["in.x"].Floats(), [golden["in.x"].Shape[0], columns]));
        using var energy = new OutputEnergy(backend, hessian);
        var search = new AwqSearch(options);
        golden.Check("x_mean", hessian.MeanAbsolute());
        golden.Check("w_mean", search.WeightMeans(w, rows, columns));
        AwqSearch.Found found = search.Scales(w, rows, hessian, energy);
        golden.Check("losses", found.Losses);
        Assert.Equal(golden.Json.GetProperty("expected").GetProperty("best_index").GetInt32(), found.Best);
        golden.Check("best_scales", found.Scales);
        double[] scaled = [.. w.Select((v, i) => v * found.Scales[i % columns])], rounded = new double[w.Length];
        for (int r = 0; r < rows; r++) search.RoundRow(scaled.AsSpan(r * columns, columns), rounded.AsSpan(r * columns, columns));
        golden.Check("fake_quantized_scaled_weight", rounded);
        golden.Check("clip_errors_best", search.Clip(scaled, rows, hessian, found.Scales));
    }
}

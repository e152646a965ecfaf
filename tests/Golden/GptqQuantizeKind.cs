using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>GPTQ of one layer, judged by the error of its outputs; and every number on the grid of its group.</summary>
public sealed class GptqQuantizeKind : IGoldenKind
{
    public string Kind => "gptq_quantize";

    public void Run(GoldenCase golden) => GoldenBackend.Run(backend => Run(golden, backend));

    private static void Run(GoldenCase golden, Backend backend)
    {
        JsonElement s = golden.Settings;
        float[] w = golden["in.weight"].Floats(), x = golden["in.x"].Floats();
        int rows = golden["in.weight"].Shape[0], columns = golden["in.weight"].Shape[1], samples = golden["in.x"].Shape[0];
        var hessian = new Hessian(columns);
        using (TensorScope.Begin()) hessian.Add(Tensor.From<float>(backend, x, [samples, columns]));
        if (golden.Has("hessian")) golden.Check("hessian", hessian.Matrix(2.0 / samples));
        var options = new GptqOptions
        {
            Bits = s.GetProperty("bits").GetInt32(),
            GroupSize = Math.Max(0, s.GetProperty("group_size").GetInt32()),
            IsSymmetric = s.GetProperty("sym").GetBoolean(),
            IsActOrder = s.GetProperty("desc_act").GetBoolean(),
            HasStaticGroups = s.GetProperty("static_groups").GetBoolean(),
            Damp = s.GetProperty("damp_percent").GetDouble(),
        };
        AffineCodes codes = new GptqQuantizer(hessian, options).Quantize(w, rows);
        Assert.All(codes.Codes, c => Assert.InRange(c, 0, (1 << options.Bits) - 1));
        // The packed tensor is what is judged: what a file would hold.
        using QuantizedTensor packed = codes.ToTensor(backend, "weight");
        using var scope = TensorScope.Begin();
        Tensor dense = Tensor.Empty(backend, packed.Shape);
        packed.Read(.., dense);
        float[] q = dense.ToArray<float>();
        double error = 0;
        for (int n = 0; n < samples; n++)
            for (int r = 0; r < rows; r++)
            {
                double dot = 0;
                for (int i = 0; i < columns; i++) dot += (double)x[n * columns + i] * ((double)w[r * columns + i] - q[r * columns + i]);
                error += dot * dot;
            }
        double limit = s.GetProperty("error_factor").GetDouble() * golden.Json.GetProperty("expected").GetProperty("error_limit").GetDouble();
        Assert.True(error / samples <= limit, $"error {error / samples} is above {limit}");
    }
}

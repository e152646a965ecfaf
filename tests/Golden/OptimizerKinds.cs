using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Parameters after each step of an optimizer fed with given gradients.</summary>
public sealed class OptimizerKind : IGoldenKind
{
    public string Kind => "optimizer";

    public string? SkipReason(GoldenCase golden)
    {
        string name = golden.Settings.GetProperty("optimizer").GetString()!;
        return name is "AdamW" or "Adam" ? null : $"optimizer {name} is not built yet";
    }

    public void Run(GoldenCase golden) => GoldenBackend.Run(backend => Run(golden, backend));

    private static void Run(GoldenCase golden, Backend backend)
    {
        JsonElement hyper = golden.Settings.GetProperty("hyper");
        foreach (JsonProperty p in hyper.EnumerateObject())
            Assert.True(p.Name is "lr" or "betas" or "eps" or "weight_decay" or "amsgrad" or "maximize" or "decoupled_weight_decay", $"hyper: {p.Name} is not known to this test");
        bool Flag(string key) => hyper.TryGetProperty(key, out JsonElement v) && v.ValueKind == JsonValueKind.True;
        double Number(string key, double otherwise) => hyper.TryGetProperty(key, out JsonElement v) ? v.GetDouble() : otherwise;
        double[] betas = hyper.TryGetProperty("betas", out JsonElement b) ? [.. b.EnumerateArray().Select(x => x.GetDouble())] : [0.9, 0.999];
        bool adam = golden.Settings.GetProperty("optimizer").GetString() == "Adam", l2 = adam && !Flag("decoupled_weight_decay");
        int count = golden.Settings.GetProperty("params").GetInt32(), steps = golden.Settings.GetProperty("steps").GetInt32();
        double[]? factors = golden.Settings.TryGetProperty("lr_factor", out JsonElement f) && f.ValueKind == JsonValueKind.Array ? [.. f.EnumerateArray().Select(x => x.GetDouble())] : null;
        var parameters = new List<(string Name, Parameter Parameter)>();
        for (int i = 0; i < count; i++)
            parameters.Add(($"{i}", new Parameter($"{i}", Tensor.From<float>(backend, golden[$"in.param.{i}"].Floats(), new Shape(golden[$"in.param.{i}"].Shape))) { RequiresGrad = true }));
        using (var gradients = new Gradients(parameters.Select(p => p.Parameter)))
        using (var optimizer = new AdamW([new ParameterGroup(parameters, Number("lr", 1e-3), Number("weight_decay", adam ? 0 : 1e-2))], betas[0], betas[1], Number("eps", 1e-8), l2,
            Flag("amsgrad")))
        {
            float[][] made = [.. parameters.Select(p => new float[steps * p.Parameter.Shape.Count])];
            for (int t = 0; t < steps; t++)
            {
                gradients.Clear();
                foreach ((string name, Parameter p) in parameters)
                {
                    int n = (int)p.Shape.Count;
                    using Tensor g = Tensor.From<float>(backend, golden[$"in.grad.{name}"].Floats().AsSpan(t * n, n), p.Shape);
                    Gradients.AddTo(Gradients.Begin(p), g);
                }
                optimizer.Step(factors?[t] ?? 1, Flag("maximize") ? -1 : 1);
                for (int i = 0; i < count; i++) parameters[i].Parameter.Value.ToArray<float>().CopyTo(made[i], t * parameters[i].Parameter.Shape.Count);
            }
            for (int i = 0; i < count; i++) golden.Check($"param.{i}", made[i]);
            foreach ((string name, Tensor value) in optimizer.State())
                if (golden.Has($"state.{name}")) golden.Check($"state.{name}", value.ToArray<float>());
        }
        foreach ((_, Parameter p) in parameters) p.Dispose();
    }
}

/// <summary>The norm of some gradients, and the gradients after clipping.</summary>
public sealed class ClipGradNormKind : IGoldenKind
{
    public string Kind => "clip_grad_norm";

    public void Run(GoldenCase golden) => GoldenBackend.Run(backend =>
    {
        JsonElement type = golden.Settings.GetProperty("norm_type");
        double p = type.ValueKind == JsonValueKind.String ? double.PositiveInfinity : type.GetDouble();
        int count = golden.Tensors.Keys.Count(n => n.StartsWith("in.grad.", StringComparison.Ordinal));
        Parameter[] parameters = [.. Enumerable.Range(0, count).Select(i => new Parameter($"{i}", Tensor.Zeros(backend, new Shape(golden[$"in.grad.{i}"].Shape))) { RequiresGrad = true })];
        using (var gradients = new Gradients(parameters))
        {
            for (int i = 0; i < count; i++)
            {
                using Tensor g = Tensor.From<float>(backend, golden[$"in.grad.{i}"].Floats(), parameters[i].Shape);
                Gradients.AddTo(Gradients.Begin(parameters[i]), g);
            }
            double norm = GradientClip.Norm(gradients, p), factor = GradientClip.Factor(norm, golden.Settings.GetProperty("max_norm").GetDouble());
            golden.Check("total_norm", [norm]);
            using var scope = TensorScope.Begin();
            for (int i = 0; i < count; i++) golden.Check($"clipped.{i}", (parameters[i].Grad!.Detach() * factor).ToArray<float>());
        }
        foreach (Parameter parameter in parameters) parameter.Dispose();
    });
}

using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Parameters after each step of an optimizer fed with given gradients.</summary>
public sealed class OptimizerKind : IGoldenKind
{
    public string Kind => "optimizer";

    private static readonly Dictionary<string, string[]> s_known = new()
    {
        ["AdamW"] = ["lr", "betas", "eps", "weight_decay", "amsgrad", "maximize"],
        ["Adam"] = ["lr", "betas", "eps", "weight_decay", "amsgrad", "maximize", "decoupled_weight_decay"],
        ["SGD"] = ["lr", "momentum", "dampening", "nesterov", "weight_decay", "maximize"],
        ["Adafactor"] = ["lr", "eps", "clip_threshold", "decay_rate", "beta1", "weight_decay", "scale_parameter", "relative_step", "warmup_init"],
        ["Lion32bit"] = ["lr", "betas", "weight_decay"],
        ["RMSprop"] = ["lr", "alpha", "eps", "momentum", "centered", "weight_decay", "maximize"],
        ["Adagrad"] = ["lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps", "maximize"],
        ["GaLoreAdamW"] = ["lr", "betas", "eps", "weight_decay", "galore_params", "rank", "update_proj_gap", "scale", "proj_type"],
        ["Muon"] = ["lr", "wd", "momentum", "nesterov", "ns_steps", "adamw_betas", "adamw_eps", "muon_params"],
    };

    public string? SkipReason(GoldenCase golden)
    {
        string name = golden.Settings.GetProperty("optimizer").GetString()!;
        return s_known.ContainsKey(name) ? null : $"optimizer {name} is not built yet";
    }

    public void Run(GoldenCase golden) => GoldenBackend.Run(backend => Run(golden, backend));

    private static void Run(GoldenCase golden, Backend backend)
    {
        JsonElement hyper = golden.Settings.GetProperty("hyper");
        int count = golden.Settings.GetProperty("params").GetInt32(), steps = golden.Settings.GetProperty("steps").GetInt32();
        double[]? factors = golden.Settings.TryGetProperty("lr_factor", out JsonElement f) && f.ValueKind == JsonValueKind.Array ? [.. f.EnumerateArray().Select(x => x.GetDouble())] : null;
        float direction = hyper.TryGetProperty("maximize", out JsonElement maximize) && maximize.ValueKind == JsonValueKind.True ? -1 : 1;
        var parameters = new List<(string Name, Parameter Parameter)>();
        for (int i = 0; i < count; i++)
            parameters.Add(($"{i}", new Parameter($"{i}", Tensor.From<float>(backend, golden[$"in.param.{i}"].Floats(), new Shape(golden[$"in.param.{i}"].Shape))) { RequiresGrad = true }));
        using (var gradients = new Gradients(parameters.Select(p => p.Parameter)))
        using (Optimizer optimizer = Make(golden, hyper, parameters))
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
                optimizer.Step(factors?[t] ?? 1, direction);
                for (int i = 0; i < count; i++) parameters[i].Parameter.Value.ToArray<float>().CopyTo(made[i], t * parameters[i].Parameter.Shape.Count);
            }
            for (int i = 0; i < count; i++) golden.Check($"param.{i}", made[i]);
            HashSet<string> checkedStates = [];
            foreach ((string name, Tensor value) in optimizer.State())
                if (golden.Has($"state.{name}"))
                {
                    golden.Check($"state.{name}", value.ToArray<float>());
                    checkedStates.Add($"state.{name}");
                }
            Assert.Equal(golden.Tensors.Keys.Where(k => k.StartsWith("state.", StringComparison.Ordinal) && golden[k].Count > 1).Order(StringComparer.Ordinal), checkedStates.Where(k => golden[k].Count > 1).Order(StringComparer.Ordinal));
        }
        foreach ((_, Parameter p) in parameters) p.Dispose();
    }

    private static Optimizer Make(GoldenCase golden, JsonElement hyper, List<(string Name, Parameter Parameter)> parameters)
    {
        string optimizer = golden.Settings.GetProperty("optimizer").GetString()!;
        foreach (JsonProperty p in hyper.EnumerateObject()) Assert.True(s_known[optimizer].Contains(p.Name), $"hyper: {p.Name} of {optimizer} is not known to this test");
        bool Flag(string key, bool otherwise = false) => hyper.TryGetProperty(key, out JsonElement v) ? v.ValueKind == JsonValueKind.True : otherwise;
        double Number(string key, double otherwise) => Maybe(key) ?? otherwise;
        double? Maybe(string key) => hyper.TryGetProperty(key, out JsonElement v) && v.ValueKind == JsonValueKind.Number ? v.GetDouble() : null;
        double[] Pair(string key, double first, double second) => hyper.TryGetProperty(key, out JsonElement v) && v.ValueKind == JsonValueKind.Array ? [.. v.EnumerateArray().Select(x => x.GetDouble())] : [first, second];
        List<ParameterGroup> Whole(double rate, double decay) => [new ParameterGroup(parameters, rate, decay)];
        HashSet<string> Chosen(string key) => [.. hyper.GetProperty(key).EnumerateArray().Select(i => i.GetInt32().ToString(System.Globalization.CultureInfo.InvariantCulture))];
        double[] betas = Pair("betas", 0.9, optimizer == "Lion32bit" ? 0.99 : 0.999);
        switch (optimizer)
        {
            case "AdamW" or "Adam":
                bool l2 = optimizer == "Adam" && !Flag("decoupled_weight_decay");
                return new AdamW(Whole(Number("lr", 1e-3), Number("weight_decay", optimizer == "Adam" ? 0 : 1e-2)), betas[0], betas[1], Number("eps", 1e-8), l2, Flag("amsgrad"));
            case "SGD": return new Sgd(Whole(Number("lr", 1e-3), Number("weight_decay", 0)), Number("momentum", 0), Number("dampening", 0), Flag("nesterov"));
            case "Lion32bit": return new Lion(Whole(Number("lr", 1e-4), Number("weight_decay", 0)), betas[0], betas[1]);
            case "RMSprop": return new RmsProp(Whole(Number("lr", 1e-2), Number("weight_decay", 0)), Number("alpha", 0.99), Number("eps", 1e-8), Number("momentum", 0), Flag("centered"));
            case "Adagrad": return new Adagrad(Whole(Number("lr", 1e-2), Number("weight_decay", 0)), Number("lr_decay", 0), Number("initial_accumulator_value", 0), Number("eps", 1e-10));
            case "Adafactor":
                double[] eps = Pair("eps", 1e-30, 1e-3);
                return new Adafactor(Whole(Number("lr", 0), Number("weight_decay", 0)), new AdafactorOptions
                {
                    Epsilon = eps[0],
                    LeastScale = eps[1],
                    ClipThreshold = Number("clip_threshold", 1),
                    DecayRate = Number("decay_rate", -0.8),
                    Beta1 = Maybe("beta1"),
                    ScaleParameter = Flag("scale_parameter", true),
                    RelativeStep = Flag("relative_step", true),
                    WarmupInit = Flag("warmup_init"),
                });
            case "Muon":
                double[] adamw = Pair("adamw_betas", 0.9, 0.95);
                HashSet<string> matrices = Chosen("muon_params");
                return new Muon(Whole(Number("lr", 1e-3), Number("wd", 0.1)), (name, _) => matrices.Contains(name), adamw[0], adamw[1], Number("adamw_eps", 1e-8), Number("momentum", 0.95), Flag("nesterov", true), (int)Number("ns_steps", 5));
            default:
                HashSet<string> projected = Chosen("galore_params");
                double rate = Number("lr", 1e-3), decay = Number("weight_decay", 0);
                string type = hyper.TryGetProperty("proj_type", out JsonElement t) ? t.GetString()! : "std";
                var galore = new GaLoreOptions((int)Number("rank", 0), (int)Number("update_proj_gap", 200), Number("scale", 0.25), type);
                List<ParameterGroup> groups =
                [
                    new(parameters.FindAll(p => !projected.Contains(p.Name)), rate, decay),
                    new(parameters.FindAll(p => projected.Contains(p.Name)), rate, decay) { GaLore = galore },
                ];
                return new GaLoreAdamW(groups, betas[0], betas[1], Number("eps", 1e-6)) { OnBasis = (name, renewal, basis, shape) => AgreeWith(basis, shape, Stored(golden, name, renewal, shape)) };
        }
    }

    /// <summary>The reference's basis of a renewal: a tensor of its own, or one of a row of them; null where the case does not depend on signs.</summary>
    internal static double[]? Stored(GoldenCase golden, string name, int renewal, Shape shape)
    {
        if (golden.Has($"in.projector.{name}.{renewal}")) return golden[$"in.projector.{name}.{renewal}"].Doubles();
        if (!golden.Has($"in.projector.{name}")) return null;
        int n = (int)shape.Count;
        double[] all = golden[$"in.projector.{name}"].Doubles();
        return all[(renewal * n)..((renewal + 1) * n)];
    }

    /// <summary>Singular vectors have free signs: turns each round that points against the reference's, and fails when it is another vector.</summary>
    internal static void AgreeWith(float[] basis, Shape shape, double[]? reference)
    {
        if (reference is null) return;
        Assert.Equal(reference.Length, basis.Length);
        bool columns = shape[0] > shape[1];                         // the rank is the smaller length
        int rank = columns ? shape[1] : shape[0], length = columns ? shape[0] : shape[1];
        for (int k = 0; k < rank; k++)
        {
            int At(int i) => columns ? i * rank + k : k * length + i;
            double dot = Enumerable.Range(0, length).Sum(i => basis[At(i)] * reference[At(i)]);
            Assert.True(Math.Abs(dot) > 0.999, $"singular vector {k} is another one: cosine {dot}");
            if (dot > 0) continue;
            for (int i = 0; i < length; i++) basis[At(i)] = -basis[At(i)];
        }
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

namespace Pure.Tuner.Tests;

/// <summary>A fresh adapter where it is not random: what it adds, what remains in the base, and sizes where signs are free.</summary>
public sealed class AdapterInitKind : IGoldenKind
{
    public string Kind => "adapter_init";

    public string? SkipReason(GoldenCase golden)
    {
        string init = Config(golden).InitLoraWeights;
        return init is "true" || PissaStart.Is(init) ? null : $"init_lora_weights {init} is not built yet";
    }

    public void Run(GoldenCase golden) => GoldenBackend.Run(backend =>
    {
        using Checkpoint checkpoint = Checkpoint.Open(golden.Path(golden.Settings.GetProperty("base").GetString()!));
        using DecoderModel model = DecoderModel.Load(checkpoint, backend);
        AdapterConfig config = Config(golden);
        using AdapterSet adapter = AdapterSet.Create(model, config, 42);
        adapter.Attach();
        HashSet<string> seen = [];
        foreach (string module in golden.Settings.GetProperty("show").EnumerateArray().Select(m => m.GetString()!))
        {
            using var scope = TensorScope.Begin();
            Tensor a = Find("lora_A.weight").Detach(), b = Find("lora_B.weight").Detach();
            Check($"delta.{module}", (b.MatMul(a) * config.ScaleOf(module)).ToArray<float>());
            Check($"base_weight.{module}", ((Parameter)model.Linears.Single(l => l.Path == module).Weight).Value.ToArray<float>());
            Check($"abs_lora_A.{module}", a.Abs().ToArray<float>());
            Check($"abs_lora_B.{module}", b.Abs().ToArray<float>());
            if (golden.Has($"magnitude.{module}")) Check($"magnitude.{module}", Find("lora_magnitude_vector").ToArray<float>());

            Tensor Find(string leaf) => adapter.Tensors.Single(t => t.Name.EndsWith($"{module}.{leaf}", StringComparison.Ordinal)).Parameter.Value;
        }
        adapter.Detach();
        Assert.Equal(golden.Tensors.Keys.Where(k => !k.StartsWith("in.", StringComparison.Ordinal)).Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));

        void Check(string name, float[] actual)
        {
            if (!golden.Has(name)) return;
            golden.Check(name, actual);
            seen.Add(name);
        }
    });

    private static AdapterConfig Config(GoldenCase golden) => AdapterConfig.Load(Path.GetDirectoryName(golden.Path(golden.Settings.GetProperty("adapter_config").GetString()!))!);
}

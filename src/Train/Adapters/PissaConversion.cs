namespace Pure.Tuner;

/// <summary>pissa_convert: beside the PiSSA adapter, the same as a plain LoRA of twice the rank on the unchanged base, as PEFT writes it.</summary>
/// <remarks>W - s B₀A₀ + s B A = W + s [B, -B₀] [A; A₀].</remarks>
internal static class PissaConversion
{
    /// <summary>Writes pissa_init: the adapter before its first step.</summary>
    internal static void Begin(AdapterSet adapter, string output) => Write(adapter, Path.Combine(output, "pissa_init"));

    /// <summary>Writes pissa_backup, the trained adapter on the residual base, and pissa_converted, the plain one.</summary>
    internal static void End(AdapterSet adapter, string output)
    {
        Write(adapter, Path.Combine(output, "pissa_backup"));
        using Checkpoint start = Checkpoint.Open(Path.Combine(output, "pissa_init", "adapter_model.safetensors"));
        using var folder = new AtomicFolder(Path.Combine(output, "pissa_converted"));
        var writer = new SafetensorsWriter();
        List<Tensor> made = [];
        try
        {
            foreach (AdapterTensor tensor in adapter.Tensors)
            {
                if (!tensor.IsSaved) continue;
                bool isA = tensor.Name.EndsWith("lora_A.weight", StringComparison.Ordinal), isB = tensor.Name.EndsWith("lora_B.weight", StringComparison.Ordinal);
                if (!isA && !isB)
                {
                    TensorFiles.Add(writer, tensor.Name, tensor.Parameter.Value);
                    continue;
                }
                Tensor joined = Joined(tensor.Parameter, start, tensor.Name, isA);
                made.Add(joined);
                TensorFiles.Add(writer, tensor.Name, joined);
            }
            writer.Save(Path.Combine(folder.Folder, "adapter_model.safetensors"));
        }
        finally
        {
            foreach (Tensor tensor in made) tensor.Dispose();
        }
        Doubled(adapter.Config).Save(folder.Folder);
        folder.Commit();
    }

    /// <summary>The configuration of twice the rank and the same scale.</summary>
    internal static AdapterConfig Doubled(AdapterConfig c)
    {
        double grow = c.UseRslora ? Math.Sqrt(2) : 2;
        return c with
        {
            InitLoraWeights = "true",
            R = 2 * c.R,
            LoraAlpha = grow * c.LoraAlpha,
            RankPattern = [.. c.RankPattern.Select(p => KeyValuePair.Create(p.Key, 2 * p.Value))],
            AlphaPattern = [.. c.AlphaPattern.Select(p => KeyValuePair.Create(p.Key, grow * p.Value))],
        };
    }

    private static Tensor Joined(Parameter now, Checkpoint start, string name, bool isA)
    {
        using var scope = TensorScope.Begin();
        var before = new float[now.Shape.Count];
        start.Read(name, before);
        Tensor first = Tensor.From<float>(now.Value.Backend, before, now.Shape), trained = now.Value.Detach().To(DType.F32);
        return (isA ? TensorOps.Concat(0, trained, first) : TensorOps.Concat(1, trained, -first)).Hold();
    }

    /// <summary>An adapter for the residual base: its configuration says that nothing is to be taken out.</summary>
    private static void Write(AdapterSet adapter, string place)
    {
        using var folder = new AtomicFolder(place);
        adapter.Save(folder.Folder);
        (adapter.Config with { InitLoraWeights = "true" }).Save(folder.Folder);
        folder.Commit();
    }
}

using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>Where a checkpoint keeps packed weights and how its tensors become the parts of one: a method of quantisation is one file.</summary>
internal abstract class PackedLayout
{
    /// <summary>Whether the weight at a path is packed.</summary>
    internal abstract bool Has(string path);

    /// <summary>The packed weight at a path. On a device that only counts nothing is read.</summary>
    /// <exception cref="CheckpointException">A tensor of it is missing, has another shape, or holds what cannot be.</exception>
    internal abstract QuantizedTensor Load(Backend backend, string path, Shape shape);

    /// <summary>The layout of a checkpoint, or null when all its numbers stand alone.</summary>
    /// <exception cref="CheckpointException">quantization_config asks for something that is not supported, or makes no sense.</exception>
    internal static PackedLayout? Of(Checkpoint checkpoint, JsonObject config)
    {
        if (checkpoint is GgufCheckpoint gguf) return new GgufLayout(gguf);
        if (config["quantization_config"] is not { } stated)
            return checkpoint.Names.FirstOrDefault(IsSign) is not { } sign ? null
                : throw new CheckpointException($"{checkpoint.ConfigSource}: 'quantization_config': expected the settings of the packed weights, found none, though {checkpoint.Source} has '{sign}'; fetch config.json again, it must be of the same model as the weights");
        if (stated is not JsonObject settings) throw new CheckpointException($"{checkpoint.ConfigSource}: 'quantization_config': expected an object, found {stated.ToJsonString()}: fetch the file again");
        string method = settings["quant_method"]?.ToString() ?? "bitsandbytes";      // files of 2023 leave it out
        return method switch
        {
            "bitsandbytes" or "bitsandbytes_4bit" or "bitsandbytes_8bit" => BnbLayout.Read(checkpoint, settings),
            "fp8" or "fbgemm_fp8" or "compressed-tensors" => Float8Layout.Read(checkpoint, method, settings),
            "gptq" => GptqLayout.Read(checkpoint, settings),
            "awq" => AwqLayout.Read(checkpoint, settings),
            _ => throw new CheckpointException($"{checkpoint.ConfigSource}: 'quantization_config': the weights are quantised by '{method}', which is not supported; use the checkpoint that it was made from"),
        };
    }

    /// <summary>Names that only packed weights have: of bitsandbytes, GPTQ and AWQ.</summary>
    private static bool IsSign(string name) =>
        ((string[])[".quant_map", ".weight.absmax", ".SCB", ".qweight"]).Any(e => name.EndsWith(e, StringComparison.Ordinal));

    /// <summary>Reads the parts of a weight that was just made; a device that only counts reads nothing.</summary>
    private protected static QuantizedTensor Filled(QuantizedTensor packed, Action<QuantizedTensor> fill)
    {
        if (packed.Backend.IsMeasuring) return packed;
        try
        {
            fill(packed);
            return packed;
        }
        catch
        {
            packed.Dispose();
            throw;
        }
    }
}

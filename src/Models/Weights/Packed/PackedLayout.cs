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
    internal static PackedLayout? Of(Checkpoint checkpoint, JsonObject config) => checkpoint switch
    {
        GgufCheckpoint gguf => new GgufLayout(gguf),
        _ when config["quantization_config"] is JsonObject json => Of(checkpoint, json, new QuantizationConfig(checkpoint.ConfigSource, json)),
        _ => null,
    };

    private static PackedLayout Of(Checkpoint checkpoint, JsonObject json, QuantizationConfig config) => config.Word("quant_method") switch
    {
        "gptq" => GptqLayout.Read(checkpoint, json),
        "awq" => AwqLayout.Read(checkpoint, json),
        null => throw config.Fault("quant_method", "expected the method that the weights were packed by, found nothing"),
        { } other => throw config.Fault("quant_method", $"expected gptq or awq, found '{other}', which cannot be read", "fetch the model unquantised, or in one of these"),
    };
}

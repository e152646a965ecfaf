using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>A folder as GPTQModel and AutoGPTQ write it; transformers, vLLM and this program load it.</summary>
internal sealed class GptqTarget : IQuantizeTarget
{
    public IReadOnlyList<string> Types { get; } = ["gptq"];

    public IReadOnlyList<string> Methods { get; } = ["gptq", "rtn"];

    public IReadOnlyList<int> Bits { get; } = [4, 2, 3, 8];

    public string? Fault(QuantizeOptions options, int outputs, int inputs) => GptqWriter.Fault(outputs, inputs, options.Bits);

    public IQuantizer? Rounding(QuantizeOptions options, DecoderModel model, Linear linear) => ReferenceEquals(linear, model.Head) ? null : new AffineRounding(options.Bits, options.GroupSize, options.IsSymmetric, LowestZero(options));

    /// <summary>Version 1 stores zero points minus one.</summary>
    internal static int LowestZero(QuantizeOptions options) => options.CheckpointFormat == "gptq" ? 1 : 0;

    public void Save(LanguageModel model, QuantizeOptions options, string folder, long shardBytes)
    {
        bool isV1 = options.CheckpointFormat == "gptq";
        var config = new JsonObject
        {
            ["bits"] = options.Bits,
            ["checkpoint_format"] = options.CheckpointFormat,
            ["damp_percent"] = options.Damp,
            ["desc_act"] = options.IsActOrder,
            ["group_size"] = options.GroupSize == 0 ? -1 : options.GroupSize,
            ["lm_head"] = false,
            ["quant_method"] = "gptq",
            ["static_groups"] = options.HasStaticGroups,
            ["sym"] = options.IsSymmetric,
            ["true_sequential"] = true,
        };
        model.Save(folder, shardBytes, (writer, w) => GptqWriter.Add(writer, w, isV1), config);
        // AutoGPTQ looks here.
        AtomicFile.WriteText(Path.Combine(folder, "quantize_config.json"), config.ToJsonString(new() { WriteIndented = true }) + "\n");
    }
}

using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>A folder as AutoAWQ writes it, version gemm.</summary>
internal sealed class AwqTarget : IQuantizeTarget
{
    public IReadOnlyList<string> Types { get; } = ["awq"];

    public IReadOnlyList<string> Methods { get; } = ["awq", "rtn"];

    public IReadOnlyList<int> Bits { get; } = [4];

    public QuantizeOptions Defaults { get; } = new() { Type = "awq", Method = "awq", IsSymmetric = false };

    public string? Fault(QuantizeOptions options, int outputs, int inputs) => AwqWriter.Fault(outputs);

    public IQuantizer? Rounding(QuantizeOptions options, DecoderModel model, Linear linear) => ReferenceEquals(linear, model.Head) ? null : new AffineRounding(options.Bits, options.GroupSize, options.IsSymmetric, 0);

    public void Save(LanguageModel model, QuantizeOptions options, string folder, long shardBytes) => model.Save(folder, shardBytes, AwqWriter.Add, new JsonObject
    {
        ["bits"] = options.Bits,
        ["group_size"] = options.GroupSize == 0 ? -1 : options.GroupSize,
        ["modules_to_not_convert"] = null,
        ["quant_method"] = "awq",
        ["version"] = "gemm",
        ["zero_point"] = !options.IsSymmetric,
    });
}

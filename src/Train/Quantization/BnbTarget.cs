using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>A folder as transformers saves a model that bitsandbytes rounded: NF4 or FP4 with double quantisation, or 8-bit rows.</summary>
internal sealed class BnbTarget(string type) : IQuantizeTarget
{
    public IReadOnlyList<string> Types { get; } = [type];

    public IReadOnlyList<string> Methods { get; } = ["rtn"];

    public IReadOnlyList<int> Bits { get; } = [type == "int8" ? 8 : 4];

    public QuantizeOptions Defaults { get; } = new() { Type = type, Method = "rtn", Bits = type == "int8" ? 8 : 4, GroupSize = 0 };

    public DType? Rest => null;

    public string Settings(QuantizeOptions options) => $"{Rounding().Format} as bitsandbytes rounds, each weight to the nearest";

    public string? Fault(QuantizeOptions options, int outputs, int inputs) => null;

    public IQuantizer? Rounding(QuantizeOptions options, DecoderModel model, Linear linear) => ReferenceEquals(linear, model.Head) ? null : Rounding();

    public void Save(LanguageModel model, QuantizeOptions options, string folder, long shardBytes) => Save(model, folder, shardBytes);

    /// <summary>Writes a model whose packed weights are all of one of these formats.</summary>
    internal static void Save(LanguageModel model, string folder, long shardBytes)
    {
        string dtype = model.FileDType switch { DType.F16 => "float16", DType.BF16 => "bfloat16", _ => "float32" };
        PackedFormat format = model.Decoder.Weights.OfType<QuantizedTensor>().First().Format;
        JsonObject config = BnbWriter.Config(format, dtype);
        model.Save(folder, shardBytes, (writer, w) => BnbWriter.Add(writer, w, dtype), config);
    }

    private IQuantizer Rounding() => type == "int8" ? new Int8RowQuantizer() : Quantizers.FourBits(type, doubled: true);
}

namespace Pure.Tuner;

/// <summary>One GGUF file, in any of the types that llama.cpp's users know: Q8_0, Q4_K_M, F16.</summary>
internal sealed class GgufTarget(GgufType type) : IQuantizeTarget
{
    /// <summary>Name of the file in the folder.</summary>
    internal string FileName => $"model-{type.Name}.gguf";

    public IReadOnlyList<string> Types { get; } = [type.Name.ToLowerInvariant()];

    public IReadOnlyList<string> Methods { get; } = ["rtn"];

    public IReadOnlyList<int> Bits { get; } = [Math.Max(2, (int)(8.0 * type.Format.BlockBytes / type.Format.BlockElements))];

    public QuantizeOptions Defaults => new() { Type = Types[0], Method = "rtn", Bits = Bits[0], GroupSize = 0 };

    public DType? Rest => null;

    public double? BitsPerWeight => 8.0 * type.Format.BlockBytes / type.Format.BlockElements;

    public string Settings(QuantizeOptions options) => $"GGUF {type.Name}{(type.Format.IsPlain ? "" : ", each block with the best scales found")}";

    public string? Fault(QuantizeOptions options, int outputs, int inputs) => null;

    public IQuantizer? Rounding(QuantizeOptions options, DecoderModel model, Linear linear) => Rounding(model, linear.Weight);

    public IQuantizer? RoundingOfTable(QuantizeOptions options, DecoderModel model) => Rounding(model, model.Embedding.Weight);

    public void Save(LanguageModel model, QuantizeOptions options, string folder, long shardBytes) =>
        GgufExport.Write(Path.Combine(folder, FileName), model.Decoder, model.Tokenizer, type, name: Path.GetFileNameWithoutExtension(model.Source), tell: options.Tell);

    /// <summary>As the file will have it, so that the model in memory is the one that is written.</summary>
    private IQuantizer? Rounding(DecoderModel model, Weight weight) =>
        GgufNames.FromHuggingFace(weight.Name) is not ({ } name, var layer) ? null
        : GgufType.Fitting(type.FormatOf(name, layer, model.Config, model.IsTied), weight.Shape[1]) is var format && weight is QuantizedTensor packed && packed.Format == format.Packed ? null
        : format.Quantizer;
}

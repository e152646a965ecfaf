namespace Pure.Tuner;

/// <summary>The format that the base had: an adapter merged into packed weights, which are rounded again where it changed them.</summary>
internal sealed class SameFormatTarget : IQuantizeTarget
{
    internal const string Name = "packed";

    public IReadOnlyList<string> Types { get; } = [Name];

    public IReadOnlyList<string> Methods { get; } = ["rtn"];

    public IReadOnlyList<int> Bits { get; } = [4];

    public QuantizeOptions Defaults { get; } = new() { Type = Name, Method = "rtn", GroupSize = 0 };

    public DType? Rest => null;

    public string Settings(QuantizeOptions options) => "as the base was, each block rounded anew";

    public string? Fault(QuantizeOptions options, int outputs, int inputs) => null;

    public IQuantizer? Rounding(QuantizeOptions options, DecoderModel model, Linear linear) =>
        linear.Weight is not MergedWeight { Base: QuantizedTensor packed } ? null
        : Quantizers.Of(packed.Format) ?? throw Fault(packed.Format);

    public void Save(LanguageModel model, QuantizeOptions options, string folder, long shardBytes)
    {
        // A GGUF file mixes types: it is called after the one that most weights have.
        PackedFormat? first = model.Decoder.Weights.OfType<QuantizedTensor>().GroupBy(w => w.Format).MaxBy(g => g.Sum(w => w.Shape.Count))?.Key;
        if (first is BnbFourBitFormat or Int8RowFormat) BnbTarget.Save(model, folder, shardBytes);
        else if (first is not null && GgufType.OfFormat(first) is { } type)
            GgufExport.Write(Path.Combine(folder, $"model-{type.Name}.gguf"), model.Decoder, model.Tokenizer, type, name: Path.GetFileNameWithoutExtension(model.Source), tell: options.Tell, keepsFormats: true);
        else throw Fault(first);
    }

    public void Require(LanguageModel model)
    {
        QuantizedTensor[] packed = [.. model.Decoder.Weights.OfType<QuantizedTensor>()];
        if (packed.Length == 0 || packed.FirstOrDefault(w => w.Format is AffineGroupFormat) is not null) throw Fault(packed.FirstOrDefault()?.Format);
    }

    private static UsageException Fault(PackedFormat? format) =>
        new($"format: 'packed' writes again what bitsandbytes or a GGUF file had, found {(format is AffineGroupFormat ? $"GPTQ or AWQ weights ({format}), which need text to be rounded by" : format is null ? "a base that is not packed" : format.Name)}; choose another, for example nf4, q8_0 or safetensors{(format is AffineGroupFormat ? ", or 'pure-tuner quantize' with type=gptq4" : "")}");
}

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
        : Quantizers.Of(packed.Format) ?? throw new UsageException($"export_format: the base's format {packed.Format} cannot be rounded into without calibration; choose another, for example nf4 or q8_0");

    public void Save(LanguageModel model, QuantizeOptions options, string folder, long shardBytes)
    {
        PackedFormat? first = model.Decoder.Weights.OfType<QuantizedTensor>().FirstOrDefault()?.Format;
        if (first is BnbFourBitFormat or Int8RowFormat) BnbTarget.Save(model, folder, shardBytes);
        else if (first is not null && GgufType.OfFormat(first) is { } type)
            GgufExport.Write(Path.Combine(folder, $"model-{type.Name}.gguf"), model.Decoder, model.Tokenizer, type, name: Path.GetFileNameWithoutExtension(model.Source), tell: options.Tell, keepsFormats: true);
        else throw new UsageException($"export_format: 'packed' keeps the format of a base of bitsandbytes or a GGUF file, and this one is {first?.Name ?? "not packed"}; choose a format by name");
    }
}

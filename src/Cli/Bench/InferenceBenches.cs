using Pure.Tuner.Kernels;

namespace Pure.Tuner.Cli;

/// <summary>Reading a prompt and continuing it.</summary>
internal static class InferenceBenches
{
    /// <summary>Of a process that decodes, the prompt is short to come to: only what is measured costs time.</summary>
    public static BenchKind Decode { get; } = new("decode", "tokens a second after a prompt: decode FILE.gguf | --shape NAME", Points, o => Measure(o, isDecode: true))
    {
        Peer = (o, cancel) => new LlamaPeer(o, isDecode: true, cancel),
    };

    public static BenchKind Prompt { get; } = new("prompt", "tokens a second of a prompt: prompt FILE.gguf | --shape NAME", Points, o => Measure(o, isDecode: false))
    {
        Peer = (o, cancel) => new LlamaPeer(o, isDecode: false, cancel),
    };

    private static IReadOnlyList<BenchOptions> Points(BenchOptions o)
    {
        if (o.File is null == o.Shape is null) throw new UsageException($"bench: {o.Kind}: give a checkpoint or --shape NAME, one of the two");
        if (o.File is not null && o.DType is not null) throw new UsageException($"bench: {o.Kind}: dtype: a checkpoint says itself what it is stored in; leave it out, or give --shape in place of the file");
        if (o.Peer is not null && o.File?.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) != true) throw new UsageException($"bench: {o.Kind}: peer: {LlamaPeer.Label} reads .gguf files; give one");
        if (o.Shape is not null)
        {
            BenchWeights.Shape(o);
            BenchBackend.CheckCodes(o, o.DType);
        }
        BenchWeights.Check(o.DType);
        return [o];
    }

    private static IEnumerable<BenchLine> Measure(BenchOptions o, bool isDecode)
    {
        using Backend backend = BenchBackend.Open(o);
        ((CpuBackend)backend).Int16Activations = o.Int16Activations;
        using LanguageModel? model = o.File is { } file ? LanguageModel.Load(file, backend, new ModelWishes()) : null;
        using DecoderModel? made = model is null ? BenchWeights.Model(o, backend) : null;
        DecoderModel decoder = model?.Decoder ?? made!;
        if (o.Int8Activations && !decoder.Linears.Any(l => l.Weight is QuantizedTensor w && CpuBackend.HasCodes8(w))) BenchBackend.CheckCodes(o, decoder.Linears.Select(l => l.Weight).OfType<QuantizedTensor>().FirstOrDefault()?.Format.Name);
        int[] prompt = model is null
            ? [.. Enumerable.Range(0, o.Seq).Select(i => (int)(CounterRandom.Word(1, i) % (uint)decoder.Vocab))]
            : Filler(model, o.Seq);
        InferenceBenchResult result = InferenceBench.Run(decoder, prompt, isDecode ? o.NewTokens : 1, o.Runs);
        double peakMiB = ProcessMemory.PeakMiB(), ms = InferenceBenchResult.Median(isDecode ? result.DecodeMs : result.PromptMs), tokensPerSecond = (isDecode ? o.NewTokens : o.Seq) / ms * 1000;
        double share = isDecode
            ? InferenceBench.BytesPerToken(decoder) * tokensPerSecond * 1e-9 / MachinePeak.MeasureRead(o.ThreadCount)
            : 1e-6 * InferenceBench.PromptFlops(decoder, o.Seq) / ms / (o.ThreadCount * MachinePeak.MeasureCoreGflops());
        string dtype = o.DType ?? decoder.Linears.Select(l => l.Weight).OfType<QuantizedTensor>().GroupBy(w => w.Format.Name).MaxBy(g => g.Count())?.Key ?? "f32";
        yield return new BenchLine(o.Kind, o.Shape ?? Path.GetFileName(o.File!), dtype, o.ThreadCount, ms, o.Runs) { TokensPerSecond = tokensPerSecond, ShareOfPeak = share, PeakMiB = peakMiB, FirstIds = isDecode ? result.FirstIds : null };
    }

    /// <summary>The text that the peer's script reads, cut to a length.</summary>
    private static int[] Filler(LanguageModel model, int tokens)
    {
        const string Sentence = "The quick brown fox jumps over the lazy dog while the band plays on and nobody minds. ";
        int[] ids = model.Tokenizer.Encode(string.Concat(Enumerable.Repeat(Sentence, 200)));
        return [.. Enumerable.Range(0, tokens).Select(i => ids[i % ids.Length])];
    }
}

using Pure.Tuner.Kernels;

namespace Pure.Tuner.Cli;

/// <summary>Whole training steps of a published shape: forward, backward, optimizer.</summary>
internal static class TrainingBenches
{
    /// <summary>Weights from which on one step is enough to wait for.</summary>
    private const long Large = 1_000_000_000;

    public static BenchKind Qlora { get; } = new("qlora", "a training step of LoRA on a 4-bit base: qlora [--shape NAME]", Points, Measure);
    public static BenchKind Lora { get; } = new("lora", "a training step of LoRA on all linear layers: lora [--shape NAME]", Points, Measure) { Peer = Torch };
    public static BenchKind Full { get; } = new("full", "a training step of all weights: full [--shape NAME]", Points, Measure) { Peer = Torch };

    private static TorchTrainingPeer Torch(BenchOptions o, CancellationToken cancel) => new(o, Checkpoints(o, BenchWeights.Shape(o)), cancel);

    /// <summary>As asked for, else as a recipe for such a model would have it.</summary>
    private static bool Checkpoints(BenchOptions o, ModelShape shape) => o.Checkpoint ?? (o.Kind == "qlora" || IsLarge(shape));

    private static bool IsLarge(ModelShape shape) => shape.MatrixWeights >= Large;

    private static IReadOnlyList<BenchOptions> Points(BenchOptions o)
    {
        if (o.File is not null) throw new UsageException($"bench: {o.Kind}: weights are made up; give --shape NAME in place of a file");
        if (o.Peer is not null) TorchTrainingPeer.ShapeOf(o);
        BenchWeights.Shape(o);
        BenchBackend.CheckCodes(o, o.DType ?? "nf4");
        if (o.Kind == "qlora" && o.DType is { } format && Rounding(format) is null) throw new UsageException($"bench: qlora: dtype: expected nf4, fp4, int8 or the name of a GGUF block format such as Q4_K, found '{format}'");
        if (o.Kind != "qlora" && o.DType is not (null or "f32" or "bf16")) throw new UsageException($"bench: {o.Kind}: dtype: expected f32 or bf16, found '{o.DType}'");
        return [o];
    }

    private static IEnumerable<BenchLine> Measure(BenchOptions o)
    {
        using Backend backend = BenchBackend.Open(o);
        ModelShape shape = BenchWeights.Shape(o);
        bool isLarge = IsLarge(shape);
        IQuantizer? quantizer = o.Kind == "qlora" ? Rounding(o.DType ?? "nf4") : null;
        var options = new TrainingBenchOptions(shape, o.Kind)
        {
            Seq = o.Seq,
            Batch = o.Batch,
            Rank = o.Rank,
            Checkpoints = Checkpoints(o, shape),
            DType = o.Kind == "qlora" || o.DType == "bf16" ? DType.BF16 : DType.F32,
            Quantizer = quantizer,
            KeepsPanels = o.WeightPanels,
            Runs = isLarge ? 1 : o.Runs,
            WarmupMs = isLarge ? 0 : o.WarmupMs,
        };
        TrainingBenchResult result = TrainingBench.Run(options, backend);
        double tokensPerSecond = o.Seq * o.Batch / result.MedianMs * 1000, flops = TrainingBench.Flops(options) / result.MedianMs * 1000;
        yield return new BenchLine(o.Kind, $"{shape.Name}, {o.Batch} x {o.Seq}{(options.Checkpoints ? ", recomputed" : "")}", quantizer?.Format.Name ?? options.DType.Name, o.ThreadCount, result.MedianMs, options.Runs)
        {
            TokensPerSecond = tokensPerSecond,
            ShareOfPeak = flops / (o.ThreadCount * MachinePeak.MeasureCoreGflops() * 1e9),
            Phases = new Dictionary<string, double>(result.Phases.GroupBy(p => p.Name).Select(g => KeyValuePair.Create(g.Key, g.Sum(p => p.Ms)))) { ["weights"] = result.BuildMs },
            PeakMiB = ProcessMemory.PeakMiB(),
        };
    }

    private static IQuantizer? Rounding(string format) => format.ToLowerInvariant() switch
    {
        "nf4" or "fp4" => Quantizers.FourBits(format.ToLowerInvariant(), doubled: true),
        "int8" => new Int8RowQuantizer(),
        _ => GgufFormat.Find(format.ToUpperInvariant())?.Quantizer,
    };
}

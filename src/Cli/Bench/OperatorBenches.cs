using Pure.Tuner.Kernels;

namespace Pure.Tuner.Cli;

/// <summary>The operators of a training step beside its matrix products, at a model's sizes.</summary>
internal static class OperatorBenches
{
    private const int LeastRuns = 5;

    public static BenchKind Attention { get; } = new("attention", "causal attention of a layer, forward and backward: attention [--shape NAME] [--seq N] [--window N]", Points, MeasureAttention) { ValueOf = line => line.GFlops };
    public static BenchKind Loss { get; } = new("loss", "output head and cross-entropy in one, with gradients: loss [--shape NAME] [--dtype TYPE]", Points, MeasureLoss) { ValueOf = line => line.GFlops };
    public static BenchKind Norms { get; } = new("norms", "norm, gate, rotation, softmax, sum against copying: norms [--shape NAME]", Points, MeasureNorms) { ValueOf = line => line.GBPerSecond };

    private static IReadOnlyList<BenchOptions> Points(BenchOptions o)
    {
        if (o.File is not null) throw new UsageException($"bench: {o.Kind}: numbers are made up; give --shape NAME in place of a file");
        ModelShape shape = BenchWeights.Shape(o);
        if (o.Kind != "attention" && o.Window > 0) throw new UsageException($"bench: {o.Kind}: window: only attention has one; leave it out");
        if (o.Kind == "loss") BenchWeights.Check(o.DType);
        else if (o.Kind == "norms" && o.DType is not (null or "f32")) throw new UsageException($"bench: norms: dtype: expected f32, found '{o.DType}'");
        else if (o.DType is not (null or "f32" or "bf16")) throw new UsageException($"bench: {o.Kind}: dtype: expected f32 or bf16, found '{o.DType}'");
        if (o.Kind != "loss") return [o];
        int grain = Packed(o)?.Format.Grain ?? 1;
        if (shape.Config.Hidden % grain != 0) throw new UsageException($"bench: loss: dtype: rows of {shape.Config.Hidden} are not whole blocks of {o.DType}; take another shape or type");
        // Packed weights are not trained: then only x has a gradient.
        return Packed(o) is null ? [o, o with { Rank = 0 }] : [o];
    }

    private static IEnumerable<BenchLine> MeasureAttention(BenchOptions o)
    {
        using Backend backend = BenchBackend.Open(o);
        ModelShape shape = BenchWeights.Shape(o);
        DecoderConfig c = shape.Config;
        int tokens = o.Seq * o.Batch, runs = Math.Max(o.Runs, LeastRuns);
        DType dtype = o.DType == "bf16" ? DType.BF16 : DType.F32;
        var segments = Segments.Packed([.. Enumerable.Repeat(o.Seq, o.Batch)]);
        Parameter[] inputs =
        [
            OperatorTimes.Numbers(backend, "q", [tokens, c.Heads, c.HeadDim], dtype), OperatorTimes.Numbers(backend, "k", [tokens, c.KvHeads, c.HeadDim], dtype), OperatorTimes.Numbers(backend, "v", [tokens, c.KvHeads, c.HeadDim], dtype),
        ];
        (double forward, _, double backward) = OperatorTimes.Run(backend, inputs, () => TensorOps.Attention(inputs[0].Value, inputs[1].Value, inputs[2].Value, segments, c.AttentionScale, o.Window), runs, o.WarmupMs);
        double flops = shape.AttentionFlops(o.Seq, o.Window) * o.Batch, peakMiB = ProcessMemory.PeakMiB(), peak = o.ThreadCount * MachinePeak.MeasureCoreGflops();
        foreach (Parameter input in inputs) input.Dispose();
        yield return Line("forward", forward, flops);
        // Four products: of p with dy, of dy with v, of ds with k and with q. That scores are made again does not count.
        yield return Line("backward", backward, 2 * flops);

        BenchLine Line(string direction, double ms, double work) => new($"attention {direction}", $"{shape.Name}, {o.Batch} x {o.Seq}, {c.Heads} heads of {c.HeadDim} by {c.KvHeads}{(o.Window > 0 ? $", window {o.Window}" : "")}", dtype.Name, o.ThreadCount, ms, runs)
        {
            GFlops = work / ms * 1e-6,
            ShareOfPeak = work / ms * 1e-6 / peak,
            PeakMiB = peakMiB,
        };
    }

    private static PackedSample? Packed(BenchOptions o) => o.DType is { } name ? PackedSample.Find(name) : null;

    /// <summary>Point 0 holds the head still, as LoRA does; point 1, marked by rank 0, trains it.</summary>
    private static IEnumerable<BenchLine> MeasureLoss(BenchOptions o)
    {
        using Backend backend = BenchBackend.Open(o);
        ModelShape shape = BenchWeights.Shape(o);
        (int hidden, int vocab, int rows, int runs) = (shape.Config.Hidden, shape.Config.Vocab, o.Seq * o.Batch, Math.Max(o.Runs, LeastRuns));
        bool trains = o.Rank == 0;
        Parameter x = OperatorTimes.Numbers(backend, "x", [rows, hidden]);
        DType dtype = o.DType == "bf16" ? DType.BF16 : DType.F32;
        Weight head = Packed(o)?.Make(backend, [vocab, hidden], 7) ?? (Weight)OperatorTimes.Numbers(backend, "head", [vocab, hidden], dtype, trains);
        int[] ids = [.. Enumerable.Range(0, rows).Select(i => (int)(CounterRandom.Word(8, i) % (uint)vocab))];
        using Tensor targets = Tensor.From<int>(backend, ids, [rows]);
        (_, double forward, double backward) = OperatorTimes.Run(backend, trains ? [x, (Parameter)head] : [x], () => x.Value.LinearCrossEntropy(head, targets), runs, o.WarmupMs);
        double product = 2.0 * rows * hidden * vocab, peakMiB = ProcessMemory.PeakMiB(), peak = o.ThreadCount * MachinePeak.MeasureCoreGflops();
        string name = head is QuantizedTensor packed ? packed.Format.Name : dtype.Name;
        x.Dispose();
        head.Dispose();
        yield return Line(trains ? "loss dx dW" : "loss dx", forward + backward, (trains ? 3 : 2) * product) with { Phases = new() { ["forward"] = forward, ["backward"] = backward } };

        BenchLine Line(string what, double ms, double work) => new(what, $"[{rows}, {hidden}] by [{vocab}, {hidden}]", name, o.ThreadCount, ms, runs)
        {
            GFlops = work / ms * 1e-6,
            ShareOfPeak = work / ms * 1e-6 / peak,
            PeakMiB = peakMiB,
        };
    }

    private static IEnumerable<BenchLine> MeasureNorms(BenchOptions o)
    {
        using Backend backend = BenchBackend.Open(o);
        DecoderConfig c = BenchWeights.Shape(o).Config;
        int rows = o.Seq * o.Batch, runs = Math.Max(o.Runs, 4 * LeastRuns);
        var limits = new Limits(MachinePeak.MeasureCopy(o.ThreadCount));
        foreach ((string op, int width) in new[] { ("rms_norm", c.Hidden), ("gated_activation", c.Intermediate), ("rope", c.Heads * c.HeadDim), ("softmax", o.Seq), ("add", c.Hidden) })
            foreach (OpMeasurement m in OpBench.Measure(OpCases.Get(op), backend, rows, width, limits, runs, o.WarmupMs))
            {
                if (op == "add" && m.Direction == "backward") continue;               // hands its gradient on
                yield return new BenchLine($"{op} {m.Direction}", $"[{rows}, {width}]", m.DType.Name, o.ThreadCount, m.MedianUs / 1000, m.Runs)
                {
                    GBPerSecond = m.GBPerSecond,
                    ShareOfPeak = m.GBPerSecond / limits.GBPerSecond,
                    PeakMiB = ProcessMemory.PeakMiB(),
                };
            }
    }

    private sealed record Limits(double GBPerSecond) : IMachineLimits
    {
        public double GFlops => 0;
    }
}

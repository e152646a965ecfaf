namespace Pure.Tuner.Cli;

/// <summary>How a LoRA step's time and memory grow, one size at a time, on a small made-up shape.</summary>
internal static class ScalingBenches
{
    private const int Seq = 256;

    /// <summary>The shape that one size of is changed: small, so that all of it takes minutes.</summary>
    private static readonly ModelSizes s_base = new(Hidden: 512, Intermediate: 1408, Layers: 8, Heads: 8, KvHeads: 4, Vocab: 8192);

    public static BenchKind Kind { get; } = new("scaling", "how a LoRA step grows with sequence, batch, hidden size, layers, threads", Points, Measure) { Draw = Draw };

    private static IReadOnlyList<BenchOptions> Points(BenchOptions o)
    {
        if (o.File is not null || o.Shape is not null) throw new UsageException($"bench: scaling: it has shapes of its own; leave {o.File ?? "shape"} out");
        ModelSizes sizes = new(o.Sizes.Hidden ?? s_base.Hidden, o.Sizes.Intermediate ?? s_base.Intermediate, o.Sizes.Layers ?? s_base.Layers, o.Sizes.Heads ?? s_base.Heads, o.Sizes.KvHeads ?? s_base.KvHeads, o.Sizes.Vocab ?? s_base.Vocab);
        int seq = Math.Min(o.Seq, Seq), hidden = sizes.Hidden!.Value, layers = sizes.Layers!.Value;
        BenchOptions basis = o with { Shape = "smollm2-135m", Sizes = sizes, Seq = seq };
        return
        [
            // Text carries what is varied from here to the process that measures it.
            .. Doubled(seq / 2, 5).Select(n => basis with { Text = "tokens of a row", Seq = n }),
            .. Doubled(1, 4).Select(n => basis with { Text = "rows of a batch", Batch = n }),
            .. from halves in (int[])[1, 2, 3, 4]
               select basis with { Text = "hidden size", Sizes = sizes with { Hidden = hidden * halves / 2, Intermediate = sizes.Intermediate * halves / 2 } },
            .. Doubled(Math.Max(1, layers / 2), 4).Select(n => basis with { Text = "layers", Sizes = sizes with { Layers = n } }),
            .. Enumerable.Range(1, o.ThreadCount).Where(n => n == o.ThreadCount || int.IsPow2(n)).Select(n => basis with { Text = "threads", Threads = n }),
        ];
    }

    private static IEnumerable<int> Doubled(int first, int count) => Enumerable.Range(0, count).Select(i => Math.Max(1, first) << i);

    private static IEnumerable<BenchLine> Measure(BenchOptions o)
    {
        double at = o.Text switch { "tokens of a row" => o.Seq, "rows of a batch" => o.Batch, "hidden size" => o.Sizes.Hidden!.Value, "layers" => o.Sizes.Layers!.Value, _ => o.ThreadCount };
        foreach (BenchLine line in TrainingBenches.Lora.Measure(o with { Kind = "lora", Checkpoint = o.Checkpoint ?? false }))
            yield return line with { Name = $"scaling {o.Text}", Shape = $"{o.Sizes.Layers} layers of {o.Sizes.Hidden}, {o.Batch} x {o.Seq}", Vary = o.Text, At = at };
    }

    /// <summary>For each size two panels: time and memory.</summary>
    private static void Draw(BenchOptions o, IReadOnlyList<BenchLine> lines)
    {
        var panels = new List<LinePanel>();
        foreach (IGrouping<string, BenchLine> series in lines.GroupBy(l => l.Vary!))
        {
            panels.Add(new($"a step, ms, by {series.Key}", series.Key, [.. series.Select(l => (l.At!.Value, l.MedianMs))]));
            panels.Add(new($"peak memory, MiB, by {series.Key}", series.Key, [.. series.Select(l => (l.At!.Value, l.PeakMiB))]));
        }
        new LinePlot("A LoRA step of a small model: one size grows, the others stay", panels).Save(o.Picture!);
    }
}

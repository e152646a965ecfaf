using Pure.Tuner.Kernels;

namespace Pure.Tuner.Cli;

/// <summary>Products of training with dense matrices, and with a model's matrices in F32 and packed.</summary>
internal static class GemmBenches
{
    public static BenchKind Kind { get; } = new("gemm", "products of training: gemm --dtype f32|bf16 [--shape NAME]; F32 beside packed: gemm [--dtype FORMAT]", Points, Measure)
    {
        ValueOf = line => line.GFlops,
        Peer = (o, cancel) => new TorchGemmPeer(o, cancel),
        Together = Together,
    };

    /// <summary>Runs of a dense product that count at least, as in the peer's script.</summary>
    private const int DenseRuns = 7;

    /// <summary>A format that is measured when none is named: one of each family.</summary>
    private static readonly string[] s_usual = ["Q4_1", "Q8_0", "Q4_K", "Q6_K", "nf4-64-dq"];

    private static IReadOnlyList<BenchOptions> Points(BenchOptions o)
    {
        if (o.File is not null) throw new UsageException("bench: gemm: matrices are made up; give --shape NAME in place of a file");
        BenchWeights.Check(o.DType);
        if (o.Shape is null && o.Sizes.Changes is not "") throw new UsageException($"bench: gemm: {o.Sizes.Changes}: of which shape? give --shape NAME too");
        DecoderConfig c = BenchWeights.Shape(o).Config;
        if (o.DType is not null || IsDense(o)) BenchBackend.CheckCodes(o, o.DType);
        if (IsDense(o)) return [o];
        if (o.Peer is not null) throw new UsageException($"bench: gemm: peer: it multiplies dense matrices only, not {o.DType}; take --dtype f32 or bf16, or leave --peer out");
        (int, int)[] matrices = [.. ((int, int)[])[(c.Heads * c.HeadDim, c.Hidden), (c.KvHeads * c.HeadDim, c.Hidden), (c.Intermediate, c.Hidden), (c.Hidden, c.Intermediate)]];
        string[] formats = o.DType is { } one ? [one] : [.. s_usual.Select(PackedSample.Find).OfType<PackedSample>().Select(s => s.Format.Name).Distinct()];
        // A row is whole blocks: a format of 256 does not fit every model.
        BenchOptions[] points = [.. matrices.Distinct().SelectMany(m => formats.Where(f => !o.Int8Activations || BenchBackend.HasCodes(f)).Where(f => m.Item2 % (PackedSample.Find(f)?.Format.Grain ?? 1) == 0).Select(f => o with { Matrix = m, DType = f }))];
        return points.Length > 0 ? points : throw new UsageException($"bench: gemm: no matrix of {o.Shape ?? "smollm2-135m"} has rows of whole blocks of {o.DType}; take another shape or type");
    }

    private static bool IsDense(BenchOptions o) => o.DType is "f32" or "bf16" || (o.DType is null && o.Peer is not null);

    /// <summary>What we call a product of the peer's script.</summary>
    public static string NameOf(string theirs, int m) => "gemm " + (theirs == "square" ? $"square {m}" : theirs
        .Replace("smollm2 ", "smollm2-135m ", StringComparison.Ordinal)
        .Replace("y=x·Wt", "x Wt", StringComparison.Ordinal).Replace("dx=dy·W", "dy W", StringComparison.Ordinal).Replace("dW=dyt·x", "dyt x", StringComparison.Ordinal));

    /// <summary>All products one after another in one process, as the peer's script does.</summary>
    private static IEnumerable<BenchLine> MeasureDense(BenchOptions o)
    {
        using Backend backend = BenchBackend.Open(o);
        DType weight = o.DType == "bf16" ? DType.BF16 : DType.F32;
        double peak = o.ThreadCount * MachinePeak.MeasureCoreGflops();
        int runs = Math.Max(o.Runs, DenseRuns), warmupMs = o.WarmupMs;
        foreach (GemmShape shape in o.Shape is { } model ? GemmShape.Of(model, BenchWeights.Shape(o)) : GemmShape.All)
        {
            double ms = GemmBench.RunDense(backend, shape, weight, runs, warmupMs), gflops = shape.Flops / ms * 1e-6;
            warmupMs = 0;                                    // it is the same code for all of them
            yield return new BenchLine($"gemm {shape.Name}", $"{shape.M} x {shape.N} x {shape.K}", (shape.Layout == GemmLayout.Weight ? DType.F32 : weight).Name, o.ThreadCount, ms, runs)
            {
                GFlops = gflops,
                ShareOfPeak = gflops / peak,
                PeakMiB = ProcessMemory.PeakMiB(),
            };
        }
    }

    /// <summary>Geometric mean and least of the ratios to a peer: of layers and squares, and of products that are small.</summary>
    private static IEnumerable<BenchLine> Together(IReadOnlyList<BenchLine> lines)
    {
        var small = GemmShape.All.Where(s => s.IsSmall).Select(s => $"gemm {s.Name}").ToHashSet();
        foreach (IGrouping<bool, BenchLine> group in lines.Where(l => l.Ratio is not null).GroupBy(l => small.Contains(l.Name)).OrderBy(g => g.Key))
        {
            BenchLine worst = group.MinBy(l => l.Ratio)!;
            yield return worst with
            {
                Name = "gemm mean",
                Shape = $"{group.Count()} {(group.Key ? "small products" : "layers and squares")}",
                MedianMs = group.Sum(l => l.MedianMs),
                GFlops = Mean(group, l => l.GFlops!.Value),
                ShareOfPeak = Mean(group, l => l.ShareOfPeak!.Value),
                PeerValue = Mean(group, l => l.PeerValue!.Value),
                Ratio = Mean(group, l => l.Ratio!.Value),
                WorstRatio = worst.Ratio,
                Worst = worst.Name["gemm ".Length..],
            };
        }

        static double Mean(IEnumerable<BenchLine> lines, Func<BenchLine, double> value) => Math.Exp(lines.Average(l => Math.Log(value(l))));
    }

    private static IEnumerable<BenchLine> Measure(BenchOptions o) => IsDense(o) ? MeasureDense(o) : MeasurePacked(o);

    private static IEnumerable<BenchLine> MeasurePacked(BenchOptions o)
    {
        using Backend backend = BenchBackend.Open(o);
        PackedSample? packed = PackedSample.Find(o.DType!);
        int rows = o.Seq * o.Batch, runs = Math.Max(o.Runs, 9);
        GemmBenchResult r = GemmBench.Run(backend, [o.Matrix.Out, o.Matrix.In], rows, packed, runs);
        double peakMiB = ProcessMemory.PeakMiB(), flops = 2e-6 * rows * o.Matrix.Out * o.Matrix.In, peak = o.ThreadCount * MachinePeak.MeasureCoreGflops();
        yield return Line("x Wt", "f32", r.DenseMs.Forward, null);
        if (r.PackedMs is { } p) yield return Line("x Wt", packed!.Format.Name, p.Forward, r.DenseMs.Forward) with { Products = o.Int8Activations ? "int8" : null };     // the only one that rounds rows
        yield return Line("dy W", "f32", r.DenseMs.Backward, null);
        if (r.PackedMs is { } q) yield return Line("dy W", packed!.Format.Name, q.Backward, r.DenseMs.Backward);

        BenchLine Line(string name, string dtype, double ms, double? f32) => new($"gemm {name}", $"[{rows}] x [{o.Matrix.Out}, {o.Matrix.In}]", dtype, o.ThreadCount, ms, runs)
        {
            GFlops = flops / ms,
            ShareOfPeak = flops / ms / peak,
            OverF32 = ms / f32,
            PeakMiB = peakMiB,
        };
    }
}

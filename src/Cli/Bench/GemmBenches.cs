using Pure.Tuner.Kernels;

namespace Pure.Tuner.Cli;

/// <summary>Products with the matrices of a model, in F32 and packed.</summary>
internal static class GemmBenches
{
    public static BenchKind Kind { get; } = new("gemm", "products with a model's matrices, both directions: gemm [--shape NAME] [--dtype FORMAT]", Points, Measure) { ValueOf = line => line.GFlops };

    /// <summary>A format that is measured when none is named: one of each family.</summary>
    private static readonly string[] s_usual = ["Q4_1", "Q8_0", "Q4_K", "Q6_K", "nf4-64-dq"];

    private static IReadOnlyList<BenchOptions> Points(BenchOptions o)
    {
        if (o.File is not null) throw new UsageException("bench: gemm: matrices are made up; give --shape NAME in place of a file");
        if (o.Peer is not null) throw new UsageException("bench: gemm: there is no peer for it; leave --peer out");
        BenchWeights.Check(o.DType);
        DecoderConfig c = ModelShape.Find(o.Shape ?? "smollm2-135m").Config;
        (int, int)[] matrices = [.. ((int, int)[])[(c.Heads * c.HeadDim, c.Hidden), (c.KvHeads * c.HeadDim, c.Hidden), (c.Intermediate, c.Hidden), (c.Hidden, c.Intermediate)]];
        string[] formats = o.DType is { } one ? [one] : [.. s_usual.Select(PackedSample.Find).OfType<PackedSample>().Select(s => s.Format.Name).Distinct()];
        // A row is whole blocks: a format of 256 does not fit every model.
        BenchOptions[] points = [.. matrices.Distinct().SelectMany(m => formats.Where(f => m.Item2 % (PackedSample.Find(f)?.Format.Grain ?? 1) == 0).Select(f => o with { Matrix = m, DType = f }))];
        return points.Length > 0 ? points : throw new UsageException($"bench: gemm: no matrix of {o.Shape ?? "smollm2-135m"} has rows of whole blocks of {o.DType}; take another shape or type");
    }

    private static IEnumerable<BenchLine> Measure(BenchOptions o)
    {
        using Backend backend = LanguageModel.OpenBackend("cpu", o.Threads);
        PackedSample? packed = PackedSample.Find(o.DType!);
        int rows = o.Seq * o.Batch, runs = Math.Max(o.Runs, 9);
        GemmBenchResult r = GemmBench.Run(backend, [o.Matrix.Out, o.Matrix.In], rows, packed, runs);
        double peakMiB = ProcessMemory.PeakMiB(), flops = 2e-6 * rows * o.Matrix.Out * o.Matrix.In, peak = o.ThreadCount * MachinePeak.MeasureCoreGflops();
        yield return Line("x Wt", "f32", r.DenseMs.Forward, null);
        if (r.PackedMs is { } p) yield return Line("x Wt", packed!.Format.Name, p.Forward, r.DenseMs.Forward);
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

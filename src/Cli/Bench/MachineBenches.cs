using Pure.Tuner.Kernels;

namespace Pure.Tuner.Cli;

/// <summary>What the machine can do at most: what every share of it is counted against.</summary>
internal static class MachineBenches
{
    public static BenchKind Kind { get; } = new("machine", "multiply-adds, reading and copying at most, one core and all; caches, instruction sets", Points, Measure) { ValueOf = line => line.GFlops ?? line.GBPerSecond };

    private static IReadOnlyList<BenchOptions> Points(BenchOptions o)
    {
        if (o.File is not null || o.Shape is not null) throw new UsageException($"bench: machine: measures no model; leave {o.File ?? "shape"} out");
        int[] threads = o.ThreadCount == 1 ? [1] : [1, o.ThreadCount];
        return [.. threads.Select(n => o with { Threads = n })];
    }

    private static IEnumerable<BenchLine> Measure(BenchOptions o)
    {
        int repeats = Math.Max(o.Runs, 9);
        PeakRuns fma = MachinePeak.RunFma(o.ThreadCount, repeats), read = MachinePeak.RunRead(o.ThreadCount, repeats), copy = MachinePeak.RunCopy(o.ThreadCount, repeats);
        string processor = EnvCommand.ProcessorName() ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
        yield return Line("machine fma", fma) with { GFlops = fma.Best, CacheBytes = MachineInfo.CacheBytes(), InstructionSets = MachineInfo.InstructionSets(), MatrixUnits = [.. MatrixUnits.Here.All.Select(u => $"{u.Name}: {u.Obstacle ?? "yes"}")] };
        yield return Line("machine read", read) with { GBPerSecond = read.Best };
        yield return Line("machine copy", copy) with { GBPerSecond = copy.Best };
        foreach (PanelKind kind in PanelKind.All.Concat(Int8Kinds.All))
            if (UnitPeak.LoopOf(kind) is not null && MatrixUnits.Here.All.Any(u => u.Name == kind.Name && u.IsUsable))
            {
                PeakRuns peak = UnitPeak.Run(kind, o.ThreadCount, repeats);
                yield return Line($"machine {kind.Name}", peak) with { DType = kind.IsInt8 ? "int8" : "bf16", GFlops = peak.Best };
            }

        BenchLine Line(string name, PeakRuns runs) => new(name, processor, "f32", o.ThreadCount, runs.MedianMs, repeats) { PeakMiB = ProcessMemory.PeakMiB() };
    }
}

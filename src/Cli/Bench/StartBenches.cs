using System.Diagnostics;

namespace Pure.Tuner.Cli;

/// <summary>What a user waits before anything is there, each time a process of this program.</summary>
internal static class StartBenches
{
    public static BenchKind Kind { get; } = new("start", "a process that prints the version; with a model, until the first token too: start [FILE|FOLDER]", Points, Measure) { ValueOf = line => -line.MedianMs };

    private static IReadOnlyList<BenchOptions> Points(BenchOptions o)
    {
        if (o.Shape is not null) throw new UsageException("bench: start: shape: a published shape has no files; give a checkpoint, or nothing");
        if (o.File is { } file && !File.Exists(file) && !Directory.Exists(file)) throw new UsageException($"bench: start: {file} does not exist; give a checkpoint's file or folder, or nothing");
        return [o];
    }

    private static IEnumerable<BenchLine> Measure(BenchOptions o)
    {
        int runs = Math.Max(o.Runs, 9);
        yield return Line("start", "version", ["version"], 1, runs);
        if (o.File is not { } file) yield break;
        int few = Math.Max(o.Runs, 5);
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(file));
        yield return Line("first token", name, ["generate", Path.GetFullPath(file), "--raw", "--prompt", "The", "max_new_tokens=1", .. o.Threads is { } n ? [$"threads={n}"] : Array.Empty<string>()], o.ThreadCount, few);
    }

    /// <summary>One run goes before the ones that count; it is asked for its memory while it runs.</summary>
    private static BenchLine Line(string name, string shape, string[] arguments, int threads, int runs)
    {
        var times = new double[runs];
        double peakMiB = 0;
        for (int run = -1; run < runs; run++)
        {
            (double ms, double peak) = Once(arguments, asksMemory: run < 0);
            if (run < 0) peakMiB = peak;
            else times[run] = ms;
        }
        return new BenchLine(name, shape, "process", threads, InferenceBenchResult.Median(times), runs) { PeakMiB = peakMiB };
    }

    /// <summary>From the start of the process until its first character on standard output.</summary>
    private static (double Ms, double PeakMiB) Once(string[] arguments, bool asksMemory)
    {
        (string program, string[] before) = BenchProcess.Self();
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo(program, [.. before, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        double peak = 0;
        Task asking = asksMemory ? Task.Run(() => { while (ProcessMemory.PeakMiB(process.Id) is { } now) { peak = Math.Max(peak, now); Thread.Sleep(1); } }) : Task.CompletedTask;
        int first = process.StandardOutput.Read();
        double ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        asking.Wait();
        if (process.ExitCode != 0) throw new UsageException($"bench: start: {string.Join(' ', arguments)}: {errors.Result.Trim()}");
        return first < 0 ? throw new InvalidOperationException($"bench: start: {string.Join(' ', arguments)} printed nothing") : (ms, peak);
    }
}

using System.Diagnostics;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Cli;

/// <summary>Until a checkpoint can be used, and how fast text becomes ids.</summary>
internal static class LoadBenches
{
    public static BenchKind Load { get; } = new("load", "a checkpoint until it is loaded, and until one token has met every weight: load FILE|FOLDER", LoadPoints, MeasureLoad) { ValueOf = line => line.GBPerSecond };
    public static BenchKind Tokenize { get; } = new("tokenize", "text to ids on one core: tokenize FILE|FOLDER text=FILE", TokenizePoints, MeasureTokenize) { ValueOf = line => line.GBPerSecond };

    private static IReadOnlyList<BenchOptions> LoadPoints(BenchOptions o)
    {
        RequireModel(o);
        return [o];
    }

    private static void RequireModel(BenchOptions o)
    {
        if (o.Shape is not null) throw new UsageException($"bench: {o.Kind}: shape: a published shape has no files; give a checkpoint's file or folder");
        if (o.File is null) throw new UsageException($"bench: {o.Kind}: of which model? give a checkpoint's file or folder");
        if (!File.Exists(o.File) && !Directory.Exists(o.File)) throw new UsageException($"bench: {o.Kind}: {o.File} does not exist; give a checkpoint's file or folder");
        if (o.DType is not null) throw new UsageException($"bench: {o.Kind}: dtype: a checkpoint says itself what it is stored in; leave it out");
    }

    /// <summary>One load goes before, so that the files are in the system's cache and the code is compiled: disks differ more than programs.</summary>
    private static IEnumerable<BenchLine> MeasureLoad(BenchOptions o)
    {
        using Backend backend = LanguageModel.OpenBackend("cpu", o.Threads);
        int runs = Math.Max(o.Runs, 5);
        double[] loaded = new double[runs], used = new double[runs], tokenizer = new double[runs];
        string dtype = "f32";
        long bytes = 0;
        for (int run = -1; run < runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            using LanguageModel model = LanguageModel.Load(o.File!, backend, new ModelWishes());
            double ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            foreach (int _ in new Generator(model.Decoder).Stream([0], new GenerationOptions { MaxNewTokens = 1, EosTokenIds = [] })) { }
            double all = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            start = Stopwatch.GetTimestamp();
            Read(o.File!);
            if (run >= 0) (loaded[run], used[run], tokenizer[run]) = (ms, all, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            bytes = model.Decoder.Weights.Sum(w => w.Bytes);
            dtype = model.Decoder.Weights.Select(w => w is QuantizedTensor q ? (q.Format.Name, w.Bytes) : (((Parameter)w).Value.DType.Name, w.Bytes)).GroupBy(w => w.Name).MaxBy(g => g.Sum(w => w.Bytes))!.Key;
        }
        double peakMiB = ProcessMemory.PeakMiB(), read = MachinePeak.MeasureRead(o.ThreadCount);
        yield return Line("load", loaded) with { ShareOfPeak = null, Phases = new() { ["tokenizer alone"] = InferenceBenchResult.Median(tokenizer) } };
        yield return Line("load and use", used);

        BenchLine Line(string name, double[] times)
        {
            double ms = InferenceBenchResult.Median(times), gBPerSecond = bytes / ms * 1e-6;
            return new(name, Path.GetFileName(Path.TrimEndingDirectorySeparator(o.File!)), dtype, o.ThreadCount, ms, runs) { GBPerSecond = gBPerSecond, ShareOfPeak = gBPerSecond / read, PeakMiB = peakMiB };
        }
    }

    private static IReadOnlyList<BenchOptions> TokenizePoints(BenchOptions o)
    {
        RequireModel(o);
        if (o.Text is null) throw new UsageException("bench: tokenize: which text? give text=FILE, a file of UTF-8");
        if (!File.Exists(o.Text)) throw new UsageException($"bench: tokenize: text: {o.Text} does not exist; give a file of UTF-8");
        if (o.Threads is not (null or 1)) throw new UsageException($"bench: tokenize: threads: it runs on one core, found {o.Threads}; leave it out");
        return [o with { Threads = 1 }];
    }

    /// <summary>A fresh tokenizer each time: words that it has met it need not cut again.</summary>
    private static IEnumerable<BenchLine> MeasureTokenize(BenchOptions o)
    {
        string text = File.ReadAllText(o.Text!);
        string[] lines = text.Split('\n');
        double bytes = System.Text.Encoding.UTF8.GetByteCount(text);
        int runs = Math.Max(o.Runs, 5);
        double[] whole = new double[runs], single = new double[runs];
        int ids = 0, lineIds = 0;
        for (int run = -1; run < runs; run++)
        {
            double ms = Time(t => ids = t.Encode(text, false).Length), lineMs = Time(t => lineIds = lines.Sum(l => t.Encode(l, false).Length));
            if (run >= 0) (whole[run], single[run]) = (ms, lineMs);
        }
        yield return Line("tokenize", "whole", whole, ids);
        yield return Line("tokenize", $"{lines.Length} lines", single, lineIds);

        double Time(Action<Tokenizer> work)
        {
            Tokenizer tokenizer = Read(o.File!);
            long start = Stopwatch.GetTimestamp();
            work(tokenizer);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        BenchLine Line(string name, string how, double[] times, int tokens)
        {
            double ms = InferenceBenchResult.Median(times);
            return new(name, $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(o.File!))}, {Path.GetFileName(o.Text)}, {how}", "text", 1, ms, runs) { TokensPerSecond = tokens / ms * 1000, GBPerSecond = bytes / ms * 1e-6, PeakMiB = ProcessMemory.PeakMiB() };
        }
    }

    private static Tokenizer Read(string model)
    {
        if (Directory.Exists(model)) return Tokenizer.Load(model);
        using Checkpoint checkpoint = Checkpoint.Open(model);
        return checkpoint is GgufCheckpoint gguf ? Tokenizer.FromGguf(gguf.File.Vocabulary()) : throw new UsageException($"bench: tokenize: {model} holds no tokenizer; give its folder");
    }
}

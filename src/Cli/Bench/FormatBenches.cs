using System.Globalization;

namespace Pure.Tuner.Cli;

/// <summary>What each packed format costs and keeps: bits, error, speed, size.</summary>
internal static class FormatBenches
{
    private const string Plain = "F32";

    public static BenchKind Kind { get; } = new("formats", "bits, error and speed of every packed format: formats [FILE] [--dtype FORMAT]", Points, Measure)
    {
        ValueOf = line => line.WeightsPerSecond,
        Table = Table,
        Draw = Draw,
    };

    private static IReadOnlyList<BenchOptions> Points(BenchOptions o)
    {
        if (o.Shape is not null) throw new UsageException("bench: formats: shape: the matrix is always the same; give a checkpoint's file or folder to measure its weights too");
        if (o.Threads is not (null or 1)) throw new UsageException($"bench: formats: threads: speeds are those of one thread, found {o.Threads}; leave it out");
        if (o.File is { } file && !File.Exists(file) && !Directory.Exists(file)) throw new UsageException($"bench: formats: {file} does not exist; give a checkpoint's file or folder, or nothing");
        string[] known = [Plain, .. StorageFormat.All.Select(f => f.Name)];
        if (o.DType is not { } dtype) return [.. known.Select(f => o with { DType = f, Threads = 1 })];
        if (StorageFormat.Find(dtype) is null && !dtype.Equals(Plain, StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"bench: formats: dtype: there is no '{dtype}'; did you mean '{Nearest.Of(dtype, known)}'? (known: {string.Join(", ", known)})");
        return [o with { Threads = 1 }];
    }

    private static IEnumerable<BenchLine> Measure(BenchOptions o)
    {
        using Backend backend = LanguageModel.OpenBackend("cpu", o.Threads);
        StorageFormat? format = StorageFormat.Find(o.DType!);
        FormatBenchResult r = FormatBench.Run(backend, format, Math.Max(o.Runs, 5));
        (double Relative, double Share)? own = null;
        if (o.File is { } file && format is not null)
        {
            using LanguageModel model = LanguageModel.Load(file, backend, new ModelWishes());
            own = FormatBench.ErrorOn(model.Decoder, format);
        }
        ModelShape shape = ModelShape.Find("llama2-7b");
        yield return new BenchLine("formats", $"[{FormatBench.Side}, {FormatBench.Side}]", format?.Name ?? Plain, o.ThreadCount, r.RowMs, Math.Max(o.Runs, 5))
        {
            Family = format?.Family,
            BitsPerWeight = r.BitsPerWeight,
            Error = r.Error,
            ModelError = own is { Share: > 0 } ? own.Value.Relative : null,
            ModelShare = own?.Share,
            WeightsPerSecond = r.RowWeights / r.RowMs * 1000,
            OverF32 = r.ManyMs / r.DenseMs,
            GiB7B = r.BitsPerWeight * shape.LayerWeights * shape.Config.Layers / 8 / (1L << 30),
            PeakMiB = ProcessMemory.PeakMiB(),
        };
    }

    private static BenchTable Table(BenchOptions o)
    {
        List<BenchColumn> columns =
        [
            new("format", 10, l => l.DType),
            new("bits", 7, l => Text($"{l.BitsPerWeight:F3}")),
            new("error", 8, l => Percent(l.Error)),
        ];
        if (o.File is not null) columns.Add(new("error on the model", 8, l => l.ModelError is null ? "" : Percent(l.ModelError) + (l.ModelShare < 1 ? Text($" of {l.ModelShare:P0}") : "")));
        columns.Add(new("row, 10⁹ weights/s", 8, l => Text($"{l.WeightsPerSecond * 1e-9:F2}")));
        columns.Add(new("512 rows, over f32", 8, l => Text($"{l.OverF32:F2}")));
        columns.Add(new("7B, GiB", 7, l => Text($"{l.GiB7B:F2}")));
        return new BenchTable([.. columns]);
    }

    private static void Draw(BenchOptions o, IReadOnlyList<BenchLine> lines) => new FormatPlot([.. from line in lines
                                                                                                  where line is { Family: not null, Error: > 0 }
                                                                                                  select new FormatPoint(line.DType, line.Family!, line.BitsPerWeight!.Value, line.Error!.Value)]).Save(o.Picture!);

    /// <summary>Three digits that count.</summary>
    private static string Percent(double? share) => (100 * share) switch
    {
        >= 10 and var p => Text($"{p:F1} %"),
        >= 1 and var p => Text($"{p:F2} %"),
        0 => "0",
        var p => Text($"{p:F3} %"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

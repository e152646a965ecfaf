namespace Pure.Tuner.Cli;

/// <summary><c>bench</c>: how fast, in how much memory, and how near to the machine's limit and to others.</summary>
internal static class BenchCommand
{
    public static Command Command { get; } = new("bench", "measure speed and memory, beside others where they run here", Run)
    {
        Help = $"""
            pure-tuner bench KIND [FILE] [key=value ...]

            {string.Join("\n", BenchKind.All.Select(k => $"  {k.Name,-8} {k.Summary}"))}

              shape=NAME      sizes of a published model, with made-up weights: smollm2-135m, qwen2.5-0.5b,
                              qwen2.5-1.5b, llama2-7b, llama3-8b
              dtype=TYPE      with a shape: f32, bf16, or a packed format as Q4_1
              seq=N           tokens of a prompt or of a row (512)
              new_tokens=N    tokens to make (128)
              batch=N rank=N checkpoint   for training
              threads=N       threads, all cores when left out
              runs=N          runs that count; the median is given (3)
              peer=FOLDER     the same on llama.cpp, in turn: the folder holds llama_cpp.mjs and node_modules
              json            one object a line

            Each measurement is a process of its own. peakMiB is the most memory that it held.
            """,
        Flags = ["json", "checkpoint"],
    };

    private static int Run(CommandContext context)
    {
        var options = BenchOptions.From(context.Arguments, BenchKind.All.Select(k => k.Name));
        BenchKind kind = BenchKind.All.First(k => k.Name == options.Kind);
        IReadOnlyList<BenchOptions> points = kind.Points(options);
        if (options.Point is { } point)
        {
            foreach (BenchLine line in kind.Measure(points.ElementAtOrDefault(point) ?? throw new UsageException($"bench: point: there are {points.Count}, numbered from 0")))
                context.Output.WriteLine(line.ToJson());
            return Shell.Done;
        }
        LlamaPeer? peer = options.Peer is { } folder && kind.Peer is not null ? new LlamaPeer(folder, context.Cancellation) : null;
        peer?.Check();
        for (int i = 0; i < points.Count; i++)
            foreach (BenchLine line in peer is null ? Measured(context, options, i) : Compared(context, kind, points[i], i, peer))
            {
                context.Output.WriteLine(options.Json ? line.ToJson() : line.ToString());
                context.Output.Flush();
            }
        return Shell.Done;
    }

    private static IEnumerable<BenchLine> Measured(CommandContext context, BenchOptions options, int point)
    {
        IEnumerable<string> settings = context.Arguments.Settings.Where(s => s.Key != "json").Select(s => $"{s.Key}={s.Value}");
        return BenchProcess.RunSelf(["bench", options.Kind, .. options.File is { } file ? [file] : Array.Empty<string>(), .. settings, $"point={point}"], context.Cancellation)
            .Where(l => l.StartsWith('{')).Select(BenchLine.FromJson);
    }

    /// <summary>Ours and the peer's in turn, as often as runs count; the median of each.</summary>
    private static IEnumerable<BenchLine> Compared(CommandContext context, BenchKind kind, BenchOptions options, int point, LlamaPeer peer)
    {
        var ours = new List<BenchLine>();
        var theirs = new List<double>();
        for (int i = 0; i < options.Runs; i++)
        {
            ours.Add(Measured(context, options, point).First());
            theirs.Add(kind.Peer!(options, peer));
        }
        BenchLine line = ours.OrderBy(kind.ValueOf).ElementAt(ours.Count / 2);
        double value = theirs.Order().ElementAt(theirs.Count / 2);
        int? same = line.FirstIds is { Length: > 1 } ids ? ids.AsSpan().CommonPrefixLength(peer.FirstIds) : null;
        yield return line with { Peer = LlamaPeer.Name, PeerValue = value, Ratio = kind.ValueOf(line) / value, SameIds = same };
    }
}

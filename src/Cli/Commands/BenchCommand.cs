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
              int16_activations   decode: rounds a token's activations to 16 bits
              threads=N       threads, all cores when left out
              runs=N          runs that count; the median is given (3)
              peer=FOLDER     the same on llama.cpp, in turn: the folder holds llama_cpp.mjs and node_modules
              json            one object a line
              markdown        formats: the table for documentation
              picture=FILE.svg   formats: error against bits per weight

            Each measurement is a process of its own. peakMiB is the most memory that it held.
            """,
        Flags = ["json", "checkpoint", "markdown"],
    };

    private static int Run(CommandContext context)
    {
        var options = BenchOptions.From(context.Arguments, BenchKind.All.Select(k => k.Name));
        BenchKind kind = BenchKind.All.First(k => k.Name == options.Kind);
        if (options.Markdown && kind.Table is null) throw new UsageException($"bench: markdown: {kind.Name} has no table; leave it out");
        if (options.Markdown && options.Json) throw new UsageException("bench: markdown: cannot go together with json; keep one of the two");
        if (options.Picture is { } picture && (kind.Draw is null || !picture.EndsWith(".svg", StringComparison.OrdinalIgnoreCase)))
            throw new UsageException($"bench: picture: {(kind.Draw is null ? $"{kind.Name} has none; leave it out" : $"expected the name of an .svg file, found '{picture}'")}");
        IReadOnlyList<BenchOptions> points = kind.Points(options);
        if (options.Point is { } point)
        {
            foreach (BenchLine line in kind.Measure(points.ElementAtOrDefault(point) ?? throw new UsageException($"bench: point: there are {points.Count}, numbered from 0")))
                context.Output.WriteLine(line.ToJson());
            return Shell.Done;
        }
        LlamaPeer? peer = options.Peer is { } folder && kind.Peer is not null ? new LlamaPeer(folder, context.Cancellation) : null;
        peer?.Check();
        BenchTable? table = options.Json ? null : kind.Table?.Invoke(options);
        if (table is not null) context.Output.WriteLine(options.Markdown ? table.MarkdownHead : table.Head);
        var done = new List<BenchLine>();
        for (int i = 0; i < points.Count; i++)
            foreach (BenchLine line in peer is null ? Measured(context, options, i) : Compared(context, kind, points[i], i, peer))
            {
                done.Add(line);
                context.Output.WriteLine(options.Json ? line.ToJson() : table is null ? line.ToString() : options.Markdown ? table.MarkdownRow(line) : table.Row(line));
                context.Output.Flush();
            }
        if (options.Picture is not null) kind.Draw!(options, done);
        return Shell.Done;
    }

    private static IEnumerable<BenchLine> Measured(CommandContext context, BenchOptions options, int point)
    {
        IEnumerable<string> settings = context.Arguments.Settings.Where(s => s.Key is not ("json" or "markdown" or "picture")).Select(s => $"{s.Key}={s.Value}");
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

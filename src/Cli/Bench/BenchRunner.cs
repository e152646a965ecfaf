namespace Pure.Tuner.Cli;

/// <summary>Runs the measurements of a kind, each in a process of its own, and a peer in turn with them.</summary>
internal sealed class BenchRunner(CommandContext context, BenchKind kind, BenchOptions options)
{
    /// <summary>Settings that mean something to the process that starts the others alone.</summary>
    private static readonly string[] s_own = ["json", "markdown", "picture", "record", "runs", "steps", "python"];

    /// <summary>A peer that finds the machine too busy to be compared with is asked again.</summary>
    private const int Attempts = 3;

    private readonly BenchPeer? _peer = options.Peer is not null ? kind.Peer?.Invoke(options, context.Cancellation) : null;

    /// <summary>Why the peer was not measured, or null.</summary>
    public string? PeerFault { get; private set; }

    /// <summary>All lines, as they come.</summary>
    public IEnumerable<BenchLine> Lines(IReadOnlyList<BenchOptions> points)
    {
        if (_peer is not null) WithPeer(() => { _peer.Check(); return []; });
        var done = new List<BenchLine>();
        for (int i = 0; i < points.Count; i++)
            foreach (BenchLine line in _peer is null ? Measured(i, options.Runs, points.Count > 1) : Compared(i, points.Count > 1))
            {
                done.Add(line);
                yield return line;
            }
        foreach (BenchLine line in kind.Together?.Invoke(done) ?? []) yield return line;
    }

    private IEnumerable<BenchLine> Measured(int point, int runs, bool isOneOfMany)
    {
        IEnumerable<string> settings = context.Arguments.Settings.Where(s => !s_own.Contains(s.Key)).Select(s => $"{s.Key}={(s.Key == "profile" && isOneOfMany ? ProfileRun.Numbered(s.Value, point) : s.Value)}");
        return BenchProcess.RunSelf(["bench", options.Kind, .. options.File is { } file ? [file] : Array.Empty<string>(), .. settings, $"runs={runs}", $"point={point}"], context.Cancellation, context.Arguments.Settings.ContainsKey("profile") ? context.Error : null)
            .Where(l => l.StartsWith('{')).Select(BenchLine.FromJson);
    }

    /// <summary>Ours and the peer's in turn, as often as runs count; the median of each.</summary>
    private IEnumerable<BenchLine> Compared(int point, bool isOneOfMany)
    {
        var ours = new List<BenchLine[]>();
        var theirs = new List<PeerValue>();
        for (int i = 0; i < options.Runs; i++)
        {
            ours.Add([.. Measured(point, options.Steps, isOneOfMany)]);
            theirs.AddRange(WithPeer(_peer!.Run, Attempts));
        }
        for (int i = 0; i < ours[0].Length; i++)
        {
            BenchLine line = ours.Select(run => run[i]).OrderBy(kind.ValueOf).ElementAt(ours.Count / 2);
            yield return Beside(line with { Runs = ours.Count }, theirs.Where(v => v.Line.Length == 0 || v.Line == line.Name));
        }
    }

    /// <summary>A line with what the peer reached on its best number of threads.</summary>
    private BenchLine Beside(BenchLine line, IEnumerable<PeerValue> values)
    {
        PeerValue? best = values.GroupBy(v => v.Threads).Select(g => g.OrderBy(v => v.Value).ElementAt(g.Count() / 2)).MaxBy(v => v.Value);
        if (best is null) return line;
        return line with
        {
            Peer = _peer!.Name,
            PeerValue = best.Value,
            Ratio = kind.ValueOf(line) / best.Value,
            PeerThreads = best.Threads,
            PeerPeakMiB = best.PeakMiB,
            PeakRatio = line.PeakMiB / best.PeakMiB,
            SameIds = line.FirstIds is { Length: > 1 } ids && best.FirstIds.Length > 0 ? ids.AsSpan().CommonPrefixLength(best.FirstIds) : null,
        };
    }

    /// <summary>What the peer gives; nothing once it has failed, and then one sentence says why.</summary>
    private IReadOnlyList<PeerValue> WithPeer(Func<IReadOnlyList<PeerValue>> run, int attempts = 1)
    {
        if (PeerFault is not null) return [];
        try { return run(); }
        catch (PeerException) when (attempts > 1) { return WithPeer(run, attempts - 1); }
        catch (PeerException e)
        {
            PeerFault = $"bench: {kind.Name}: peer: {e.Message}";
            context.Error.WriteLine($"warning: {PeerFault}; only ours is measured");
            return [];
        }
    }
}

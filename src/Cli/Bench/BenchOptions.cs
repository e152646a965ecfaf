namespace Pure.Tuner.Cli;

/// <summary>Options of <c>bench</c>. Each kind reads the ones that mean something to it.</summary>
/// <param name="Kind">What is measured.</param>
internal sealed record BenchOptions(string Kind)
{
    /// <summary>A checkpoint, or null for made-up weights of <see cref="Shape"/>.</summary>
    public string? File { get; init; }

    /// <summary>A published model's sizes, or null.</summary>
    public string? Shape { get; init; }

    /// <summary>What weights are stored in: f32, bf16, or a packed format; null for the kind's own choice.</summary>
    public string? DType { get; init; }

    /// <summary>Tokens of a row or of a prompt.</summary>
    public int Seq { get; init; }

    /// <summary>Rows.</summary>
    public int Batch { get; init; }

    /// <summary>Tokens to make.</summary>
    public int NewTokens { get; init; }

    /// <summary>Rank of an adapter.</summary>
    public int Rank { get; init; }

    /// <summary>Threads, or null for all cores.</summary>
    public int? Threads { get; init; }

    /// <summary>Whether layers are recomputed in backward; null for the kind's own choice.</summary>
    public bool? Checkpoint { get; init; }

    /// <summary>Whether a single row is rounded to 16 bits before it meets packed weights.</summary>
    public bool Int16Activations { get; init; }

    /// <summary>Runs that count.</summary>
    public int Runs { get; init; }

    /// <summary>A folder with the peer's script, or null.</summary>
    public string? Peer { get; init; }

    /// <summary>One object a line instead of text.</summary>
    public bool Json { get; init; }

    /// <summary>A table for documentation instead of text.</summary>
    public bool Markdown { get; init; }

    /// <summary>An SVG file to draw into, or null.</summary>
    public string? Picture { get; init; }

    /// <summary>The one measurement that this process is for; null in the process that starts them.</summary>
    public int? Point { get; init; }

    /// <summary>Of a measurement of several: which matrix.</summary>
    public (int Out, int In) Matrix { get; init; }

    public int ThreadCount => Threads ?? Environment.ProcessorCount;

    public static BenchOptions From(Arguments a, IEnumerable<string> kinds)
    {
        string kind = a.Words.FirstOrDefault() ?? throw new UsageException($"bench: what? give one of {string.Join(", ", kinds)}");
        if (!kinds.Contains(kind)) throw new UsageException($"bench: there is no '{kind}'; did you mean '{Nearest.Of(kind, kinds)}'? (known: {string.Join(", ", kinds)})");
        var options = new BenchOptions(kind)
        {
            File = a.Words.ElementAtOrDefault(1),
            Shape = a.Text("shape"),
            DType = a.Text("dtype"),
            Seq = a.Int("seq", 512, least: 1),
            Batch = a.Int("batch", 1, least: 1),
            NewTokens = a.Int("new_tokens", 128, least: 1),
            Rank = a.Int("rank", 8, least: 1),
            Threads = a.IntOrNull("threads", least: 1),
            Checkpoint = a.Text("checkpoint") is null ? null : a.Flag("checkpoint"),
            Int16Activations = a.Flag("int16_activations"),
            Runs = a.Int("runs", 3, least: 1),
            Peer = a.Text("peer"),
            Json = a.Flag("json"),
            Markdown = a.Flag("markdown"),
            Picture = a.Text("picture"),
            Point = a.IntOrNull("point"),
        };
        a.RejectUnknown(words: 2);
        return options;
    }
}

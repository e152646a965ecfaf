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

    /// <summary>Whether products of matrices round their operands to BF16.</summary>
    public bool RoundsProducts { get; init; }

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

    /// <summary>Whether rows of prompts and batches are rounded to 8 bits before they meet packed weights.</summary>
    public bool Int8Activations { get; init; }

    /// <summary>Keys back that attention sees; 0 for all.</summary>
    public int Window { get; init; }

    /// <summary>Sizes in place of the shape's own.</summary>
    public ModelSizes Sizes { get; init; } = new();

    /// <summary>A text to read, or null.</summary>
    public string? Text { get; init; }

    /// <summary>Runs that count; with a peer, pairs of processes.</summary>
    public int Runs { get; init; }

    /// <summary>How long operators and steps are run before they count; steps of a large model not at all.</summary>
    public int WarmupMs { get; init; }

    /// <summary>With a peer: runs that count within a process.</summary>
    public int Steps { get; init; }

    /// <summary>A folder with the peers' scripts, or null.</summary>
    public string? Peer { get; init; }

    /// <summary>The Python that runs them, or null for the first that has torch.</summary>
    public string? Python { get; init; }

    /// <summary>A file of records to add the lines to, or null.</summary>
    public string? Record { get; init; }

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
            RoundsProducts = a.Text("products") switch { null or "f32" => false, "bf16" => true, { } other => throw new UsageException($"bench: {kind}: products: expected f32 or bf16, found '{other}'") },
            Seq = a.Int("seq", 512, least: 1),
            Batch = a.Int("batch", 1, least: 1),
            NewTokens = a.Int("new_tokens", 128, least: 1),
            Rank = a.Int("rank", 8, least: 1),
            Threads = a.IntOrNull("threads", least: 1),
            Checkpoint = a.Text("checkpoint") is null ? null : a.Flag("checkpoint"),
            Int16Activations = a.Flag("int16_activations"),
            Int8Activations = a.Flag("int8_activations"),
            Window = a.Int("window", 0),
            Sizes = new ModelSizes(a.IntOrNull("hidden", least: 1), a.IntOrNull("intermediate", least: 1), a.IntOrNull("layers", least: 1), a.IntOrNull("heads", least: 1), a.IntOrNull("kv_heads", least: 1), a.IntOrNull("vocab", least: 1)),
            Text = a.Text("text"),
            Runs = a.Int("runs", a.Text("peer") is null ? 3 : 5, least: 1),
            WarmupMs = a.Int("warmup_ms", OperatorTimes.WarmupMs),
            Steps = a.Int("steps", 3, least: 1),
            Peer = a.Text("peer"),
            Python = a.Text("python"),
            Record = a.Text("record"),
            Json = a.Flag("json"),
            Markdown = a.Flag("markdown"),
            Picture = a.Text("picture"),
            Point = a.IntOrNull("point"),
        };
        a.RejectUnknown(words: 2);
        if (options.RoundsProducts && kind is not ("gemm" or "lora" or "full" or "qlora" or "prompt" or "attention" or "loss")) throw new UsageException($"bench: {kind}: products: gemm, lora, full, qlora, prompt, attention and loss multiply in bf16; leave it out");
        if (options.Int16Activations && kind != "decode") throw new UsageException($"bench: {kind}: int16_activations: only decode rounds; leave it out");
        if (options.Int8Activations && kind is not ("prompt" or "qlora" or "gemm")) throw new UsageException($"bench: {kind}: int8_activations: prompt, qlora and gemm round; leave it out");
        if (options is { Int8Activations: true, Kind: "gemm" } && options.Seq * options.Batch <= CpuBackend.FewRows) throw new UsageException($"bench: {kind}: int8_activations: up to {CpuBackend.FewRows} rows are not rounded, found {options.Seq * options.Batch}; give seq more");
        if (options is { Int8Activations: true, RoundsProducts: true }) throw new UsageException($"bench: {kind}: int8_activations: cannot go together with products=bf16; keep one of the two");
        return options;
    }
}

namespace Pure.Tuner.Cli;

/// <summary><c>bench</c>: how fast, in how much memory, and how near to the machine's limit and to others.</summary>
internal static class BenchCommand
{
    public static Command Command { get; } = new("bench", "measure speed and memory, beside others where they run here", Run)
    {
        Profiles = static a => a.Settings.ContainsKey("point"),         // in the process that measures
        Help = $"""
            pure-tuner bench KIND [FILE] [key=value ...]

            {string.Join("\n", BenchKind.All.Select(k => $"  {k.Name,-9} {k.Summary}"))}
              all       every one of the performance page: all [MODEL.gguf ...] [peer=FOLDER] [text=FILE] [record=FILE] [only=PART,...] [--list]
              report    records as tables: report FILE [into=PAGE.md], between <!-- bench: KIND, ... --> and <!-- bench end -->

              shape=NAME      sizes of a published model, with made-up weights: smollm2-135m, qwen2.5-0.5b,
                              qwen2.5-1.5b, llama2-7b, llama3-8b
              dtype=TYPE      with a shape: f32, bf16, or a packed format as Q4_1
              seq=N           tokens of a prompt or of a row (512)
              new_tokens=N    tokens to make (128)
              batch=N rank=N checkpoint   for training
              products=bf16   gemm, lora, full, qlora, prompt, attention, loss: operands of products rounded to bf16, by a
                              matrix unit (AMX, AVX512-BF16)
              int16_activations   decode: rounds a token's activations to 16 bits
              int8_activations   prompt, qlora, gemm: rounds rows to 8 bits before they meet packed weights, by an
                              integer unit (AMX-INT8, AVX512-VNNI, AVX-VNNI)
              hidden=N intermediate=N layers=N heads=N kv_heads=N vocab=N   in place of the shape's sizes
              window=N        attention: keys back that a token sees
              text=FILE       tokenize: what is read
              threads=N       threads, all cores when left out
              runs=N          runs that count; the median is given (3; with a peer 5 pairs of processes)
              warmup_ms=N     how long operators and steps are run before they count (1500)
              steps=N         with a peer: runs that count within a process (3)
              peer=FOLDER     the same on a program of the field, in turn: the folder holds torch_gemm.py, torch_lora.py
                              for gemm, lora, full; llama_cpp.mjs and node_modules for decode, prompt
              python=PATH     the Python that has torch; else the first of python3 and /usr/bin/python3 that has it
              record=FILE     adds the lines to a file of records
              json            one object a line
              markdown        formats: the table for documentation
              picture=FILE.svg   formats: error against bits per weight; scaling: the curves

            Each measurement is a process of its own. peakMiB is the most memory that it held.
            """,
        Flags = ["json", "checkpoint", "markdown", "list", "int16_activations", "int8_activations"],
    };

    private static int Run(CommandContext context) => context.Arguments.Words.FirstOrDefault() switch
    {
        "all" => BenchPlan.Run(context, Measure, Command.Flags),
        "report" => Report(context),
        _ => Measure(context),
    };

    /// <summary>Puts records into the tables of a page, or prints them all.</summary>
    private static int Report(CommandContext context)
    {
        Arguments a = context.Arguments;
        string file = a.Words.ElementAtOrDefault(1) ?? throw new UsageException("bench: report: of which records? give the file that record=FILE wrote");
        string? page = a.Text("into");
        a.RejectUnknown(words: 2);
        if (!File.Exists(file)) throw new UsageException($"bench: report: {file} does not exist; give the file that record=FILE wrote");
        List<BenchRecord> records = BenchRecord.Read(file);
        if (page is null)
        {
            context.Output.Write(BenchReport.Tables([.. BenchKind.All.Select(k => k.Name)], records));
            return Shell.Done;
        }
        if (!File.Exists(page)) throw new UsageException($"bench: report: into: {page} does not exist; give a page with marks such as <!-- bench: gemm --> and <!-- bench end -->");
        AtomicFile.WriteText(page, BenchReport.Render(File.ReadAllText(page).ReplaceLineEndings("\n"), page, records));
        return Shell.Done;
    }

    private static int Measure(CommandContext context)
    {
        var options = BenchOptions.From(context.Arguments, [.. BenchKind.All.Select(k => k.Name), "all", "report"]);
        BenchKind kind = BenchKind.All.First(k => k.Name == options.Kind);
        if (options.Markdown && kind.Table is null) throw new UsageException($"bench: markdown: {kind.Name} has no table; leave it out");
        if (options.Markdown && options.Json) throw new UsageException("bench: markdown: cannot go together with json; keep one of the two");
        if (options.Picture is { } picture && (kind.Draw is null || !picture.EndsWith(".svg", StringComparison.OrdinalIgnoreCase)))
            throw new UsageException($"bench: picture: {(kind.Draw is null ? $"{kind.Name} has none; leave it out" : $"expected the name of an .svg file, found '{picture}'")}");
        if (options.Peer is not null && kind.Peer is null) throw new UsageException($"bench: {kind.Name}: there is no peer for it; leave --peer out");
        IReadOnlyList<BenchOptions> points = kind.Points(options);
        if (options.Point is { } point)
        {
            foreach (BenchLine line in kind.Measure(points.ElementAtOrDefault(point) ?? throw new UsageException($"bench: point: there are {points.Count}, numbered from 0")))
                context.Output.WriteLine((options.RoundsProducts ? line with { Products = DType.BF16.Name } : options is { Int8Activations: true, Kind: not "gemm" } ? line with { Products = "int8" } : line).ToJson());
            return Shell.Done;
        }
        BenchTable? table = options.Json ? null : kind.Table?.Invoke(options);
        if (table is not null) context.Output.WriteLine(options.Markdown ? table.MarkdownHead : table.Head);
        var runner = new BenchRunner(context, kind, options);
        var done = new List<BenchLine>();
        foreach (BenchLine line in runner.Lines(points))
        {
            done.Add(line);
            context.Output.WriteLine(options.Json ? line.ToJson() : table is null ? line.ToString() : options.Markdown ? table.MarkdownRow(line) : table.Row(line));
            context.Output.Flush();
        }
        if (options.Picture is not null) kind.Draw!(options, done);
        // What was measured with the peer before stays.
        if (options.Record is { } record && runner.PeerFault is null) BenchRecord.Add(record, options, context.Arguments, done);
        return runner.PeerFault is null ? Shell.Done : Shell.Failed;
    }
}

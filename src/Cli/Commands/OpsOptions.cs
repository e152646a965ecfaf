namespace Pure.Tuner.Cli;

/// <summary>Options of <c>ops</c>.</summary>
/// <param name="Action">list, check, grad, bench or cover.</param>
/// <param name="Op">One operator, or null for all.</param>
/// <param name="Backend">One backend, or null for all that compute (bench: cpu).</param>
/// <param name="Kernels">A plug-in, or null.</param>
/// <param name="Threads">Threads of the backend, or null for all.</param>
/// <param name="Rows">Bench: rows, or null for the usual sizes.</param>
/// <param name="Width">Bench: length of a row, or null.</param>
/// <param name="Repeat">Bench: runs that count.</param>
/// <param name="WarmupMs">Bench: how long to run before.</param>
/// <param name="StrictDevice">Whether a device must do all work itself.</param>
/// <param name="Json">One object a line instead of text.</param>
/// <param name="Dump">A folder for the machine code of every matrix unit and of plug-ins.</param>
internal sealed record OpsOptions(string Action, string? Op, string? Backend, string? Kernels, int? Threads, int? Rows, int? Width, int Repeat, int WarmupMs, bool StrictDevice, bool Json, string? Dump = null)
{
    /// <summary>What operands of products are rounded to; F32 rounds nothing.</summary>
    public DType Products { get; private init; } = DType.F32;

    private static readonly string[] s_actions = ["list", "check", "grad", "bench", "cover"];

    public static OpsOptions From(Arguments a)
    {
        var options = new OpsOptions(a.Words.FirstOrDefault() ?? "list", a.Text("op"), a.Text("backend"), a.Text("kernels"), a.IntOrNull("threads", least: 1),
            a.IntOrNull("rows", least: 1), a.IntOrNull("width", least: 1), a.Int("repeat", 20, least: 1), a.Int("warmup_ms", 100), a.Flag("strict_device"), a.Flag("json"), a.Text("dump"))
        {
            Products = a.Text("products") switch { null or "f32" => DType.F32, "bf16" => DType.BF16, "fp16" => DType.F16, { } other => throw new UsageException($"ops: products: expected f32, bf16 or fp16, found '{other}'") },
        };
        if (!s_actions.Contains(options.Action)) throw new UsageException($"ops: there is no '{options.Action}'; did you mean '{Nearest.Of(options.Action, s_actions)}'? (known: {string.Join(", ", s_actions)})");
        if (options.Dump is not null && options.Action != "bench") throw new UsageException($"ops: {options.Action}: dump: only bench writes code; leave it out");
        if (options is { Action: "list", Products: not DType.F32 }) throw new UsageException("ops: list: products: nothing is computed; leave it out");
        a.RejectUnknown(words: 1);
        return options;
    }
}

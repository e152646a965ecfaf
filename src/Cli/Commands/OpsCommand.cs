using System.Text.Json;
using Pure.Tuner.Ascend;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Cli;

/// <summary><c>ops</c>: the operator table, asked from outside: what there is, whether it is right, who runs it, how fast.</summary>
internal static class OpsCommand
{
    public static Command Command { get; } = new("ops", "list, check, differentiate and time operators", Run)
    {
        Help = """
            pure-tuner ops list|check|grad|bench|cover [key=value ...]

              list     names, formulas, samples
              check    compare outputs and gradients with the definition on the reference backend
              grad     compare gradients with finite differences
              bench    time forward and backward
              cover    who runs which operator where, as a table; with --cards, what each known
                       Ascend card does itself, composes or leaves to the host (no card is needed)

              op=NAME         one operator; all when left out
              backend=NAME    one backend; all that compute when left out, cpu for bench
              products=TYPE   check, grad, bench, cover: operands of products of matrices rounded to bf16 or
                              fp16, as a recipe's bf16 and fp16 have it; the definition rounds them too
              kernels=FILE    an assembly with kernels (IKernelPlugin) or operators (IOpCaseSource) of one's own
              threads=N       threads of the backend
              rows=N width=N  size to time; the usual ones when left out
              repeat=N        runs that count (20)
              warmup_ms=N     time to run before (100)
              dump=FOLDER     bench: also write the machine code for every matrix unit, whether the processor
                              has it or not, and its instructions; code of a plug-in too
              json            one object a line
            """,
        Flags = ["json", "strict_device", "cards"],
    };

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    private static int Run(CommandContext context)
    {
        if (context.Arguments.Flag("cards")) return Cards(context);
        var options = OpsOptions.From(context.Arguments);
        Plugin? plugin = options.Kernels is { } file ? Plugin.Load(file) : null;
        IReadOnlyList<OpCase> ops = options.Op is not { } name ? OpCases.All
            : [OpCases.Find(name) ?? throw new UsageException($"ops: there is no operator '{name}'; did you mean '{Nearest.Of(name, OpCases.All.Select(c => c.Name))}'?")];
        return options.Action switch
        {
            "list" => List(options, ops, context.Output),
            "bench" => Bench(options, ops, plugin, context),
            "cover" => Cover(options, ops, plugin, context.Output),
            _ => Check(options, ops, plugin, context),
        };
    }

    private static int List(OpsOptions options, IReadOnlyList<OpCase> ops, TextWriter output)
    {
        foreach (OpCase op in ops)
        {
            if (options.Json) output.WriteLine(JsonSerializer.Serialize(new { op.Name, op.Formula, samples = op.Samples.Select(s => s.Name), contract = op.Contract?.Name, op.IsDifferentiable }, s_json));
            else output.WriteLine($"{op.Name,-22} {op.Formula,-48} {op.Samples.Count,3} samples{(op.Contract is { } contract ? $"  {contract.Name}" : "")}{(op.IsDifferentiable ? "" : "  no gradient")}");
            if (options is { Op: not null, Json: false })
                foreach (OpSample sample in op.Samples) output.WriteLine($"    {sample.Name}");
        }
        return Shell.Done;
    }

    private static int Check(OpsOptions options, IReadOnlyList<OpCase> ops, Plugin? plugin, CommandContext context)
    {
        if (options.Backend == "null") throw new UsageException($"backend: null computes nothing, so there is nothing to {options.Action}; name cpu or reference");
        int faults = 0, samples = 0;
        using Backend oracle = Open("reference", options, null, products: DType.F32);
        foreach (string name in Names(options, context.Output))
        {
            using Backend backend = Open(name, options, plugin);
            foreach (OpCase op in ops)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                OpFinding[] findings = [.. options.Action == "grad" ? GradCheck.Compare(op, backend, oracle) : OpCheck.Compare(op, backend, oracle)];
                OpFinding[] wrong = [.. findings.Where(f => !f.Passed)];
                (faults, samples) = (faults + wrong.Length, samples + findings.Length);
                double worst = findings.Select(f => f.Worst).DefaultIfEmpty(0).Max();
                if (options.Json) context.Output.WriteLine(JsonSerializer.Serialize(new { check = options.Action, op = op.Name, backend = name, products = options.Products.Name, samples = findings.Length, worst = double.IsFinite(worst) ? worst : (double?)null, faults = wrong.Select(f => $"{f.Sample}: {f.Fault}") }, s_json));
                else
                {
                    context.Output.WriteLine($"{op.Name,-22} {name,-10} {findings.Length,3} samples  worst error {worst:F2} of tolerance  {(wrong.Length == 0 ? "right" : "WRONG")}");
                    foreach (OpFinding f in wrong) context.Output.WriteLine($"    {f.Sample}: {f.Fault}");
                }
            }
        }
        if (!options.Json) context.Output.WriteLine(faults == 0 ? $"all {samples} samples are right{Of(options)}" : $"{faults} of {samples} samples are wrong{Of(options)}");
        return faults == 0 ? Shell.Done : Shell.Failed;
    }

    private static int Bench(OpsOptions options, IReadOnlyList<OpCase> ops, Plugin? plugin, CommandContext context)
    {
        using Backend backend = Open(options.Backend ?? "cpu", options, plugin, poison: false);
        (int, int)[] sizes = options.Rows is null && options.Width is null ? [.. OpBench.Sizes] : [(options.Rows ?? 512, options.Width ?? 896)];
        IMachineLimits limits = new MeasuredPeak(backend is CpuBackend cpu ? cpu.Threads : 1);
        foreach (OpCase op in ops)
            foreach ((int rows, int width) in sizes)
                foreach (OpMeasurement m in OpBench.Measure(op, backend, rows, width, limits, options.Repeat, options.WarmupMs))
                {
                    context.Cancellation.ThrowIfCancellationRequested();
                    if (options.Json) context.Output.WriteLine(JsonSerializer.Serialize(new { name = $"{m.Op} {m.Direction}", shape = m.Shape, dtype = m.DType.Name, products = options.Products.Name, backend = m.Backend, threads = options.Threads ?? Environment.ProcessorCount, medianMs = m.MedianUs / 1000, runs = m.Runs, gflops = m.GFlops, gBPerSecond = m.GBPerSecond, shareOfPeak = m.ShareOfLimit }, s_json));
                    else context.Output.WriteLine($"{m.Op,-22} {m.Direction,-8} {m.Shape,-40} {m.DType.Name,-4}{(options.Products == DType.F32 ? "" : $" products {options.Products.Name}")} {m.MedianUs,11:F1} us  {(m.IsArithmetic ? $"{m.GFlops,8:F1} GFLOP/s" : $"{m.GBPerSecond,8:F1} GB/s   ")}{(m.ShareOfLimit is { } share ? $"  {share:P0} of {(m.IsArithmetic ? "peak" : "copy")}" : "")}");
                }
        if (options.Dump is { } folder) EmittedDump.Write(folder, options.Json ? null : context.Output);
        return Shell.Done;
    }

    private static int Cover(OpsOptions options, IReadOnlyList<OpCase> ops, Plugin? plugin, TextWriter output)
    {
        List<Backend> backends = [];
        try
        {
            if (!options.Json && options.Products != DType.F32) output.WriteLine($"Products of {options.Products.Name}:\n");
            foreach (string name in Names(options, output)) backends.Add(Open(name, options, plugin));
            if (!options.Json) output.Write(OpCoverage.Markdown(ops, backends));
            else
                foreach (OpCase op in ops)
                    foreach (Backend backend in backends)
                    {
                        var c = OpCoverage.Of(op, backend);
                        output.WriteLine(JsonSerializer.Serialize(new { op = c.Op, backend = c.Backend, products = options.Products.Name, forward = c.Forward.ToString().ToLowerInvariant(), training = c.Training.ToString().ToLowerInvariant(), c.Fused, c.Samples }, s_json));
                    }
        }
        finally
        {
            foreach (Backend backend in backends) backend.Dispose();
        }
        return Shell.Done;
    }

    /// <summary>Operators by Ascend cards: kernel, composition or host, for each type.</summary>
    private static int Cards(CommandContext context)
    {
        Arguments a = context.Arguments;
        if (a.Words.FirstOrDefault() != "cover") throw new UsageException($"ops: cards: only cover has it; write ops cover --cards");
        a.RejectUnknown(words: 1);
        (AscendSeries Series, string Name)[] cards = [(AscendSeries.Ascend910, "910A"), (AscendSeries.Ascend910B, "910B1 to B4"), (AscendSeries.Ascend910C, "910_93"), (AscendSeries.Ascend310P, "310P")];
        var lists = cards.Select(c => AscendCapabilities.List(c.Series).ToArray()).ToArray();
        context.Output.WriteLine($"| operator | type | {string.Join(" | ", cards.Select(c => c.Name))} | by, on 910B |\n| --- | --- |{string.Concat(cards.Select(_ => " --- |"))} --- |");
        for (int i = 0; i < lists[0].Length; i++)
            context.Output.WriteLine($"| {lists[0][i].Operator} | {lists[0][i].DType.Name} | {string.Join(" | ", lists.Select(l => l[i].Way.ToString().ToLowerInvariant()))} | {lists[1][i].By} |");
        return Shell.Done;
    }

    private static string Of(OpsOptions options) => options.Products == DType.F32 ? "" : $", products of {options.Products.Name}";

    /// <summary>The backend that was named, or all that compute (the null backend computes nothing). Of those the ones that do not multiply what is asked are left out, each with a line that says so.</summary>
    /// <exception cref="UsageException">Only the definition is left, which would be compared with itself.</exception>
    private static List<string> Names(OpsOptions options, TextWriter output)
    {
        if (options.Backend is { } named) return [named];
        List<string> names = [];
        List<string> missing = [];
        foreach (string name in Backends.All.Keys.Where(n => n != "null"))
        {
            if (options.Products == DType.F32)
            {
                names.Add(name);
                continue;
            }
            using Backend backend = Backends.Open(name, 1);
            if (backend.Multiplies(options.Products)) names.Add(name);
            else missing.Add($"{name} has no products of {options.Products.Name}{WhyNot(backend, options.Products)}");
        }
        if (options is { Action: "check", Kernels: null } && names is ["reference"]) throw new UsageException($"ops: check: products: {string.Join("; ", missing)}: only the definition itself is left; name another backend, such as npu, or leave products out");
        foreach (string line in missing) output.WriteLine(options.Json ? JsonSerializer.Serialize(new { skipped = line }, s_json) : $"skipped: {line}");
        return names;
    }

    private static string WhyNot(Backend backend, DType type) => backend is not CpuBackend cpu ? "" : type == DType.BF16 ? $" ({cpu.MatrixUnitState})" : " (f32, and bf16 with a matrix unit)";

    /// <summary>A backend with the plug-in's kernels and the products that are asked for; poisoned, so that what a kernel leaves unwritten is seen.</summary>
    /// <exception cref="UsageException">There is no such device, or it does not multiply that type.</exception>
    private static Backend Open(string name, OpsOptions options, Plugin? plugin, bool poison = true, DType? products = null)
    {
        Backend backend;
        try { backend = Backends.Open(name, options.Threads); }
        catch (Exception e) when (e is ArgumentException or NotSupportedException) { throw new UsageException(e.Message, e); }
        if (poison && backend is HostBackend host) host.Poison = true;
        if (backend is AscendBackend npu) npu.StrictDevice |= options.StrictDevice;
        plugin?.Register(backend);
        DType type = products ?? options.Products;
        if (backend.Multiplies(type))
        {
            backend.ProductType = type;
            return backend;
        }
        string why = WhyNot(backend, type);
        backend.Dispose();
        throw new UsageException($"ops: {options.Action}: products: {name} has no products of {type.Name}{why}; name a backend that has, such as reference, or leave products out");
    }
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pure.Tuner.Cli;

/// <summary><c>doctor</c>: what the machine can do, and which model sizes fit which method.</summary>
internal static class DoctorCommand
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.Never };

    public static Command Command { get; } = new("doctor", "say what this machine can do and which model sizes fit", Run)
    {
        Help = """
            pure-tuner doctor [--tokens 1024] [--threads N] [--json]

            Measures memory and arithmetic for a moment, then says for each method which model
            sizes fit in this machine's memory and about how fast they would run. --tokens is the
            length of a row (training: one row a micro-batch; inference: prompt and answer).
            The memory is rehearsed as for a real run; the speed is an estimate.

            pure-tuner doctor --device npu[:i] [--report FILE.json] [--json]

            Looks at an Ascend card: toolkit, symbols that are missing, memory, one block forward and
            backward beside the reference backend, latency and rates, and a verdict. --report writes
            all of it to one file, to be sent along when something does not work (docs/ascend.md).
            """,
        Flags = ["json"],
    };

    private static int Run(CommandContext context)
    {
        if (context.Arguments.Text("device") is { } device && device != "cpu") return Card(context, device);
        int tokens = context.Arguments.Int("tokens", 1024, least: 1);
        int? threads = context.Arguments.IntOrNull("threads", least: 1);
        bool json = context.Arguments.Flag("json");
        context.Arguments.RejectUnknown();
        DoctorReport report = DoctorReport.Make(tokens, threads);
        if (json) context.Output.WriteLine(JsonSerializer.Serialize(report, s_json));
        else Print(report, context.Output);
        return Shell.Done;
    }

    private static int Card(CommandContext context, string device)
    {
        string? file = context.Arguments.Text("report");
        bool json = context.Arguments.Flag("json");
        context.Arguments.RejectUnknown();
        NpuReport r = NpuReport.Make(device);
        string text = JsonSerializer.Serialize(r, s_json);
        if (file is not null) AtomicFile.WriteText(file, text + "\n");
        if (json) context.Output.WriteLine(text);
        else Print(r, context.Output);
        if (file is not null) context.Error.WriteLine($"report      {file}");
        return r.Usable ? Shell.Done : Shell.Failed;
    }

    private static void Print(NpuReport r, TextWriter output)
    {
        Line("card", $"{(r.Card.Length == 0 ? "without a name" : r.Card)} as {r.Device}");
        Line("toolkit", r.Toolkit + (r.RuntimeVersion is { } version ? $", runtime {version}" : ""));
        Line("memory", $"{MachineMemory.Text(r.TotalBytes)}, of which {MachineMemory.Text(r.FreeBytes)} are free");
        Line("symbols", r.MissingSymbols.Count == 0 ? "all there" : "missing:");
        foreach ((string feature, string[] names) in r.MissingSymbols) output.WriteLine($"  {feature,-16} {string.Join(", ", names)}");
        Line("operators", "");
        foreach (string way in r.Ways) output.WriteLine($"  {way}");
        if (r.RefusedKernels.Length > 0) Line("refused", $"{string.Join(", ", r.RefusedKernels)}: composed in its place; is the kernels package of the card installed?");
        foreach (NpuCheck c in r.Checks) Line("check", $"weights in {c.DType}: " + (c.Fault ?? Text($"{(c.Passed ? "right" : "WRONG")}: loss off by {c.LossError:G2}, gradients by {c.GradientError:G2} of their size at most in three passes; {c.Planned} operators planned, {c.Reused} launched as planned before")));
        foreach (NpuRate rate in r.Rates) Line("rate", Text($"{rate.What}: {rate.Value:G3} {rate.Unit}"));
        if (r.HostFallbacks > 0) Line("host", $"did {r.HostFallbacks} pieces of work that the card could not");
        Line("verdict", r.Verdict);

        void Line(string name, string value) => output.WriteLine($"{name,-12} {value}");
    }

    private static void Print(DoctorReport r, TextWriter output)
    {
        Line("processor", $"{r.Processor}, {r.Cores} cores, {r.Threads} threads used");
        Line("vectors", $"{r.VectorBits} bits ({string.Join(" ", r.Extensions)})");
        Line("bf16", r.MatrixUnits);
        Line("int8", r.IntegerUnits);
        Line("arithmetic", Text($"{r.Gflops:F0} GFLOP/s in matrix multiply, {r.ReadGBPerSecond:F0} GB/s reading memory (measured just now)"));
        Line("memory", $"{MachineMemory.Text(r.MemoryBytes)}, of which {MachineMemory.Text(r.AvailableBytes)} are free");
        Line("disk", r.DiskFreeBytes is { } free ? $"{MachineMemory.Text(free)} free in {r.Folder}" : $"unknown in {r.Folder}");
        Line("runtime", r.Runtime);
        foreach (DoctorDevice device in r.Devices) Line(device.Name, device.State);
        output.WriteLine();
        output.WriteLine(Text($"Memory of each method, rows of {r.Tokens} tokens, one row a micro-batch, base in BF16 (qlora: its layers in NF4), trained tensors in F32, AdamW, LoRA of rank 8 (GiB):"));
        Table(c => Text($"{(c.Fits ? "fits" : "needs")} {c.Bytes / 1073741824.0:F1}"));
        output.WriteLine();
        output.WriteLine("Tokens a second, estimated (arithmetic of a token over the speed measured above; inference: bytes of the weights over the speed of reading):");
        Table(c => c.Fits ? Text($"{c.TokensPerSecond:G2}") : "-");

        void Line(string name, string value) => output.WriteLine($"{name,-12} {value}");

        void Table(Func<DoctorFit, string> cell)
        {
            string[] sizes = [.. r.Models.Select(f => f.Size).Distinct()];
            output.WriteLine($"  {"",-18}{string.Concat(sizes.Select(s => $"{s,13}"))}");
            foreach (IGrouping<string, DoctorFit> method in r.Models.GroupBy(f => f.Method))
                output.WriteLine($"  {method.Key,-18}{string.Concat(method.Select(f => $"{cell(f),13}"))}");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

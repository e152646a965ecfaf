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
            """,
        Flags = ["json"],
    };

    private static int Run(CommandContext context)
    {
        int tokens = context.Arguments.Int("tokens", 1024, least: 1);
        int? threads = context.Arguments.IntOrNull("threads", least: 1);
        bool json = context.Arguments.Flag("json");
        context.Arguments.RejectUnknown();
        DoctorReport report = DoctorReport.Make(tokens, threads);
        if (json) context.Output.WriteLine(JsonSerializer.Serialize(report, s_json));
        else Print(report, context.Output);
        return Shell.Done;
    }

    private static void Print(DoctorReport r, TextWriter output)
    {
        Line("processor", $"{r.Processor}, {r.Cores} cores, {r.Threads} threads used");
        Line("vectors", $"{r.VectorBits} bits ({string.Join(" ", r.Extensions)})");
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

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Cli;

/// <summary><c>env</c>: what a report of a fault or of a speed should say about the machine.</summary>
internal static class EnvCommand
{
    public static Command Command { get; } = new("env", "print version, runtime, processor and backends", Run) { Help = "pure-tuner env" };

    private static int Run(CommandContext context)
    {
        context.Arguments.RejectUnknown();
        void Line(string name, string value) => context.Output.WriteLine($"{name,-12} {value}");
        Line("version", VersionCommand.Version);
        Line("runtime", $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}");
        Line("system", RuntimeInformation.OSDescription);
        Line("processor", $"{RuntimeInformation.ProcessArchitecture}{(ProcessorName() is { } name ? $", {name}" : "")}");
        Line("threads", $"{Environment.ProcessorCount}");
        Line("vectors", $"128 bits: {Yes(Vector128.IsHardwareAccelerated)}, 256: {Yes(Vector256.IsHardwareAccelerated)}, 512: {Yes(Vector512.IsHardwareAccelerated)}");
        Line("extensions", string.Join(" ", Extensions()));
        foreach (MatrixUnit unit in MatrixUnits.Here.All) Line(unit.Name, unit.Obstacle ?? "yes");
        Line("memory", $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1 << 20)} MiB");
        foreach (string backend in Backends.All.Keys)
        {
            using Backend opened = Backends.Open(backend);
            Line($"{backend}", opened.Description);
        }
        return Shell.Done;
    }

    private static string Yes(bool value) => value ? "yes" : "no";

    internal static IEnumerable<string> Extensions() =>
        from e in new (string Name, bool Has)[]
        {
            ("sse4.2", Sse42.IsSupported), ("avx", Avx.IsSupported), ("avx2", Avx2.IsSupported), ("fma", Fma.IsSupported), ("avx512f", Avx512F.IsSupported), ("avx512bw", Avx512BW.IsSupported),
            ("avx512vbmi", Avx512Vbmi.IsSupported), ("neon", AdvSimd.IsSupported), ("dotprod", Dp.IsSupported),
        }
        where e.Has
        select e.Name;

    /// <summary>The kernel knows it on Linux; elsewhere nothing in the class library does.</summary>
    internal static string? ProcessorName() =>
        !File.Exists("/proc/cpuinfo") ? null :
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
}

using System.Diagnostics;
using System.Globalization;

namespace Pure.Tuner.Cli;

/// <summary>What the process has taken at most.</summary>
internal static class ProcessMemory
{
    /// <summary>Peak resident memory in MiB: VmHWM where the system tells it.</summary>
    public static double PeakMiB()
    {
        const string Status = "/proc/self/status";
        if (File.Exists(Status))
            foreach (string line in File.ReadLines(Status))
                if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                    return long.Parse(line.AsSpan(6, line.Length - 6 - 2).Trim(), CultureInfo.InvariantCulture) / 1024.0;
        return Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0;
    }
}

using System.Diagnostics;
using System.Globalization;

namespace Pure.Tuner.Cli;

/// <summary>What the process has taken at most.</summary>
internal static class ProcessMemory
{
    /// <summary>Peak resident memory in MiB: VmHWM where the system tells it.</summary>
    public static double PeakMiB()
    {
        return Told("/proc/self/status") ?? Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0;
    }

    /// <summary>The same of another process, or null where it has ended or the system does not tell.</summary>
    public static double? PeakMiB(int process) => Told($"/proc/{process}/status");

    private static double? Told(string status)
    {
        try
        {
            if (File.Exists(status))
                foreach (string line in File.ReadLines(status))
                    if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                        return long.Parse(line.AsSpan(6, line.Length - 6 - 2).Trim(), CultureInfo.InvariantCulture) / 1024.0;
        }
        catch (IOException)
        {
            // It ended while its file was read.
        }
        return null;
    }
}

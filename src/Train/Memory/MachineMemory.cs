using System.Diagnostics;
using System.Globalization;

namespace Pure.Tuner;

/// <summary>What memory this machine has, how much of it is free, and what the process holds: as Linux and its control groups tell it, else as the runtime does.</summary>
internal sealed class MachineMemory
{
    private readonly string _root;

    /// <param name="root">Where /proc and /sys stand; tests put their own there.</param>
    internal MachineMemory(string root = "/") => _root = root;

    /// <summary>Memory that processes here can have at all: the machine's, or less where a control group (a container) says so.</summary>
    internal long LimitBytes => Math.Min(MemInfo("MemTotal") ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, Groups().Select(g => g.Limit).DefaultIfEmpty(long.MaxValue).Min());

    /// <summary>Memory that nobody holds at present, caches of files that can be dropped counted as free.</summary>
    internal long AvailableBytes
    {
        get
        {
            GCMemoryInfo info = GC.GetGCMemoryInfo();
            long free = MemInfo("MemAvailable") ?? Math.Max(0, info.TotalAvailableMemoryBytes - info.MemoryLoadBytes);
            return Math.Max(0, Groups().Select(g => g.Limit - g.Used).Append(free).Min());
        }
    }

    /// <summary>Resident memory of this process now.</summary>
    internal long ResidentBytes => Status("VmRSS") ?? Environment.WorkingSet;

    /// <summary>The most that was resident since the process began: VmHWM.</summary>
    internal long PeakResidentBytes
    {
        get
        {
            if (Status("VmHWM") is { } peak) return peak;
            using var self = Process.GetCurrentProcess();
            return self.PeakWorkingSet64;
        }
    }

    /// <summary>A number of bytes for people: MiB, from 10 GiB on GiB.</summary>
    internal static string Text(long bytes) => bytes < 10L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:N0} MiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:N1} GiB");

    private long? MemInfo(string key) => Field("proc/meminfo", key);

    private long? Status(string key) => Field("proc/self/status", key);

    /// <summary>"Key:   123 kB" of a file, in bytes.</summary>
    private long? Field(string file, string key)
    {
        foreach (string line in Lines(file))
            if (line.StartsWith(key, StringComparison.Ordinal) && line.Length > key.Length && line[key.Length] == ':'
                && long.TryParse(line.AsSpan(key.Length + 1).Trim().TrimEnd("kB").Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long kilobytes))
                return kilobytes * 1024;
        return null;
    }

    /// <summary>Limit and use of the process's control group and of those around it; what files could be dropped is not in use.</summary>
    private IEnumerable<(long Limit, long Used)> Groups()
    {
        string path = Lines("proc/self/cgroup").FirstOrDefault(l => l.StartsWith("0::", StringComparison.Ordinal))?[3..].Trim('/') ?? "";
        while (true)
        {
            string folder = Path.Combine("sys/fs/cgroup", path);
            if (Number(Path.Combine(folder, "memory.max")) is { } limit)
                yield return (limit, (Number(Path.Combine(folder, "memory.current")) ?? 0) - Droppable(Path.Combine(folder, "memory.stat")));
            if (path.Length == 0) break;
            path = Path.GetDirectoryName(path) ?? "";
        }
        const string First = "sys/fs/cgroup/memory";                             // version 1; no limit is a number near 2^63
        if (Number(Path.Combine(First, "memory.limit_in_bytes")) is { } old && old < long.MaxValue / 2)
            yield return (old, Number(Path.Combine(First, "memory.usage_in_bytes")) ?? 0);
    }

    private long Droppable(string file) =>
        Lines(file).Where(l => l.StartsWith("inactive_file ", StringComparison.Ordinal)).Select(l => long.TryParse(l.AsSpan(14), out long n) ? n : 0).FirstOrDefault();

    private long? Number(string file) => long.TryParse(Lines(file).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out long n) ? n : null;

    private string[] Lines(string file)
    {
        try
        {
            string path = Path.Combine(_root, file);
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return []; }
    }
}

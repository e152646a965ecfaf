using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Cli;

/// <summary>What stands beside every recorded figure: processor, cores, units, memory, runtime.</summary>
internal static class MachineInfo
{
    /// <summary>Flags of /proc/cpuinfo that decide what a kernel may use, of Intel and AMD and of Arm.</summary>
    private static readonly string[] s_sets =
    [
        "avx", "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8", "amx_bf16",
        "asimd", "asimddp", "i8mm", "bf16", "sve", "sve2",
    ];

    /// <summary>One line: the machine as a reader of figures must know it.</summary>
    public static string Line
    {
        get
        {
            string vectors = Vector512.IsHardwareAccelerated ? "vectors of 512 bits" : Vector256.IsHardwareAccelerated ? "vectors of 256 bits" : Vector128.IsHardwareAccelerated ? "vectors of 128 bits" : "no vectors";
            string memory = string.Create(CultureInfo.InvariantCulture, $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30):F0} GiB");
            return $"{EnvCommand.ProcessorName() ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} cores, {vectors}, {memory}, {RuntimeInformation.FrameworkDescription}";
        }
    }

    /// <summary>Instruction sets that the processor names and that matter here, whether .NET can use them or not.</summary>
    public static string[] InstructionSets()
    {
        const string Info = "/proc/cpuinfo";
        string? flags = File.Exists(Info) ? File.ReadLines(Info).FirstOrDefault(l => l.StartsWith("flags", StringComparison.Ordinal) || l.StartsWith("Features", StringComparison.Ordinal)) : null;
        if (flags is null) return [.. EnvCommand.Extensions()];
        var has = flags.Split(':', 2)[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet();
        return [.. s_sets.Where(has.Contains)];
    }

    /// <summary>Bytes of each cache that a core sees, as Linux tells them: L1d, L1i, L2, L3.</summary>
    public static Dictionary<string, long> CacheBytes()
    {
        var caches = new Dictionary<string, long>();
        const string Folder = "/sys/devices/system/cpu/cpu0/cache";
        if (!Directory.Exists(Folder)) return caches;
        foreach (string cache in Directory.EnumerateDirectories(Folder, "index*").Order(StringComparer.Ordinal))
            try
            {
                string level = "L" + Read("level") + Read("type") switch { "Data" => "d", "Instruction" => "i", _ => "" }, size = Read("size");
                long unit = size[^1] switch { 'K' => 1 << 10, 'M' => 1 << 20, _ => 1 };
                caches[level] = long.Parse(size.TrimEnd('K', 'M'), NumberStyles.None, CultureInfo.InvariantCulture) * unit;
                string Read(string name) => File.ReadAllText(Path.Combine(cache, name)).Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
            {
                // A sandbox that hides it: then it is not told.
            }
        return caches;
    }
}

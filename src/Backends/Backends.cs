namespace Pure.Tuner;

/// <summary>The devices by name.</summary>
public static class Backends
{
    private static readonly string[] s_planned = ["opencl"];

    /// <summary>Names of an Ascend card; a number may follow a colon.</summary>
    private static readonly string[] s_npu = ["npu", "ascend"];

    /// <summary>Name and factory of each backend that opens on any computer; the number is how many threads it may use. Cards are opened by <see cref="Open"/>: npu, npu:1.</summary>
    public static IReadOnlyDictionary<string, Func<int, Backend>> All { get; } = new SortedDictionary<string, Func<int, Backend>>(StringComparer.Ordinal)
    {
        ["cpu"] = threads => new CpuBackend(threads),
        ["null"] = _ => new NullBackend(),
        ["reference"] = _ => new ReferenceBackend(),
    };

    /// <summary>Opens a device.</summary>
    /// <param name="name">A name of <see cref="All"/>, or npu (ascend is the same), npu:1, ... for an Ascend card.</param>
    /// <param name="threads">How many threads; else DOTNET_PROCESSOR_COUNT, else all cores. Never changes a bit of a result.</param>
    /// <exception cref="ArgumentException">No backend has that name, or the number of threads is below 1.</exception>
    /// <exception cref="NotSupportedException">The device is planned but not built yet, or there is no toolkit or card for it.</exception>
    public static Backend Open(string name, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (threads < 1) throw new ArgumentException($"backend: at least one thread is needed, not {threads}");
        if (All.TryGetValue(name, out Func<int, Backend>? open)) return open(threads ?? Environment.ProcessorCount);   // the runtime puts DOTNET_PROCESSOR_COUNT there
        if (Card(name) is { } card) return SimulatedCard?.Invoke(card) ?? new AscendBackend(card);
        if (s_planned.Contains(name.Split(':')[0])) throw new NotSupportedException($"backend: {name} is not built yet (known: {Known})");
        throw new ArgumentException($"backend: no device '{name}' (known: {Known})");
    }

    /// <summary>What opens a card in tests that have none.</summary>
    internal static Func<int, Backend>? SimulatedCard { get; set; }

    private static string Known => string.Join(", ", [.. All.Keys, "npu", "npu:1"]);

    /// <summary>The number of an Ascend card: 0 for npu, 1 for npu:1; null for another name.</summary>
    private static int? Card(string name)
    {
        int colon = name.IndexOf(':', StringComparison.Ordinal);
        if (!s_npu.Contains(colon < 0 ? name : name[..colon])) return null;
        if (colon < 0) return 0;
        return int.TryParse(name.AsSpan(colon + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int card)
            ? card : throw new ArgumentException($"backend: '{name}': a card's number is expected behind the colon, as in npu:1");
    }
}

namespace Pure.Tuner;

/// <summary>The devices by name.</summary>
public static class Backends
{
    private static readonly string[] s_planned = ["npu", "opencl"];

    /// <summary>Name and factory of each backend; the number is how many threads it may use.</summary>
    public static IReadOnlyDictionary<string, Func<int, Backend>> All { get; } = new SortedDictionary<string, Func<int, Backend>>(StringComparer.Ordinal)
    {
        ["cpu"] = threads => new CpuBackend(threads),
        ["null"] = _ => new NullBackend(),
        ["reference"] = _ => new ReferenceBackend(),
    };

    /// <summary>Opens a device.</summary>
    /// <param name="name">A name of <see cref="All"/>.</param>
    /// <param name="threads">How many threads; else DOTNET_PROCESSOR_COUNT, else all cores. Never changes a bit of a result.</param>
    /// <exception cref="ArgumentException">No backend has that name, or the number of threads is below 1.</exception>
    /// <exception cref="NotSupportedException">The device is planned but not built yet.</exception>
    public static Backend Open(string name, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (threads < 1) throw new ArgumentException($"backend: at least one thread is needed, not {threads}");
        if (All.TryGetValue(name, out Func<int, Backend>? open)) return open(threads ?? Environment.ProcessorCount);   // the runtime puts DOTNET_PROCESSOR_COUNT there
        if (s_planned.Contains(name.Split(':')[0])) throw new NotSupportedException($"backend: {name} is not built yet (known: {string.Join(", ", All.Keys)})");
        throw new ArgumentException($"backend: no device '{name}' (known: {string.Join(", ", All.Keys)})");
    }
}

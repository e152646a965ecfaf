namespace Pure.Tuner.Ascend.Simulator;

/// <summary>The simulator as tests see it.</summary>
public static class Simulator
{
    private static SimulatorOptions? s_options;
    private static LeakReport s_lastReport = new();
    private static Counters s_lastCounters = new();

    /// <summary>What is imitated from the next aclInit on: what was configured, else what the environment says.</summary>
    public static SimulatorOptions Options => s_options ?? SimulatorOptions.FromEnvironment();

    /// <summary>What was done since aclInit, or until the last aclFinalize.</summary>
    public static Counters Counters => Runtime.Alive?.Counters ?? s_lastCounters;

    /// <summary>What is alive now, or was at the last aclFinalize.</summary>
    public static LeakReport Leaks => Runtime.Alive is { } world ? LeakReport.Of(world) : s_lastReport;

    /// <summary>How often something was done since aclInit that can be made to fail: launch, plan, copy, alloc, host.</summary>
    public static long Count(string what) => Runtime.Alive?.Faults.Count(what) ?? 0;

    /// <summary>The function that was made to fail last since aclInit; null if none was.</summary>
    public static string? Injected => Runtime.Alive?.Faults.Injected;

    /// <summary>The rules that callers are held to.</summary>
    public static IReadOnlyList<Rule> Rules { get; } = Rule.Read();

    /// <summary>Ends everything as if the process had just begun, and sets what is imitated; null: what the environment says.</summary>
    public static void Reset(SimulatorOptions? options = null)
    {
        Runtime.Reset();
        s_options = options;
        (s_lastReport, s_lastCounters) = (new(), new());
    }

    /// <summary>The functions that the toolkit has, by name: what dlsym finds.</summary>
    public static IReadOnlyDictionary<string, nint> Symbols() => Symbols(Options);

    /// <summary>The functions that the toolkit of a card and of a version of CANN has.</summary>
    public static IReadOnlyDictionary<string, nint> Symbols(string soc, string cann) => Symbols(Options with { Soc = soc, Cann = cann });

    /// <summary>The functions that a toolkit with these options has.</summary>
    public static IReadOnlyDictionary<string, nint> Symbols(SimulatorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var faults = new Faults(options.Fault);
        return Exports.Table.Where(f => Exists(f.Name, options, faults)).ToDictionary(f => f.Name, f => f.Address, StringComparer.Ordinal);
    }

    /// <summary>Whether the toolkit has a function. CANN 8.1 lacks those that only the libraries of 9.x are known to export.</summary>
    internal static bool Exists(string symbol, SimulatorOptions options, Faults faults)
    {
        const string PhaseOneEnd = "GetWorkspaceSize";
        string op = symbol.EndsWith(PhaseOneEnd, StringComparison.Ordinal) ? symbol[..^PhaseOneEnd.Length] : symbol;
        return !faults.IsMissing(op) && !faults.IsMissing(symbol) && (options.Cann != "8.1" || !s_later.Value.Contains(symbol));
    }

    /// <summary>Keeps the counts of what ends, and prints them if that was asked for.</summary>
    internal static void Ended(World world)
    {
        s_lastReport = LeakReport.Of(world);
        s_lastReport.Tell();
        s_lastCounters = world.Counters;
        if (!world.Options.Report) return;
        string broken = string.Join(", ", Breaches.All.GroupBy(b => b.Rule).Select(g => g.Count() == 1 ? g.Key : $"{g.Key} {g.Count()} times"));
        Console.Error.WriteLine($"simulated {world.Card.Soc}: {s_lastReport}\nsimulated {world.Card.Soc}: {s_lastCounters}\nsimulated {world.Card.Soc}: broken: {(broken.Length == 0 ? "nothing" : broken)}");
    }

    private static readonly Lazy<HashSet<string>> s_later = new(() =>
        Exports.Table.Where(f => f.Library.StartsWith("libopapi_", StringComparison.Ordinal)).Select(f => f.Name).ToHashSet(StringComparer.Ordinal));
}

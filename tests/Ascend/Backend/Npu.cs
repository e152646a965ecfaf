using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>The backend on a simulated card, through the table of functions in this process. What was not given back at its end is a failure.</summary>
internal sealed class Npu : IDisposable
{
    // What no status tells.
    private static readonly HashSet<string> s_silent = [.. Simulator.Rules.Where(r => r.Code == "poison").Select(r => r.Id)];

    private readonly AscendBackend _backend;

    /// <param name="simulated">The card.</param>
    /// <param name="options">How it is used.</param>
    /// <param name="instead">Functions that stand in the place of the library's own.</param>
    public Npu(SimulatorOptions? simulated = null, AscendOptions? options = null, IReadOnlyDictionary<string, nint>? instead = null)
    {
        Simulator.Reset(simulated ?? new());
        Breaches.Clear();
        _backend = new AscendBackend(new Table(new Dictionary<string, nint>([.. Simulator.Symbols().Where(s => instead?.ContainsKey(s.Key) != true), .. instead ?? new Dictionary<string, nint>()])), options ?? new(), "simulated");
    }

    public AscendBackend Backend => _backend;

    /// <summary>Whether objects that outlive the backend are looked for at the end.</summary>
    public bool ExpectsLeaks { get; init; }

    /// <summary>Whether the card refuses a fused operator that was asked for: in all other tests that is a rule the backend broke.</summary>
    public bool ExpectsRefusals { get; init; }

    public static implicit operator AscendBackend(Npu npu) => npu._backend;

    public void Dispose()
    {
        IReadOnlyCollection<string> refusals = _backend.Refusals;
        _backend.Dispose();
        LeakReport leaks = Simulator.Leaks;
        Simulator.Reset();
        if (!ExpectsRefusals) Assert.Empty(refusals);
        Assert.DoesNotContain(Breaches.All, b => s_silent.Contains(b.Rule));
        if (!ExpectsLeaks) Assert.Equal("everything was given back", leaks.ToString());
    }

    internal sealed class Table(IReadOnlyDictionary<string, nint> symbols) : ISymbols
    {
        public nint Find(string library, string name) => symbols.GetValueOrDefault(name);
    }
}

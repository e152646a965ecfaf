namespace Pure.Tuner.Tests;

/// <summary>How one kind of golden case is run.</summary>
public interface IGoldenKind
{
    /// <summary>The value of "kind" in case.json.</summary>
    string Kind { get; }

    /// <summary>Null when the case can be run, else why not yet.</summary>
    string? SkipReason(GoldenCase golden) => null;

    /// <summary>Fails by an assertion when the result is not the expected one.</summary>
    void Run(GoldenCase golden);
}

[Trait("Category", "Golden")]
public class GoldenTests
{
    /// <summary>Areas that wait for work to come (golden README, "Areas and kinds").</summary>
    private static readonly string[] s_laterAreas = ["hybrid", "multimodal", "extras", "serving", "evaluation"];

    private static readonly Dictionary<string, IGoldenKind> s_kinds = typeof(GoldenTests).Assembly.GetTypes()
        .Where(t => t.IsAssignableTo(typeof(IGoldenKind)) && t is { IsAbstract: false, IsInterface: false })
        .Select(t => (IGoldenKind)Activator.CreateInstance(t)!)
        .ToDictionary(k => k.Kind);

    private static readonly Lazy<(string Name, string Kind, string Area)[]> s_cases = new(() =>
        [.. GoldenCase.List().Select(n => (n, GoldenCase.Load(Path.Combine(Repository.GoldenRoot, n)).Kind, n.Split('/')[0]))]);

    private static bool Runs((string Name, string Kind, string Area) c) => s_kinds.ContainsKey(c.Kind) && !s_laterAreas.Contains(c.Area);

    public static TheoryData<string> Cases() => Data(s_cases.Value.Where(Runs).Select(c => c.Name));

    /// <summary>The oracle is proved too, unless it is what all cases run on anyway.</summary>
    public static TheoryData<string> CasesOnReference() =>
        Data(s_cases.Value.Where(c => Runs(c) && c.Kind is "causal_lm" or "train_trace" && GoldenBackend.Name != "reference").Select(c => c.Name));

    /// <summary>Cases nobody runs yet, by kind and count.</summary>
    public static TheoryData<string, int, string> NotRunYet()
    {
        TheoryData<string, int, string> data = [];
        foreach (var group in s_cases.Value.Where(c => !Runs(c)).GroupBy(c => (c.Kind, Later: s_laterAreas.Contains(c.Area) ? c.Area : null)).OrderBy(g => g.Key.Kind, StringComparer.Ordinal))
            data.Add(group.Key.Kind, group.Count(), group.Key.Later is { } area ? $"area {area} waits for work to come" : "no test body for this kind yet");
        if (data.Count == 0) data.Add("", 0, "");
        return data;
    }

    [SkippableTheory, MemberData(nameof(Cases))]
    public void Golden(string name) => Run(name, (kind, golden) => kind.Run(golden));

    [SkippableTheory, MemberData(nameof(CasesOnReference))]
    public void Golden_on_reference(string name) => Run(name, (kind, golden) => GoldenBackend.Run("reference", backend =>
    {
        if (kind is CausalLmKind) CausalLmKind.Run(golden, backend);
        else TrainTraceKind.Run(golden, backend);
    }));

    [SkippableTheory, MemberData(nameof(NotRunYet))]
    public void Not_run_yet(string kind, int count, string reason)
    {
        Skip.If(count > 0, $"{kind}: {count} cases: {reason}");
        Assert.Equal(0, count);
    }

    private static TheoryData<string> Data(IEnumerable<string> names)
    {
        TheoryData<string> data = [];
        foreach (string name in names) data.Add(name);
        if (data.Count == 0) data.Add("");
        return data;
    }

    private static void Run(string name, Action<IGoldenKind, GoldenCase> run)
    {
        Skip.If(name.Length == 0, $"no golden cases to run in {Repository.GoldenRoot} (set GOLDEN_ROOT)");
        GoldenCase golden = GoldenCase.Load(Path.Combine(Repository.GoldenRoot, name));
        string? only = Environment.GetEnvironmentVariable("GOLDEN_KIND");
        Skip.If(only is { Length: > 0 } && !only.Split(',').Contains(golden.Kind), $"kind {golden.Kind} is not in GOLDEN_KIND={only}");
        IGoldenKind kind = s_kinds[golden.Kind];
        string? reason = kind.SkipReason(golden);
        Skip.If(reason is not null, $"{golden.Kind}: {reason}");
        string? unrounded = RoundedProducts.SkipReason(golden.Kind);
        Skip.If(unrounded is not null, unrounded);
        golden.Distances = RoundedProducts.Of();
        run(kind, golden);
        RoundedProducts.Finish(golden);
    }
}

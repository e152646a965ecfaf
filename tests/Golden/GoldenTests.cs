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

    public static TheoryData<string> Cases()
    {
        TheoryData<string> data = [];
        foreach (string name in GoldenCase.List()) data.Add(name);
        if (data.Count == 0) data.Add("");
        return data;
    }

    [SkippableTheory, MemberData(nameof(Cases))]
    public void Golden(string name)
    {
        Skip.If(name.Length == 0, $"no golden cases in {Repository.GoldenRoot} (set GOLDEN_ROOT)");
        GoldenCase golden = GoldenCase.Load(Path.Combine(Repository.GoldenRoot, name));
        string? only = Environment.GetEnvironmentVariable("GOLDEN_KIND");
        Skip.If(only is { Length: > 0 } && !only.Split(',').Contains(golden.Kind), $"kind {golden.Kind} is not in GOLDEN_KIND={only}");
        Skip.If(s_laterAreas.Contains(golden.Area), $"{golden.Kind}: area {golden.Area} waits for work to come");
        Skip.IfNot(s_kinds.ContainsKey(golden.Kind), $"{golden.Kind}: no test body for this kind yet");
        IGoldenKind kind = s_kinds[golden.Kind];
        string? reason = kind.SkipReason(golden);
        Skip.If(reason is not null, $"{golden.Kind}: {reason}");
        kind.Run(golden);
    }
}

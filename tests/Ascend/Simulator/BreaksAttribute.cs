using System.Reflection;
using Pure.Tuner.Ascend.Simulator;
using Xunit.Sdk;

namespace Pure.Tuner.Tests;

/// <summary>Names the rules of rules.tsv that a test breaks: it fails unless the simulator has reported each of them, and no other, while it ran.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BreaksAttribute(params string[] rules) : BeforeAfterTestAttribute
{
    private static readonly HashSet<string> s_kept = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Rules => rules;

    /// <summary>Keeps what was reported before a test cleared the list.</summary>
    public static void Keep(IEnumerable<Breach> reported) => s_kept.UnionWith(reported.Select(b => b.Rule));

    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest)
    {
        s_kept.Clear();
        Breaches.Clear();
    }

    /// <inheritdoc/>
    public override void After(MethodInfo methodUnderTest)
    {
        Keep(Breaches.All);
        Assert.Equal(rules.Order(StringComparer.Ordinal), s_kept.Order(StringComparer.Ordinal));
    }
}

/// <summary>Names the rules of rules.tsv that say how the library behaves, and that nobody can break: the test shows what they say, and what becomes of who takes it otherwise.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ShowsAttribute(params string[] rules) : Attribute
{
    public IReadOnlyList<string> Rules => rules;
}

/// <summary>The simulator is one per process: its tests run one after another.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class SimulatorCollection
{
    public const string Name = "Ascend simulator";
}

namespace Pure.Tuner.Tests;

/// <summary>Names the rules of rules.tsv that a test breaks, or shows where the rule says what happens.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BreaksAttribute(params string[] rules) : Attribute
{
    public IReadOnlyList<string> Rules => rules;
}

/// <summary>The simulator is one per process: its tests run one after another.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class SimulatorCollection
{
    public const string Name = "Ascend simulator";
}

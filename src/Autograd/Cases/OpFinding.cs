namespace Pure.Tuner;

/// <summary>What a check found for one sample.</summary>
/// <param name="Op">Operator.</param>
/// <param name="Sample">Sample.</param>
/// <param name="Backend">Backend under test.</param>
/// <param name="Worst">Largest error in units of the tolerance; above 1 is a fault.</param>
/// <param name="Fault">What is wrong, or null.</param>
public sealed record OpFinding(string Op, string Sample, string Backend, double Worst, string? Fault)
{
    /// <summary>Whether the sample passed.</summary>
    public bool Passed => Fault is null;

    /// <inheritdoc/>
    public override string ToString() => $"{Op} {Sample} on {Backend}: {Fault ?? "right"}";
}

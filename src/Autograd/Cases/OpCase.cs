namespace Pure.Tuner;

/// <summary>A row of the operator table: answers whether it is right, whether its gradient is, who runs it and how fast.</summary>
/// <param name="Name">As in messages: rms_norm.</param>
/// <param name="Formula">What it computes, in a few signs.</param>
/// <param name="Samples">Ways to call it that the checks go through.</param>
public sealed record OpCase(string Name, string Formula, IReadOnlyList<OpSample> Samples)
{
    /// <summary>The kernel contract of a fused operator, or null.</summary>
    public Type? Contract { get; init; }

    /// <summary>Whether it has a gradient.</summary>
    public bool IsDifferentiable { get; init; } = true;

    /// <summary>A sample to be timed, from a number of rows and their length.</summary>
    public Func<int, int, OpSample>? Bench { get; init; }

    /// <summary>The bench sample ready to run on a backend.</summary>
    /// <exception cref="NotSupportedException">The operator has no bench shape.</exception>
    public PreparedCase Prepare(Backend backend, int rows, int width) =>
        new(Bench?.Invoke(rows, width) ?? throw new NotSupportedException($"{Name}: no bench shape"), Name, backend);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

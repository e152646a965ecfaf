namespace Pure.Tuner;

/// <summary>One way to call an operator: inputs, the public form, and the definition where there is one.</summary>
/// <param name="Name">What is special about it: shapes, settings.</param>
/// <param name="Inputs">In the order in which <paramref name="Run"/> reads them.</param>
/// <param name="Run">The public form.</param>
public sealed record OpSample(string Name, IReadOnlyList<OpInput> Inputs, Func<OpInputs, Tensor> Run)
{
    /// <summary>The definition; null when the operator is a primitive, whose definition is the oracle's.</summary>
    public Func<OpInputs, Tensor>? Compose { get; init; }

    /// <summary>Whether finite differences tell the gradient: not where the operator holds one back on purpose or turns too sharply for a step.</summary>
    public bool IsSmooth { get; init; } = true;

    /// <summary>Whether every float is F32, so that finite differences make sense.</summary>
    public bool IsF32 => Narrowest == DType.F32;

    /// <summary>A format that the operator's frozen weight is packed in, or null.</summary>
    internal PackedSample? Packed { get; init; }

    /// <summary>Rows of that weight.</summary>
    internal int PackedRows { get; init; }

    /// <summary>A narrow dtype that no input has, but a result.</summary>
    public DType Narrow { get; init; }

    /// <summary>The narrowest dtype in it: what tolerance follows.</summary>
    public DType Narrowest => Has(DType.BF16) ? DType.BF16 : Has(DType.F16) ? DType.F16 : DType.F32;

    /// <summary>The same with activations of another dtype.</summary>
    public OpSample As(DType dtype) => this with { Name = $"{Name} {dtype.Name}", Inputs = [.. Inputs.Select(i => i.IsActivation ? i with { DType = dtype } : i)] };

    /// <summary>The same with weights of another dtype.</summary>
    public OpSample WeightsAs(DType dtype) => this with { Name = $"{Name} weights {dtype.Name}", Inputs = [.. Inputs.Select(i => i.IsWeight ? i with { DType = dtype } : i)] };

    /// <summary>The same with activations that lie otherwise in memory, where they have the dimensions for it.</summary>
    public OpSample Laid(OpLayout layout)
    {
        int rank = layout == OpLayout.Transposed ? 2 : 1;
        return this with { Name = $"{Name} {layout.ToString().ToLowerInvariant()}", Inputs = [.. Inputs.Select(i => i.IsActivation && i.Shape.Rank >= rank ? i with { Layout = layout } : i)] };
    }

    /// <summary>The same with no gradient wanted for an input.</summary>
    public OpSample Freeze(string input) => this with { Name = $"{Name}, {input} frozen", Inputs = [.. Inputs.Select(i => i.Name == input ? i with { IsFrozen = true } : i)] };

    /// <summary>The sample, with strided inputs, and in the narrow dtypes.</summary>
    public IEnumerable<OpSample> Spread() =>
        [this, Laid(OpLayout.Transposed), Laid(OpLayout.Sliced), As(DType.BF16), As(DType.F16)];

    /// <inheritdoc/>
    public override string ToString() => Name;

    private bool Has(DType dtype) => Narrow == dtype || Inputs.Any(i => i.DType == dtype);
}

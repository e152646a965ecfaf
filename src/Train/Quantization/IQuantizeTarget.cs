namespace Pure.Tuner;

/// <summary>A kind of file that a model can be quantised to: one class, one line in <see cref="QuantizeTargets"/>.</summary>
internal interface IQuantizeTarget
{
    /// <summary>What it is called as <c>type=</c>; digits behind it may say the bits.</summary>
    IReadOnlyList<string> Types { get; }

    /// <summary>Values of <c>method=</c>, the usual one first.</summary>
    IReadOnlyList<string> Methods { get; }

    /// <summary>Bits a weight may have, the usual number first.</summary>
    IReadOnlyList<int> Bits { get; }

    /// <summary>Options when the user says nothing.</summary>
    QuantizeOptions Defaults => new() { Type = Types[0], Method = Methods[0], Bits = Bits[0] };

    /// <summary>Why a matrix cannot be stored so, or null.</summary>
    string? Fault(QuantizeOptions options, int outputs, int inputs);

    /// <summary>How method rtn rounds a matrix.</summary>
    IQuantizer Rounding(QuantizeOptions options);

    /// <summary>Writes the model whose linear layers are packed.</summary>
    void Save(LanguageModel model, QuantizeOptions options, string folder, long shardBytes);
}

/// <summary>All targets.</summary>
internal static class QuantizeTargets
{
    internal static IReadOnlyList<IQuantizeTarget> All { get; } = [new GptqTarget(), new AwqTarget()];

    /// <summary>Known by name, and waiting for their writers.</summary>
    private static readonly string[] s_later = ["nf4", "fp4", "int8", "gguf"];

    /// <summary>Finds the target of a type, whose last digits may be the bits: gptq4.</summary>
    /// <param name="type">As given.</param>
    /// <param name="bits">The bits it says, or null.</param>
    /// <exception cref="UsageException">There is none.</exception>
    internal static IQuantizeTarget Find(string type, out int? bits)
    {
        bits = null;
        string name = type.ToLowerInvariant();
        if (All.FirstOrDefault(t => t.Types.Contains(name)) is { } exact) return exact;
        string stem = name.TrimEnd('2', '3', '4', '8');
        if (int.TryParse(name[stem.Length..], out int number) && All.FirstOrDefault(t => t.Types.Contains(stem)) is { } target)
        {
            bits = number;
            return target;
        }
        if (s_later.Contains(name) || name.StartsWith('q') && name.Contains('_') || name.StartsWith("iq", StringComparison.Ordinal))
            throw new UsageException($"type: '{type}' is not written yet; use {string.Join(" or ", Names)}");
        throw new UsageException($"type: expected one of {string.Join(", ", Names)}, found '{type}'; did you mean '{RecipeKeys.NearestOf(name, Names)}'?");
    }

    internal static IEnumerable<string> Names => All.SelectMany(t => t.Types);
}

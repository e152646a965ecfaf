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

    /// <summary>Refuses a model that cannot be written so at all, before anything is computed.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    void Require(LanguageModel model) { }

    /// <summary>How method rtn rounds a layer's matrix; null leaves it as it is.</summary>
    IQuantizer? Rounding(QuantizeOptions options, DecoderModel model, Linear linear);

    /// <summary>How the table of token vectors is rounded, and a tied head with it; null leaves it as it is.</summary>
    IQuantizer? RoundingOfTable(QuantizeOptions options, DecoderModel model) => null;

    /// <summary>What the rest is stored in; null leaves it as it is. Readers of GPTQ and AWQ compute in F16.</summary>
    DType? Rest => DType.F16;

    /// <summary>Bits of a weight in the file, where rounding happens while it is written; null: those of the packed layers.</summary>
    double? BitsPerWeight => null;

    /// <summary>The settings in words.</summary>
    string Settings(QuantizeOptions options) => options.ToString();

    /// <summary>Writes the model whose linear layers are packed.</summary>
    void Save(LanguageModel model, QuantizeOptions options, string folder, long shardBytes);
}

/// <summary>All targets.</summary>
internal static class QuantizeTargets
{
    internal static IReadOnlyList<IQuantizeTarget> All { get; } =
    [
        new GptqTarget(), new AwqTarget(), new BnbTarget("nf4"), new BnbTarget("fp4"), new BnbTarget("int8"), new SameFormatTarget(),
        .. GgufType.Names.Select(n => new GgufTarget(GgufType.Find(n)!)),
    ];

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
        if (GgufType.Find(name) is { } same) return All.First(t => t.Types.Contains(same.Name.ToLowerInvariant()));
        throw new UsageException($"type: expected one of {string.Join(", ", Names)}, found '{type}'; did you mean '{RecipeKeys.NearestOf(name, Names)}'?");
    }

    internal static IEnumerable<string> Names => All.SelectMany(t => t.Types);
}

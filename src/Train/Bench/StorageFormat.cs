namespace Pure.Tuner;

/// <summary>A way to store a weight that numbers can be rounded into without data.</summary>
/// <param name="Name">As tables and pictures show it.</param>
/// <param name="Family">Formats of one kind share a colour.</param>
/// <param name="Quantizer">How a matrix is packed; null for plain numbers.</param>
/// <param name="Plain">The type of plain numbers; null for a packed format.</param>
internal sealed record StorageFormat(string Name, string Family, IQuantizer? Quantizer, DType? Plain = null)
{
    /// <summary>All of them, those of a kind together. GGUF's come from <see cref="GgufFormat.All"/>, so that a new one is here by itself.</summary>
    internal static IReadOnlyList<StorageFormat> All { get; } =
    [
        new("F16", "plain", null, DType.F16), new("BF16", "plain", null, DType.BF16),
        new("FP8 e4m3", "8-bit rows", new Float8Quantizer(Float8Kind.E4M3)), new("FP8 e5m2", "8-bit rows", new Float8Quantizer(Float8Kind.E5M2)), new("int8", "8-bit rows", new Int8RowQuantizer()),
        .. from code in (string[])["nf4", "fp4"]
           from doubled in (bool[])[false, true]
           select new StorageFormat(code.ToUpperInvariant() + (doubled ? "-dq" : ""), "bitsandbytes", Quantizers.FourBits(code, doubled)),
        .. from bits in (int[])[2, 3, 4, 8]
           select new StorageFormat($"GPTQ-{bits} rtn", "GPTQ and AWQ", new AffineRounding(bits, GroupSize, isSymmetric: true, lowestZero: 1)),
        new("AWQ-4 rtn", "GPTQ and AWQ", new AffineRounding(4, GroupSize, isSymmetric: false, lowestZero: 0)),
        .. from format in GgufFormat.All
           where format.Quantizer is not null
           select new StorageFormat(format.Name, GgufFamily(format.Name), format.Quantizer),
    ];

    private const int GroupSize = 128;

    /// <summary>The format of that name, in any case and with or without blanks, or null.</summary>
    internal static StorageFormat? Find(string name) => All.FirstOrDefault(f => Bare(f.Name) == Bare(name));

    /// <summary>Columns of a matrix must be a multiple of it.</summary>
    internal int Grain => Quantizer?.Format.Grain ?? 1;

    private static string GgufFamily(string name) => name.EndsWith("_K", StringComparison.Ordinal) ? "GGUF K" : name[0] == 'Q' ? "GGUF legacy" : "GGUF other";

    private static string Bare(string name) => name.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
}

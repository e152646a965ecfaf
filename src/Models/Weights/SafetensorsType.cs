namespace Pure.Tuner;

/// <summary>An element type of the safetensors format.</summary>
/// <param name="Name">As written in the header.</param>
/// <param name="Bits">Bits per element.</param>
/// <param name="Keep">The dtype to keep it in, or null.</param>
/// <param name="Widen">Expands to F32, or null where an element is no single number of whole bytes.</param>
internal sealed record SafetensorsType(string Name, int Bits, DType? Keep, Widen? Widen)
{
    /// <summary>In the order in which the reference library lays tensors out: widest alignment first.</summary>
    private static readonly SafetensorsType[] s_all =
    [
        new("U64", 64, null, Widening.U64),
        new("I64", 64, DType.I64, Widening.I64),
        new("F64", 64, DType.F32, Widening.F64),
        new("C64", 64, null, null),
        new("F32", 32, DType.F32, Widening.F32),
        new("U32", 32, null, Widening.U32),
        new("I32", 32, DType.I32, Widening.I32),
        new("BF16", 16, DType.BF16, Widening.BF16),
        new("F16", 16, DType.F16, Widening.F16),
        new("U16", 16, null, Widening.U16),
        new("I16", 16, null, Widening.I16),
        new("F8_E5M2FNUZ", 8, DType.BF16, Widening.E5M2Fnuz),
        new("F8_E4M3FNUZ", 8, DType.BF16, Widening.E4M3Fnuz),
        new("F8_E8M0", 8, DType.BF16, Widening.E8M0),
        new("F8_E4M3", 8, DType.BF16, Widening.E4M3),
        new("F8_E5M2", 8, DType.BF16, Widening.E5M2),
        new("I8", 8, null, Widening.I8),
        new("U8", 8, DType.U8, Widening.U8),
        new("F6_E3M2", 6, null, null),
        new("F6_E2M3", 6, null, null),
        new("F4", 4, null, null),
        new("BOOL", 8, DType.Bool, Widening.U8),
    ];

    private static readonly Dictionary<string, SafetensorsType> s_byName = s_all.ToDictionary(t => t.Name);

    /// <summary>Names of the types that can be read as numbers.</summary>
    public static IEnumerable<string> WidenedNames => s_all.Where(t => t.Widen is not null).Select(t => t.Name);

    /// <summary>Place in the reference library's layout.</summary>
    public int Order => Array.IndexOf(s_all, this);

    /// <summary>All names, for messages.</summary>
    public static string Names { get; } = string.Join(", ", s_all.Select(t => t.Name));

    /// <summary>The type of that name, or null.</summary>
    public static SafetensorsType? Find(string name) => s_byName.GetValueOrDefault(name);

    /// <summary>The type that stores <paramref name="dtype"/> unchanged.</summary>
    public static SafetensorsType Of(DType dtype) => s_byName[dtype.Name.ToUpperInvariant()];

    /// <summary>Bytes of that many elements, or -1 when they do not fill whole bytes or the number overflows.</summary>
    public long Bytes(long elements)
    {
        Int128 bits = (Int128)elements * Bits;
        return bits % 8 != 0 || bits / 8 > long.MaxValue ? -1 : (long)(bits / 8);
    }
}

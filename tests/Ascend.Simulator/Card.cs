namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Generations of cards that differ in their kernels.</summary>
internal enum CardFamily
{
    /// <summary>The first 910: Ascend910A, Ascend910B (no digit), Ascend910ProB.</summary>
    Ascend910,

    /// <summary>Atlas A2: Ascend910B1 to B4.</summary>
    Ascend910B,

    /// <summary>Atlas A3: Ascend910_93xx.</summary>
    Ascend910C,

    /// <summary>Ascend310P1 to P7: inference.</summary>
    Ascend310P,

    /// <summary>Ascend950 and later.</summary>
    Ascend950,
}

/// <summary>A card that is imitated: its name, what its kernels take and how much it has of everything.</summary>
internal sealed class Card
{
    private Card(string soc, CardFamily family, bool cann9)
    {
        Soc = soc;
        Family = family;
        IsCann9 = cann9;
    }

    /// <summary>What aclrtGetSocName says.</summary>
    public string Soc { get; }

    public CardFamily Family { get; }

    /// <summary>Whether the toolkit is 9.x; else 8.1.</summary>
    public bool IsCann9 { get; }

    /// <summary>910B, 910_93 and 950: the cards that train.</summary>
    public bool IsA2OrLater => Family is CardFamily.Ascend910B or CardFamily.Ascend910C or CardFamily.Ascend950;

    public bool HasBFloat16 => IsA2OrLater;

    /// <summary>Beyond the range of float16 there is its largest number, not infinity: the older cards have no such mode.</summary>
    public bool Saturates => Family is CardFamily.Ascend910 or CardFamily.Ascend310P;

    /// <summary>Memory is HBM; 310P has DDR.</summary>
    public bool HasHbm => Family != CardFamily.Ascend310P;

    public int StreamLimit => Family switch { CardFamily.Ascend310P => 1024, CardFamily.Ascend910 => 2048, _ => 1984 };

    public int EventLimit => Family switch { CardFamily.Ascend310P => 1023, CardFamily.Ascend910 => 65535, _ => 65536 };

    /// <summary>Bytes that are added to a block after rounding up to 32.</summary>
    public int BlockPadding => Family == CardFamily.Ascend950 ? 0 : 32;

    public int CubeCores => Family switch { CardFamily.Ascend910 => 32, CardFamily.Ascend310P => 8, _ => Soc is "Ascend910B3" or "Ascend910B4" ? 20 : 24 };

    public int VectorCores => IsA2OrLater ? 2 * CubeCores : CubeCores;

    public long CacheBytes => IsA2OrLater ? 192L << 20 : 32L << 20;

    /// <summary>The card of a name.</summary>
    /// <exception cref="AclException">There is none of this name.</exception>
    public static Card Of(string soc, string cann)
    {
        bool cann9 = cann switch
        {
            "8.1" => false,
            "9.0" => true,
            _ => throw new AclException(Code.InvalidArgument, "", $"ASCEND_SIM_CANN: 8.1 or 9.0 was expected, found {cann}"),
        };
        return new(soc, FamilyOf(soc) ?? throw new AclException(Code.SocVersion, "", $"ASCEND_SIM_SOC: there is no card {soc}; Ascend910A, Ascend910B1 to B4, Ascend910_9391, Ascend310P3 and Ascend950PR are known"), cann9);
    }

    /// <summary>Whether a kernel takes a dtype. A name is that of an operator or of a kernel in the vendor's list; one that is not listed is on every card, with bfloat16 where the card has it.</summary>
    public bool Supports(string kernel, AclType type) => Has(kernel) && (type != AclType.BFloat16 || (HasBFloat16 && Mark(kernel) is 'y' or '*'));

    /// <summary>Whether there is a kernel at all.</summary>
    public bool Has(string kernel) => Mark(kernel) != '-';

    private char Mark(string kernel)
    {
        if (!CardKernels.Marks.TryGetValue(kernel, out string? marks)) return '*';
        return Family switch { CardFamily.Ascend910 => marks[0], CardFamily.Ascend910B => marks[1], CardFamily.Ascend910C => marks[2], CardFamily.Ascend310P => marks[3], _ => 'y' };
    }

    private static CardFamily? FamilyOf(string soc)
    {
        const string A2 = "Ascend910B";
        if (soc.StartsWith(A2, StringComparison.Ordinal) && soc.Length > A2.Length && char.IsAsciiDigit(soc[A2.Length])) return CardFamily.Ascend910B;
        if (soc.StartsWith("Ascend910_93", StringComparison.Ordinal)) return CardFamily.Ascend910C;
        if (soc is "Ascend910A" or A2 or "Ascend910ProA" or "Ascend910ProB") return CardFamily.Ascend910;
        if (soc.StartsWith("Ascend310P", StringComparison.Ordinal)) return CardFamily.Ascend310P;
        return soc.StartsWith("Ascend950", StringComparison.Ordinal) ? CardFamily.Ascend950 : null;
    }
}

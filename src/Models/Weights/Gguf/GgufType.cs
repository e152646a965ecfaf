namespace Pure.Tuner;

/// <summary>What kind of GGUF file to write: which format each tensor gets.</summary>
/// <remarks>
/// The names and the rules are those that llama.cpp's quantize gives its users: matrices that matter more get more bits. _S, _M and _L
/// differ in how many of them do.
/// </remarks>
internal sealed class GgufType
{
    private static readonly GgufType[] s_all =
    [
        new("F32", 0, "F32"), new("F16", 1, "F16"), new("BF16", 32, "BF16"), new("Q8_0", 7, "Q8_0"),
        new("Q4_0", 2, "Q4_0"), new("Q4_1", 3, "Q4_1"), new("Q5_0", 8, "Q5_0"), new("Q5_1", 9, "Q5_1"),
        new("Q2_K", 10, "Q2_K"), new("Q3_K_S", 11, "Q3_K"), new("Q3_K_M", 12, "Q3_K"), new("Q3_K_L", 13, "Q3_K"),
        new("Q4_K_S", 14, "Q4_K"), new("Q4_K_M", 15, "Q4_K"), new("Q5_K_S", 16, "Q5_K"), new("Q5_K_M", 17, "Q5_K"),
        new("Q6_K", 18, "Q6_K"), new("IQ4_NL", 25, "IQ4_NL"), new("IQ4_XS", 30, "IQ4_XS"),
    ];

    private GgufType(string name, int fileType, string format) => (Name, FileType, Format) = (name, fileType, GgufFormat.Find(format)!);

    /// <summary>Name that users know it by: Q4_K_M.</summary>
    public string Name { get; }

    /// <summary>general.file_type.</summary>
    public int FileType { get; }

    /// <summary>Format of most matrices.</summary>
    public GgufFormat Format { get; }

    /// <summary>Names of all, for messages.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_all.Select(t => t.Name)];

    /// <summary>The type of a name, in any case; Q3_K, Q4_K and Q5_K mean their middle size, as in llama.cpp. Null: there is none.</summary>
    public static GgufType? Find(string name)
    {
        string wanted = name.ToUpperInvariant();
        return s_all.FirstOrDefault(t => t.Name == wanted) ?? (wanted is "Q3_K" or "Q4_K" or "Q5_K" ? s_all.First(t => t.Name == wanted + "_M") : null);
    }

    /// <summary>The type that most matrices of a format mean, the middle one of several; null: no type has it.</summary>
    public static GgufType? OfFormat(PackedFormat format) => Find(format.Name) ?? s_all.FirstOrDefault(t => t.Format.Name == format.Name);

    /// <summary>The format of a matrix, before it is asked whether its rows are whole blocks.</summary>
    /// <param name="name">In the file: blk.3.attn_v.weight.</param>
    /// <param name="layer">Its layer, or -1.</param>
    /// <param name="c">The model.</param>
    /// <param name="tied">Whether the embedding is the head.</param>
    public GgufFormat FormatOf(string name, int layer, DecoderConfig c, bool tied)
    {
        if (Format.IsPlain) return Format;
        string part = name[(name.LastIndexOf('.', name.LastIndexOf('.') - 1) + 1)..];
        bool grouped = c.Heads / c.KvHeads >= 4, first = layer < c.Layers / 8;
        // The first and the last eighth, and every third between.
        bool chosen = first || layer >= 7 * c.Layers / 8 || (layer - c.Layers / 8) % 3 == 2;
        string format = part switch
        {
            "output.weight" or "token_embd.weight" when part[0] == 'o' || tied => c.Hidden % Format.BlockElements != 0 || Name == "Q8_0" ? "Q8_0" : "Q6_K",
            "attn_v.weight" => ForManyHeads(c, Name switch
            {
                "Q2_K" => grouped ? "Q4_K" : "Q3_K",
                "Q3_K_M" => layer < 2 ? "Q5_K" : "Q4_K",
                "Q3_K_L" => "Q5_K",
                "Q4_K_M" or "Q5_K_M" when chosen => "Q6_K",
                "Q4_K_S" when layer < 4 => "Q5_K",
                "IQ4_NL" or "IQ4_XS" when grouped => "Q5_K",
                _ => Format.Name,
            }),
            "ffn_down.weight" => Name switch
            {
                "Q2_K" => "Q3_K",
                "Q3_K_M" => layer < c.Layers / 16 ? "Q5_K" : "Q4_K",
                "Q3_K_L" => "Q5_K",
                "Q4_K_M" or "Q5_K_M" when chosen => "Q6_K",
                "Q4_K_S" or "IQ4_NL" or "IQ4_XS" when first => "Q5_K",
                _ => Format.Name,
            },
            "attn_output.weight" => Name switch
            {
                "Q2_K" => "Q3_K",
                "Q3_K_M" => "Q4_K",
                "Q3_K_L" => "Q5_K",
                _ => Format.Name,
            },
            _ => Format.Name,
        };
        return GgufFormat.Find(format)!;
    }

    /// <summary>The format in place of one whose blocks do not divide a row.</summary>
    public static GgufFormat Fitting(GgufFormat format, long width)
    {
        if (width % format.BlockElements == 0) return format;
        GgufFormat other = GgufFormat.Find(format.Name switch
        {
            "Q2_K" or "Q3_K" => "Q4_0",
            "Q4_K" => "Q5_0",
            "Q5_K" => "Q5_1",
            "Q6_K" => "Q8_0",
            "IQ4_XS" => "IQ4_NL",
            _ => "F16",
        })!;
        return width % other.BlockElements == 0 ? other : GgufFormat.Find("F16")!;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>A model of 80 layers is known to share values among eight heads: they are few, and get more bits.</summary>
    private static string ForManyHeads(DecoderConfig c, string format) => c.Layers == 80 && c.Heads != c.KvHeads && (format is "Q3_K" or "Q4_K") ? "Q5_K" : format;
}

namespace Pure.Tuner;

/// <summary>A tensor format of GGUF files.</summary>
/// <param name="Id">Its number in the file.</param>
/// <param name="Name">ggml's name.</param>
/// <param name="BlockElements">Numbers in a block; 1 where every number stands alone.</param>
/// <param name="BlockBytes">Bytes of a block.</param>
/// <param name="Keep">The dtype to keep it in, or null.</param>
/// <param name="Widen">Expands whole blocks to F32, or null where we cannot.</param>
internal sealed record GgufFormat(int Id, string Name, int BlockElements, int BlockBytes, DType? Keep, Widen? Widen)
{
    /// <summary>The packed format, or null where every number stands alone or the blocks cannot be expanded.</summary>
    public PackedFormat? Packed { get; private init; }

    private static readonly Dictionary<int, GgufFormat> s_byId = new GgufFormat[]
    {
        new(0, "F32", 1, 4, DType.F32, Widening.F32),
        new(1, "F16", 1, 2, DType.F16, Widening.F16),
        new(30, "BF16", 1, 2, DType.BF16, Widening.BF16),
        new(28, "F64", 1, 8, DType.F32, Widening.F64),
        new(24, "I8", 1, 1, null, Widening.I8),
        new(25, "I16", 1, 2, null, Widening.I16),
        new(26, "I32", 1, 4, DType.I32, Widening.I32),
        new(27, "I64", 1, 8, DType.I64, Widening.I64),
        Of<Q4_0>(2), Of<Q4_1>(3), Of<Q5_0>(6), Of<Q5_1>(7), Of<Q8_0>(8),
        Of<Q2_K>(10), Of<Q3_K>(11), Of<Q4_K>(12), Of<Q5_K>(13), Of<Q6_K>(14), Of<Q8_K>(15),
        Of<IQ4_NL>(20), Of<IQ4_XS>(23), Of<MXFP4>(39), Of<NVFP4>(40), Of<TQ1_0>(34), Of<TQ2_0>(35),
        Opaque(9, "Q8_1", 32, 36), Opaque(16, "IQ2_XXS", 256, 66), Opaque(17, "IQ2_XS", 256, 74), Opaque(18, "IQ3_XXS", 256, 98),
        Opaque(19, "IQ1_S", 256, 50), Opaque(21, "IQ3_S", 256, 110), Opaque(22, "IQ2_S", 256, 82), Opaque(29, "IQ1_M", 256, 56),
        Opaque(41, "Q1_0", 128, 18), Opaque(42, "Q2_0", 64, 18),
    }.ToDictionary(f => f.Id);

    /// <summary>Whether every number stands alone, unpacked.</summary>
    public bool IsPlain => BlockElements == 1;

    /// <summary>Names of the formats that can be expanded, for messages.</summary>
    public static string Names { get; } = string.Join(", ", s_byId.Values.Where(f => f.Widen is not null).Select(f => f.Name));

    /// <summary>Every format that is known.</summary>
    public static IEnumerable<GgufFormat> All => s_byId.Values;

    /// <summary>The format of that number, or null.</summary>
    public static GgufFormat? Find(uint id) => s_byId.GetValueOrDefault((int)Math.Min(id, int.MaxValue));

    /// <summary>The format of that name, or null.</summary>
    public static GgufFormat? Find(string name) => s_byId.Values.FirstOrDefault(f => f.Name == name);

    private static GgufFormat Of<T>(int id) where T : struct, IBlockFormat => new(id, typeof(T).Name, T.Elements, T.Bytes, DType.F32, Blocks.Expand<T>) { Packed = GgmlFormat<T>.Instance };

    /// <summary>Known well enough to check a file, but not to read it.</summary>
    private static GgufFormat Opaque(int id, string name, int elements, int bytes) => new(id, name, elements, bytes, null, null);
}

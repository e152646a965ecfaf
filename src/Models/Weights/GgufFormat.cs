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
    /// <summary>Rounds rows of whole blocks into it, or null where we cannot.</summary>
    public PackBlocks? Pack { get; private init; }

    /// <summary>Rounds whole matrices into it, or null where we cannot.</summary>
    public IQuantizer? Quantizer { get; private init; }

    /// <summary>The packed format, or null where every number stands alone or the blocks cannot be expanded.</summary>
    public PackedFormat? Packed { get; private init; }

    private static readonly Dictionary<int, GgufFormat> s_byId = new GgufFormat[]
    {
        new(0, "F32", 1, 4, DType.F32, Widening.F32) { Pack = Narrow(DType.F32) },
        new(1, "F16", 1, 2, DType.F16, Widening.F16) { Pack = Narrow(DType.F16) },
        new(30, "BF16", 1, 2, DType.BF16, Widening.BF16) { Pack = Narrow(DType.BF16) },
        new(28, "F64", 1, 8, DType.F32, Widening.F64),
        new(24, "I8", 1, 1, null, Widening.I8),
        new(25, "I16", 1, 2, null, Widening.I16),
        new(26, "I32", 1, 4, DType.I32, Widening.I32),
        new(27, "I64", 1, 8, DType.I64, Widening.I64),
        Both<Q4_0>(2), Both<Q4_1>(3), Both<Q5_0>(6), Both<Q5_1>(7), Both<Q8_0>(8),
        Both<Q2_K>(10), Both<Q3_K>(11), Both<Q4_K>(12), Both<Q5_K>(13), Both<Q6_K>(14), Of<Q8_K>(15),
        Both<IQ4_NL>(20), Both<IQ4_XS>(23), Both<MXFP4>(39), Of<NVFP4>(40), Both<TQ1_0>(34), Both<TQ2_0>(35),
        Of<IQ1_S>(19), Of<IQ1_M>(29), Of<IQ2_XXS>(16), Of<IQ2_XS>(17), Of<IQ2_S>(22), Of<IQ3_XXS>(18), Of<IQ3_S>(21), Of<Q1_0>(41), Of<Q2_0>(42),
        Opaque(9, "Q8_1", 32, 36),
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

    private static GgufFormat Both<T>(int id) where T : struct, IBlockQuantizer => Of<T>(id) with { Pack = Blocks.Pack<T>, Quantizer = new GgmlQuantizer<T>() };

    private static PackBlocks Narrow(DType dtype) => (x, _, y) => Widening.Narrow(x, dtype, y);

    /// <summary>Known well enough to check a file, but not to read it.</summary>
    private static GgufFormat Opaque(int id, string name, int elements, int bytes) => new(id, name, elements, bytes, null, null);
}

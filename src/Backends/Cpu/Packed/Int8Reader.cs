using System.Runtime.CompilerServices;

namespace Pure.Tuner.Kernels;

/// <summary>Rows of a packed matrix as codes of 8 bits without sign, a scale for each 32 of them, and a minimum where the format has any: number = scale · (code - zero) + minimum, exactly the format's own.</summary>
internal abstract unsafe class Int8Reader
{
    /// <summary>What is taken from every code.</summary>
    public abstract int Zero { get; }

    /// <summary>Whether there are minima.</summary>
    public abstract bool HasMinima { get; }

    /// <summary>A whole row.</summary>
    /// <param name="w">The matrix.</param>
    /// <param name="row">The row.</param>
    /// <param name="codes">As many as the row has columns.</param>
    /// <param name="scales">One for each 32.</param>
    /// <param name="minima">The same, where there are any.</param>
    public void Read(QuantizedTensor w, int row, byte* codes, float* scales, float* minima)
    {
        int columns = w.Shape[1], bytes = RowBytes(columns);
        fixed (byte* blocks = w.Part<byte>(0, (long)row * bytes, bytes)) Read(blocks, columns, codes, scales, minima);
    }

    /// <summary>Bytes of a row's blocks.</summary>
    public abstract int RowBytes(int columns);

    /// <summary>The same from its blocks.</summary>
    public abstract void Read(byte* blocks, int columns, byte* codes, float* scales, float* minima);

    /// <summary>That of a format; null where 32 of its codes do not share a scale, or stand for no integers.</summary>
    public static Int8Reader? For(PackedFormat format) => s_byFormat.GetValueOrDefault(format.GetType());

    private static readonly Dictionary<Type, Int8Reader> s_byFormat = new()
    {
        [typeof(GgmlFormat<Q8_0>)] = new Of<Q8_0, Q8_0Codes>(),
        [typeof(GgmlFormat<Q4_0>)] = new Of<Q4_0, Q4_0Codes>(),
        [typeof(GgmlFormat<Q4_1>)] = new Of<Q4_1, Q4_1Codes>(),
        [typeof(GgmlFormat<Q5_0>)] = new Of<Q5_0, Q5_0Codes>(),
        [typeof(GgmlFormat<Q5_1>)] = new Of<Q5_1, Q5_1Codes>(),
        [typeof(GgmlFormat<Q4_K>)] = new Of<Q4_K, Q4_KCodes>(),
        [typeof(GgmlFormat<Q5_K>)] = new Of<Q5_K, Q5_KCodes>(),
        [typeof(GgmlFormat<IQ4_NL>)] = new Of<IQ4_NL, IQ4_NLCodes>(),
    };

    private sealed class Of<TFormat, TCodes> : Int8Reader where TFormat : struct, IBlockFormat where TCodes : struct, ICodes8
    {
        public override int Zero => TCodes.Zero;

        public override bool HasMinima => TCodes.HasMinima;

        public override int RowBytes(int columns) => columns / TFormat.Elements * TFormat.Bytes;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Read(byte* blocks, int columns, byte* codes, float* scales, float* minima)
        {
            const int Group = Int8Layout.Group;
            for (byte* end = codes + columns; codes < end; blocks += TFormat.Bytes, codes += TFormat.Elements, scales += TFormat.Elements / Group, minima += TFormat.Elements / Group) TCodes.Read(blocks, codes, scales, minima);
        }
    }
}

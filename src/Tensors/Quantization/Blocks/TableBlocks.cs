using System.Buffers.Binary;

namespace Pure.Tuner;

// Four-bit codes that stand for sixteen uneven values. Element i is in the low and i + (half a block) in the high nibble of byte i.

/// <summary>The values behind the codes.</summary>
internal static class FourBitValues
{
    /// <summary>IQ4: near the quantiles of a bell curve.</summary>
    public static ReadOnlySpan<sbyte> NonLinear => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>E2M1 floats times 2: sign, two bits of exponent, one of fraction.</summary>
    public static ReadOnlySpan<sbyte> E2M1 => [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

    /// <summary>y = d values[code].</summary>
    public static void Expand(ReadOnlySpan<byte> codes, ReadOnlySpan<sbyte> values, float d, Span<float> y)
    {
        values = values[..16];
        Span<float> low = y[..codes.Length], high = y.Slice(codes.Length, codes.Length);
        for (int i = 0; i < codes.Length; i++)
        {
            low[i] = d * values[codes[i] & 15];
            high[i] = d * values[codes[i] >> 4];
        }
    }
}

/// <summary>y = d values[q]: d F16, 16 bytes of codes.</summary>
internal readonly partial struct IQ4_NL : IBlockFormat
{
    public static int Elements => 32;
    public static int Bytes => 18;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y) => FourBitValues.Expand(block.Slice(2, 16), FourBitValues.NonLinear, Blocks.Half(block), y);
}

/// <summary>y = d (s - 32) values[q]: d F16, 2 bytes of upper bit pairs of s, 4 bytes of its nibbles, 128 bytes of codes; sub-blocks of 32.</summary>
internal readonly partial struct IQ4_XS : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 136;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block);
        int high = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]);
        for (int sub = 0; sub < 8; sub++)
        {
            int s = block[4 + sub / 2] >> (sub % 2 * 4) & 15 | (high >> (sub * 2) & 3) << 4;
            FourBitValues.Expand(block.Slice(8 + sub * 16, 16), FourBitValues.NonLinear, d * (s - 32), y.Slice(sub * 32, 32));
        }
    }
}

/// <summary>y = 2^(e - 127) E2M1[q]: one byte e, 16 bytes of codes (OCP microscaling formats 1.0).</summary>
internal readonly partial struct MXFP4 : IBlockFormat
{
    public static int Elements => 32;
    public static int Bytes => 17;

    // The table holds twice the values; e = 255 is not read as NaN, as the programs that write these files do.
    public static void Expand(ReadOnlySpan<byte> block, Span<float> y) => FourBitValues.Expand(block.Slice(1, 16), FourBitValues.E2M1, MathF.ScaleB(1f, block[0] - 128), y);
}

/// <summary>y = s E2M1[q]: 4 bytes of unsigned E4M3 s, 32 bytes of codes; sub-blocks of 16.</summary>
internal readonly struct NVFP4 : IBlockFormat
{
    public static int Elements => 64;
    public static int Bytes => 36;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        for (int sub = 0; sub < 4; sub++)
            FourBitValues.Expand(block.Slice(4 + sub * 8, 8), FourBitValues.E2M1, HalfScale(block[sub]), y.Slice(sub * 16, 16));
    }

    /// <summary>Half the scale, since the table holds twice the values; the top bit has no meaning and the code of NaN counts as 0.</summary>
    private static float HalfScale(byte code)
    {
        int exponent = code >> 3 & 15, fraction = code & 7;
        return code == 0x7F ? 0f : exponent == 0 ? MathF.ScaleB(fraction, -10) : MathF.ScaleB(8 + fraction, exponent - 11);
    }
}

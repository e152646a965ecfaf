using System.Buffers.Binary;

namespace Pure.Tuner;

// Super-blocks of 256: groups of 8 numbers (4 in the IQ3 formats) are points of a code book, with signs beside them. Sub-blocks of 16
// or 32 have small integer scales s, which share one F16 scale d.

/// <summary>What these formats share.</summary>
internal static class IqBlock
{
    /// <summary>y = d · point, negated where a bit of the signs is set.</summary>
    public static void Signed(ReadOnlySpan<sbyte> point, int signs, float d, Span<float> y)
    {
        for (int i = 0; i < point.Length; i++) y[i] = d * point[i] * ((signs >> i & 1) != 0 ? -1f : 1f);
    }

    /// <summary>y = d (point + shift).</summary>
    public static void Shifted(ReadOnlySpan<sbyte> point, float shift, float d, Span<float> y)
    {
        for (int i = 0; i < point.Length; i++) y[i] = d * (point[i] + shift);
    }

    /// <summary>A point of eight coordinates.</summary>
    public static ReadOnlySpan<sbyte> Eight(sbyte[] book, int index) => book.AsSpan(index * 8, 8);

    /// <summary>A point of four.</summary>
    public static ReadOnlySpan<sbyte> Four(sbyte[] book, int index) => book.AsSpan(index * 4, 4);
}

/// <summary>y = d (s + 1/2) / 4 · ±point: d F16, then for each 32 numbers four indices, and in 32 bits four times seven signs and s.</summary>
internal readonly struct IQ2_XXS : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 66;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block);
        for (int sub = 0; sub < 8; sub++)
        {
            ReadOnlySpan<byte> q = block.Slice(2 + sub * 8, 4);
            uint rest = BinaryPrimitives.ReadUInt32LittleEndian(block[(6 + sub * 8)..]);
            float scale = d * (0.5f + (rest >> 28)) * 0.25f;
            for (int n = 0; n < 4; n++)
                IqBlock.Signed(IqBlock.Eight(IqGrids.Iq2XXS, q[n]), IqGrids.EvenSigns((int)(rest >> (7 * n)) & 127), scale, y.Slice(sub * 32 + n * 8, 8));
        }
    }
}

/// <summary>y = d (s + 1/2) / 4 · ±point: d F16, 32 times an index of nine bits and seven signs, 8 bytes of two s each; sub-blocks of 16.</summary>
internal readonly struct IQ2_XS : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 74;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block);
        for (int n = 0; n < 32; n++)
        {
            int q = BinaryPrimitives.ReadUInt16LittleEndian(block[(2 + n * 2)..]), s = block[66 + n / 4] >> (n % 4 / 2 * 4) & 15;
            IqBlock.Signed(IqBlock.Eight(IqGrids.Iq2XS, q & 511), IqGrids.EvenSigns(q >> 9), d * (0.5f + s) * 0.25f, y.Slice(n * 8, 8));
        }
    }
}

/// <summary>y = d (s + 1/2) / 4 · ±point: d F16, 32 bytes of indices, 32 of signs, 8 of upper index bit pairs, 8 of two s each; sub-blocks of 16.</summary>
internal readonly struct IQ2_S : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 82;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block);
        for (int n = 0; n < 32; n++)
        {
            int index = block[2 + n] | (block[66 + n / 4] >> (n % 4 * 2) & 3) << 8, s = block[74 + n / 4] >> (n % 4 / 2 * 4) & 15;
            IqBlock.Signed(IqBlock.Eight(IqGrids.Iq2S, index), block[34 + n], d * (0.5f + s) * 0.25f, y.Slice(n * 8, 8));
        }
    }
}

/// <summary>y = d (s + 1/2) / 2 · ±point: d F16, 64 bytes of indices, then for each 32 numbers four times seven signs and s.</summary>
internal readonly struct IQ3_XXS : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 98;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block);
        for (int n = 0; n < 64; n++)
        {
            uint rest = BinaryPrimitives.ReadUInt32LittleEndian(block[(66 + n / 8 * 4)..]);
            int signs = IqGrids.EvenSigns((int)(rest >> (n % 8 / 2 * 7)) & 127) >> (n % 2 * 4);
            IqBlock.Signed(IqBlock.Four(IqGrids.Iq3XXS, block[2 + n]), signs, d * (0.5f + (rest >> 28)) * 0.5f, y.Slice(n * 4, 4));
        }
    }
}

/// <summary>y = d (2 s + 1) · ±point: d F16, 64 bytes of indices, 8 of ninth index bits, 32 of signs, 4 of two s each; sub-blocks of 32.</summary>
internal readonly struct IQ3_S : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 110;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block);
        for (int n = 0; n < 64; n++)
        {
            int index = block[2 + n] | (block[66 + n / 8] >> (n % 8) & 1) << 8, s = block[106 + n / 16] >> (n / 8 % 2 * 4) & 15;
            IqBlock.Signed(IqBlock.Four(IqGrids.Iq3S, index), block[74 + n / 2] >> (n % 2 * 4), d * (1 + 2 * s), y.Slice(n * 4, 4));
        }
    }
}

/// <summary>y = d (2 s + 1) (point ± 1/8): d F16, 32 bytes of indices, then for each 32 numbers four times three upper index bits, s in three, the sign.</summary>
internal readonly struct IQ1_S : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 50;

    /// <summary>What is added to each point, or taken from it.</summary>
    public const float Shift = 0.125f;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block);
        for (int n = 0; n < 32; n++)
        {
            int h = BinaryPrimitives.ReadUInt16LittleEndian(block[(34 + n / 4 * 2)..]);
            int index = block[2 + n] | (h >> (n % 4 * 3) & 7) << 8;
            IqBlock.Shifted(IqBlock.Eight(IqGrids.Iq1S, index), (h & 0x8000) != 0 ? -Shift : Shift, d * (2 * (h >> 12 & 7) + 1), y.Slice(n * 8, 8));
        }
    }
}

/// <summary>As IQ1_S, with sub-blocks of 16: 32 bytes of indices, 32 nibbles of three upper index bits and the sign, 4 words of four three-bit s.</summary>
/// <remarks>d has no place of its own: its 16 bits are the highest four of each of the four words.</remarks>
internal readonly struct IQ1_M : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 56;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        ReadOnlySpan<byte> scales = block.Slice(48, 8);
        int bits = 0;
        for (int i = 0; i < 4; i++) bits |= BinaryPrimitives.ReadUInt16LittleEndian(scales[(i * 2)..]) >> 12 << (i * 4);
        float d = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
        for (int n = 0; n < 32; n++)
        {
            int h = block[32 + n / 2] >> (n % 2 * 4) & 15, s = BinaryPrimitives.ReadUInt16LittleEndian(scales[(n / 8 * 2)..]) >> (n / 2 % 4 * 3) & 7;
            IqBlock.Shifted(IqBlock.Eight(IqGrids.Iq1S, block[n] | (h & 7) << 8), (h & 8) != 0 ? -IQ1_S.Shift : IQ1_S.Shift, d * (2 * s + 1), y.Slice(n * 8, 8));
        }
    }
}

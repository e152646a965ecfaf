using System.Runtime.CompilerServices;

namespace Pure.Tuner;

/// <summary>What the searching formats share.</summary>
internal static class KPacking
{
    /// <summary>Equal weights for a whole block.</summary>
    private static readonly float[] s_ones = [.. Enumerable.Repeat(1f, 256)];

    /// <summary>The importance, or equal weights.</summary>
    public static ReadOnlySpan<float> Weights(ReadOnlySpan<float> importance, int count) => importance.IsEmpty ? s_ones.AsSpan(0, count) : importance;

    /// <summary>The code of (x + m) / a, counted from 0.</summary>
    public static int Code<T>(float x, float a, float m) where T : struct, ICodeBook => (int)(T.Nearest((x + m) * BlockScale.Inverse(a)) - T.Lowest);

    /// <summary>Puts six-bit s and m of eight sub-blocks into 12 bytes, the inverse of <see cref="Q4_K.ScaleAndMin"/>.</summary>
    public static void ScalesAndMins(ReadOnlySpan<int> s, ReadOnlySpan<int> m, Span<byte> bytes)
    {
        for (int j = 0; j < 4; j++)
        {
            bytes[j] = (byte)(s[j] | s[j + 4] >> 4 << 6);
            bytes[j + 4] = (byte)(m[j] | m[j + 4] >> 4 << 6);
            bytes[j + 8] = (byte)(s[j + 4] & 15 | (m[j + 4] & 15) << 4);
        }
    }
}

internal readonly partial struct Q2_K : IBlockQuantizer
{
    [SkipLocalsInit]
    public static void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<int> scales = stackalloc int[16], mins = stackalloc int[16];
        (float d, float dmin) = SuperBlock.ScalesAndMins<Codes0To3>(x, KPacking.Weights(importance, 256), 15, scales, mins);
        block.Clear();
        Blocks.WriteHalf(block[80..], d);
        Blocks.WriteHalf(block[82..], dmin);
        for (int sub = 0; sub < 16; sub++)
        {
            block[sub] = (byte)(scales[sub] | mins[sub] << 4);
            Span<byte> q = block.Slice(16 + sub / 8 * 32 + sub % 2 * 16, 16);
            int shift = sub % 8 / 2 * 2;
            for (int i = 0; i < 16; i++) q[i] |= (byte)(KPacking.Code<Codes0To3>(x[sub * 16 + i], d * scales[sub], dmin * mins[sub]) << shift);
        }
    }
}

internal readonly partial struct Q3_K : IBlockQuantizer
{
    [SkipLocalsInit]
    public static void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<int> scales = stackalloc int[16];
        float d = SuperBlock.Scales<CodesOf3Bits>(x, KPacking.Weights(importance, 256), -32, 31, scales);
        block.Clear();
        Blocks.WriteHalf(block[108..], d);
        for (int sub = 0; sub < 16; sub++)
        {
            int s = scales[sub] + 32;
            block[96 + sub % 8] |= (byte)((s & 15) << sub / 8 * 4);
            block[104 + sub % 4] |= (byte)(s >> 4 << sub / 4 * 2);
            Span<byte> h = block.Slice(sub % 2 * 16, 16), q = block.Slice(32 + sub / 8 * 32 + sub % 2 * 16, 16);
            int shift = sub % 8 / 2 * 2, bit = sub / 2;
            for (int i = 0; i < 16; i++)
            {
                int code = KPacking.Code<CodesOf3Bits>(x[sub * 16 + i], d * scales[sub], 0);
                q[i] |= (byte)((code & 3) << shift);
                h[i] |= (byte)(code >> 2 << bit);
            }
        }
    }
}

internal readonly partial struct Q4_K : IBlockQuantizer
{
    [SkipLocalsInit]
    public static void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<int> scales = stackalloc int[8], mins = stackalloc int[8];
        (float d, float dmin) = SuperBlock.ScalesAndMins<Codes0To15>(x, KPacking.Weights(importance, 256), 63, scales, mins);
        block.Clear();
        Blocks.WriteHalf(block, d);
        Blocks.WriteHalf(block[2..], dmin);
        KPacking.ScalesAndMins(scales, mins, block.Slice(4, 12));
        for (int sub = 0; sub < 8; sub++)
        {
            Span<byte> q = block.Slice(16 + sub / 2 * 32, 32);
            for (int i = 0; i < 32; i++) q[i] |= (byte)(KPacking.Code<Codes0To15>(x[sub * 32 + i], d * scales[sub], dmin * mins[sub]) << sub % 2 * 4);
        }
    }
}

internal readonly partial struct Q5_K : IBlockQuantizer
{
    [SkipLocalsInit]
    public static void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<int> scales = stackalloc int[8], mins = stackalloc int[8];
        (float d, float dmin) = SuperBlock.ScalesAndMins<Codes0To31>(x, KPacking.Weights(importance, 256), 63, scales, mins);
        block.Clear();
        Blocks.WriteHalf(block, d);
        Blocks.WriteHalf(block[2..], dmin);
        KPacking.ScalesAndMins(scales, mins, block.Slice(4, 12));
        for (int sub = 0; sub < 8; sub++)
        {
            Span<byte> h = block.Slice(16, 32), q = block.Slice(48 + sub / 2 * 32, 32);
            for (int i = 0; i < 32; i++)
            {
                int code = KPacking.Code<Codes0To31>(x[sub * 32 + i], d * scales[sub], dmin * mins[sub]);
                q[i] |= (byte)((code & 15) << sub % 2 * 4);
                h[i] |= (byte)(code >> 4 << sub);
            }
        }
    }
}

internal readonly partial struct Q6_K : IBlockQuantizer
{
    [SkipLocalsInit]
    public static void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<int> scales = stackalloc int[16];
        float d = SuperBlock.Scales<CodesOf6Bits>(x, KPacking.Weights(importance, 256), -128, 127, scales);
        block.Clear();
        Blocks.WriteHalf(block[208..], d);
        for (int sub = 0; sub < 16; sub++)
        {
            block[192 + sub] = (byte)(sbyte)scales[sub];
            int half = sub / 8, quarter = sub % 8 / 2, side = sub % 2 * 16;
            Span<byte> q = block.Slice(half * 64 + quarter % 2 * 32 + side, 16), h = block.Slice(128 + half * 32 + side, 16);
            for (int i = 0; i < 16; i++)
            {
                int code = KPacking.Code<CodesOf6Bits>(x[sub * 16 + i], d * scales[sub], 0);
                q[i] |= (byte)((code & 15) << quarter / 2 * 4);
                h[i] |= (byte)(code >> 4 << quarter * 2);
            }
        }
    }
}

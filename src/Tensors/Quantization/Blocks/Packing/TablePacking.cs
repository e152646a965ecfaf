namespace Pure.Tuner;

internal readonly partial struct MXFP4 : IBlockQuantizer
{
    public static void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block)
    {
        float largest = Math.Abs(BlockScale.Extreme(x));
        // The largest E2M1 number is 6, which is between 2^2 and 2^3.
        block[0] = (byte)(largest == 0 ? 0 : Math.Clamp((int)MathF.Floor(MathF.Log2(largest)) - 2 + 127, 0, 254));
        E2M1Codes.Pack(x, MathF.ScaleB(1f, block[0] - 128), block[1..]);
    }
}

/// <summary>E2M1 codes at a given scale.</summary>
internal static class E2M1Codes
{
    /// <summary>Element i in the low, i + (half of them) in the high nibble of byte i; of two equally near numbers the code that comes first.</summary>
    public static void Pack(ReadOnlySpan<float> x, float d, Span<byte> codes)
    {
        int half = x.Length / 2;
        for (int i = 0; i < half; i++) codes[i] = (byte)(Nearest(x[i], d) | Nearest(x[i + half], d) << 4);
    }

    private static int Nearest(float x, float d)
    {
        ReadOnlySpan<sbyte> values = FourBitValues.E2M1;
        int best = 0;
        float error = Math.Abs(x);
        for (int code = 1; code < 16; code++)
        {
            float e = Math.Abs(values[code] * d - x);
            if (e < error) (best, error) = (code, e);
        }
        return best;
    }
}

internal readonly partial struct IQ4_NL : IBlockQuantizer
{
    public static void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block)
    {
        float d = Blocks.WriteHalf(block, ScaleSearch.StoredScale<UnevenCodes>(x, KPacking.Weights(importance, 32)));
        PackCodes(x, d, block[2..]);
    }

    /// <summary>Element i in the low, i + 16 in the high nibble of byte i.</summary>
    internal static void PackCodes(ReadOnlySpan<float> x, float d, Span<byte> codes)
    {
        float inverse = BlockScale.Inverse(d);
        for (int i = 0; i < 16; i++) codes[i] = (byte)(UnevenCodes.Code(x[i] * inverse) | UnevenCodes.Code(x[i + 16] * inverse) << 4);
    }
}

internal readonly partial struct IQ4_XS : IBlockQuantizer
{
    public static void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block)
    {
        Span<int> scales = stackalloc int[8];
        float d = SuperBlock.Scales<UnevenCodes>(x, KPacking.Weights(importance, 256), -32, 31, scales);
        Blocks.WriteHalf(block, d);
        block[2..8].Clear();
        for (int sub = 0; sub < 8; sub++)
        {
            int s = scales[sub] + 32;
            block[2 + sub / 4] |= (byte)(s >> 4 << sub % 4 * 2);
            block[4 + sub / 2] |= (byte)((s & 15) << sub % 2 * 4);
            IQ4_NL.PackCodes(x.Slice(sub * 32, 32), d * scales[sub], block.Slice(8 + sub * 16, 16));
        }
    }
}

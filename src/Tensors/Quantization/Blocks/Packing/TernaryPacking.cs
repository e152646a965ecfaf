namespace Pure.Tuner;

internal readonly partial struct TQ1_0 : IBlockQuantizer
{
    public static void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block)
    {
        float d = Math.Abs(BlockScale.Extreme(x)), inverse = BlockScale.Inverse(d);
        Blocks.WriteHalf(block[52..], d);
        PackDigits(x[..160], 5, inverse, block[..32]);
        PackDigits(x.Slice(160, 80), 5, inverse, block.Slice(32, 16));
        PackDigits(x[240..], 4, inverse, block.Slice(48, 4));
    }

    /// <summary>The inverse of Digits: 0.q0q1q2q3q4 in base 3, in units of 1/256, rounded up.</summary>
    private static void PackDigits(ReadOnlySpan<float> x, int digits, float inverse, Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            int number = 0;
            for (int n = 0; n < 5; n++) number = number * 3 + (n < digits ? Ternary(x[n * bytes.Length + i] * inverse) : 0);
            bytes[i] = (byte)((number * 256 + 242) / 243);
        }
    }

    /// <summary>-1, 0, 1 as 0, 1, 2.</summary>
    internal static int Ternary(float value) => Math.Clamp(BlockScale.Round(value) + 1, 0, 2);
}

internal readonly partial struct TQ2_0 : IBlockQuantizer
{
    public static void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block)
    {
        float d = Math.Abs(BlockScale.Extreme(x)), inverse = BlockScale.Inverse(d);
        Blocks.WriteHalf(block[64..], d);
        for (int i = 0; i < 64; i++)
        {
            int codes = 0;
            for (int n = 0; n < 4; n++) codes |= TQ1_0.Ternary(x[i / 32 * 128 + n * 32 + i % 32] * inverse) << (n * 2);
            block[i] = (byte)codes;
        }
    }
}

namespace Pure.Tuner;

/// <summary>y = d (q - 1), q in base 3: 48 bytes of five digits, 4 bytes of four, d F16.</summary>
/// <remarks>A byte is the number 0.q0q1q2q3q4 in base 3, rounded up to 8 binary places: times 3^n, the next digit stands before the point.</remarks>
internal readonly partial struct TQ1_0 : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 54;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block[52..]);
        Digits(block[..32], 5, d, y[..160]);
        Digits(block.Slice(32, 16), 5, d, y.Slice(160, 80));
        Digits(block.Slice(48, 4), 4, d, y[240..]);
    }

    /// <summary>The first digits of all bytes, then the second digits, ...</summary>
    private static void Digits(ReadOnlySpan<byte> bytes, int digits, float d, Span<float> y)
    {
        int power = 1;
        for (int n = 0; n < digits; n++, power *= 3)
            for (int i = 0; i < bytes.Length; i++)
                y[n * bytes.Length + i] = (((byte)(bytes[i] * power) * 3 >> 8) - 1) * d;
    }
}

/// <summary>y = d (q - 1): 64 bytes of bit pairs, d F16.</summary>
internal readonly partial struct TQ2_0 : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 66;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block[64..]);
        for (int part = 0; part < 8; part++)   // 32 bytes at four shifts, twice
        {
            ReadOnlySpan<byte> q = block.Slice(part / 4 * 32, 32);
            for (int i = 0; i < 32; i++) y[part * 32 + i] = ((q[i] >> (part % 4 * 2) & 3) - 1) * d;
        }
    }
}

/// <summary>y = ±d: d F16, 16 bytes of bits, set for plus.</summary>
internal readonly struct Q1_0 : IBlockFormat
{
    public static int Elements => 128;
    public static int Bytes => 18;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block);
        for (int i = 0; i < 128; i++) y[i] = (block[2 + i / 8] >> (i % 8) & 1) != 0 ? d : -d;
    }
}

/// <summary>y = d (q - 1), q of 0 to 3: d F16, 16 bytes of bit pairs.</summary>
internal readonly struct Q2_0 : IBlockFormat
{
    public static int Elements => 64;
    public static int Bytes => 18;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block);
        for (int i = 0; i < 64; i++) y[i] = ((block[2 + i / 4] >> (i % 4 * 2) & 3) - 1) * d;
    }
}

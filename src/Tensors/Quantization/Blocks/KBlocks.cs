using System.Buffers.Binary;

namespace Pure.Tuner;

// Super-blocks of 256: sub-blocks of 16 or 32 have small integer scales, which share one F16 scale d (and dmin for the minima).

/// <summary>y = (d s) q - dmin m: 16 bytes of 4-bit s and m, 64 bytes of 2-bit q, d, dmin F16; sub-blocks of 16.</summary>
internal readonly partial struct Q2_K : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 84;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block[80..]), dmin = Blocks.Half(block[82..]);
        for (int sub = 0; sub < 16; sub++)   // 8 sub-blocks share 32 bytes: two halves of 16 at four shifts
        {
            float scale = d * (block[sub] & 15), min = dmin * (block[sub] >> 4);
            ReadOnlySpan<byte> q = block.Slice(16 + sub / 8 * 32 + sub % 2 * 16, 16);
            Span<float> part = y.Slice(sub * 16, 16);
            int shift = sub % 8 / 2 * 2;
            for (int i = 0; i < 16; i++) part[i] = scale * (q[i] >> shift & 3) - min;
        }
    }
}

/// <summary>y = (d s) q, s 6-bit less 32, q 3-bit less 4: 32 bytes of high bits, 64 bytes of low bit pairs, 12 bytes of s, d F16; sub-blocks of 16.</summary>
internal readonly partial struct Q3_K : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 110;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block[108..]);
        ReadOnlySpan<byte> s = block.Slice(96, 12);
        for (int sub = 0; sub < 16; sub++)
        {
            int low = sub < 8 ? s[sub] & 15 : s[sub - 8] >> 4, high = s[8 + sub % 4] >> (sub / 4 * 2) & 3;
            float scale = d * ((low | high << 4) - 32);
            ReadOnlySpan<byte> h = block.Slice(sub % 2 * 16, 16), q = block.Slice(32 + sub / 8 * 32 + sub % 2 * 16, 16);
            Span<float> part = y.Slice(sub * 16, 16);
            int shift = sub % 8 / 2 * 2, bit = sub / 2;
            for (int i = 0; i < 16; i++) part[i] = scale * ((q[i] >> shift & 3 | (h[i] >> bit & 1) << 2) - 4);
        }
    }
}

/// <summary>y = (d s) q - dmin m: d, dmin F16, 12 bytes of 6-bit s and m, 128 bytes of nibbles; sub-blocks of 32.</summary>
internal readonly partial struct Q4_K : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 144;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block), dmin = Blocks.Half(block[2..]);
        for (int sub = 0; sub < 8; sub++)   // two sub-blocks share 32 bytes: low nibbles, then high
        {
            (int s, int m) = ScaleAndMin(block.Slice(4, 12), sub);
            float scale = d * s, min = dmin * m;
            ReadOnlySpan<byte> q = block.Slice(16 + sub / 2 * 32, 32);
            Span<float> part = y.Slice(sub * 32, 32);
            int shift = sub % 2 * 4;
            for (int i = 0; i < 32; i++) part[i] = scale * (q[i] >> shift & 15) - min;
        }
    }

    /// <summary>Six-bit scale and minimum of a sub-block: the first four whole, the upper bits of the last four in the first bytes' spare bits.</summary>
    public static (int Scale, int Min) ScaleAndMin(ReadOnlySpan<byte> s, int sub) => sub < 4
        ? (s[sub] & 63, s[sub + 4] & 63)
        : (s[sub + 4] & 15 | s[sub - 4] >> 6 << 4, s[sub + 4] >> 4 | s[sub] >> 6 << 4);
}

/// <summary>As Q4_K, with 32 bytes of fifth bits before the nibbles.</summary>
internal readonly partial struct Q5_K : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 176;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block), dmin = Blocks.Half(block[2..]);
        ReadOnlySpan<byte> h = block.Slice(16, 32);
        for (int sub = 0; sub < 8; sub++)
        {
            (int s, int m) = Q4_K.ScaleAndMin(block.Slice(4, 12), sub);
            float scale = d * s, min = dmin * m;
            ReadOnlySpan<byte> q = block.Slice(48 + sub / 2 * 32, 32);
            Span<float> part = y.Slice(sub * 32, 32);
            int shift = sub % 2 * 4;
            for (int i = 0; i < 32; i++) part[i] = scale * (q[i] >> shift & 15 | (h[i] >> sub & 1) << 4) - min;
        }
    }
}

/// <summary>y = (d s) (q - 32): 128 bytes of nibbles, 64 bytes of upper bit pairs, 16 signed s, d F16; sub-blocks of 16.</summary>
internal readonly partial struct Q6_K : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 210;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block[208..]);
        for (int sub = 0; sub < 16; sub++)   // in each half: 64 low nibbles, the same bytes' high nibbles, 32 bytes of bit pairs at four shifts
        {
            int half = sub / 8, quarter = sub % 8 / 2, side = sub % 2 * 16;
            float scale = d * (sbyte)block[192 + sub];
            ReadOnlySpan<byte> q = block.Slice(half * 64 + quarter % 2 * 32 + side, 16), h = block.Slice(128 + half * 32 + side, 16);
            Span<float> part = y.Slice(sub * 16, 16);
            int shift = quarter / 2 * 4;
            for (int i = 0; i < 16; i++) part[i] = scale * ((q[i] >> shift & 15 | (h[i] >> (quarter * 2) & 3) << 4) - 32);
        }
    }
}

/// <summary>y = d q: d F32, 256 signed bytes, 32 bytes of sums that only inner products use.</summary>
internal readonly struct Q8_K : IBlockFormat
{
    public static int Elements => 256;
    public static int Bytes => 292;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = BinaryPrimitives.ReadSingleLittleEndian(block);
        ReadOnlySpan<byte> q = block.Slice(4, 256);
        for (int i = 0; i < 256; i++) y[i] = d * (sbyte)q[i];
    }
}

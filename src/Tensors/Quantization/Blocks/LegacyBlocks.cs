using System.Buffers.Binary;

namespace Pure.Tuner;

// Blocks of 32 with one scale d, and one minimum m in the _1 formats. Element i is in the low and i + 16 in the high nibble of
// byte i; bit i of qh is the fifth bit of element i.

/// <summary>y = d (q - 8): d F16, 16 bytes of nibbles.</summary>
internal readonly partial struct Q4_0 : IBlockFormat
{
    public static int Elements => 32;
    public static int Bytes => 18;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block);
        ReadOnlySpan<byte> q = block.Slice(2, 16);
        Span<float> low = y[..16], high = y.Slice(16, 16);
        for (int i = 0; i < 16; i++)
        {
            low[i] = ((q[i] & 15) - 8) * d;
            high[i] = ((q[i] >> 4) - 8) * d;
        }
    }
}

/// <summary>y = d q + m: d F16, m F16, 16 bytes of nibbles.</summary>
internal readonly partial struct Q4_1 : IBlockFormat
{
    public static int Elements => 32;
    public static int Bytes => 20;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block), m = Blocks.Half(block[2..]);
        ReadOnlySpan<byte> q = block.Slice(4, 16);
        Span<float> low = y[..16], high = y.Slice(16, 16);
        for (int i = 0; i < 16; i++)
        {
            low[i] = (q[i] & 15) * d + m;
            high[i] = (q[i] >> 4) * d + m;
        }
    }
}

/// <summary>y = d (q - 16): d F16, 4 bytes of fifth bits, 16 bytes of nibbles.</summary>
internal readonly partial struct Q5_0 : IBlockFormat
{
    public static int Elements => 32;
    public static int Bytes => 22;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block);
        uint h = BinaryPrimitives.ReadUInt32LittleEndian(block[2..]);
        ReadOnlySpan<byte> q = block.Slice(6, 16);
        Span<float> low = y[..16], high = y.Slice(16, 16);
        for (int i = 0; i < 16; i++)
        {
            low[i] = (int)((q[i] & 15u | (h >> i & 1) << 4) - 16) * d;
            high[i] = (int)(((uint)q[i] >> 4 | (h >> (i + 16) & 1) << 4) - 16) * d;
        }
    }
}

/// <summary>y = d q + m: d F16, m F16, 4 bytes of fifth bits, 16 bytes of nibbles.</summary>
internal readonly partial struct Q5_1 : IBlockFormat
{
    public static int Elements => 32;
    public static int Bytes => 24;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block), m = Blocks.Half(block[2..]);
        uint h = BinaryPrimitives.ReadUInt32LittleEndian(block[4..]);
        ReadOnlySpan<byte> q = block.Slice(8, 16);
        Span<float> low = y[..16], high = y.Slice(16, 16);
        for (int i = 0; i < 16; i++)
        {
            low[i] = (int)(q[i] & 15u | (h >> i & 1) << 4) * d + m;
            high[i] = (int)((uint)q[i] >> 4 | (h >> (i + 16) & 1) << 4) * d + m;
        }
    }
}

/// <summary>y = d q: d F16, 32 signed bytes.</summary>
internal readonly partial struct Q8_0 : IBlockFormat
{
    public static int Elements => 32;
    public static int Bytes => 34;

    public static void Expand(ReadOnlySpan<byte> block, Span<float> y)
    {
        float d = Blocks.Half(block);
        ReadOnlySpan<byte> q = block.Slice(2, 32);
        for (int i = 0; i < 32; i++) y[i] = (sbyte)q[i] * d;
    }
}

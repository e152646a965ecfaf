using System.Buffers.Binary;

namespace Pure.Tuner;

// Codes are made with the F32 scale, before it is rounded to F16: so does ggml, and the bytes are the same.

/// <summary>What the formats with one scale a block share.</summary>
internal static class BlockScale
{
    /// <summary>The number of largest magnitude with its sign; the first of equal ones.</summary>
    public static float Extreme(ReadOnlySpan<float> x)
    {
        float extreme = 0;
        foreach (float v in x)
            if (Math.Abs(v) > Math.Abs(extreme)) extreme = v;
        return extreme;
    }

    /// <summary>1 / d, and 0 where d is 0.</summary>
    public static float Inverse(float d) => d == 0 ? 0 : 1 / d;

    /// <summary>The whole number below a positive one, at most the largest code.</summary>
    public static int Code(float value, int largest) => Math.Clamp((int)value, 0, largest);

    /// <summary>Nearest whole number, halves away from zero.</summary>
    public static int Round(float value) => (int)MathF.Round(value, MidpointRounding.AwayFromZero);

    /// <summary>Codes of up to five bits: nibbles of element i and i + 16 in byte i, fifth bits in h.</summary>
    public static uint Nibbles(ReadOnlySpan<float> x, float scale, float subtract, float offset, int largest, Span<byte> nibbles)
    {
        uint h = 0;
        for (int i = 0; i < 16; i++)
        {
            int low = Code((x[i] - subtract) * scale + offset, largest), high = Code((x[i + 16] - subtract) * scale + offset, largest);
            nibbles[i] = (byte)(low & 15 | (high & 15) << 4);
            h |= (uint)(low >> 4) << i | (uint)(high >> 4) << (i + 16);
        }
        return h;
    }

    /// <summary>Smallest and largest.</summary>
    public static (float Min, float Max) Range(ReadOnlySpan<float> x) => (TensorPrimitives.Min(x), TensorPrimitives.Max(x));
}

internal readonly partial struct Q4_0 : IBlockQuantizer
{
    public static void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block)
    {
        float d = BlockScale.Extreme(x) / -8;
        Blocks.WriteHalf(block, d);
        BlockScale.Nibbles(x, BlockScale.Inverse(d), 0, 8.5f, 15, block[2..]);
    }
}

internal readonly partial struct Q4_1 : IBlockQuantizer
{
    public static void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block)
    {
        (float min, float max) = BlockScale.Range(x);
        float d = (max - min) / 15;
        Blocks.WriteHalf(block, d);
        Blocks.WriteHalf(block[2..], min);
        BlockScale.Nibbles(x, BlockScale.Inverse(d), min, 0.5f, 15, block[4..]);
    }
}

internal readonly partial struct Q5_0 : IBlockQuantizer
{
    public static void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block)
    {
        float d = BlockScale.Extreme(x) / -16;
        Blocks.WriteHalf(block, d);
        BinaryPrimitives.WriteUInt32LittleEndian(block[2..], BlockScale.Nibbles(x, BlockScale.Inverse(d), 0, 16.5f, 31, block[6..]));
    }
}

internal readonly partial struct Q5_1 : IBlockQuantizer
{
    public static void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block)
    {
        (float min, float max) = BlockScale.Range(x);
        float d = (max - min) / 31;
        Blocks.WriteHalf(block, d);
        Blocks.WriteHalf(block[2..], min);
        BinaryPrimitives.WriteUInt32LittleEndian(block[4..], BlockScale.Nibbles(x, BlockScale.Inverse(d), min, 0.5f, 31, block[8..]));
    }
}

internal readonly partial struct Q8_0 : IBlockQuantizer
{
    public static void Pack(ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> block)
    {
        float d = Math.Abs(BlockScale.Extreme(x)) / 127, inverse = BlockScale.Inverse(d);
        Blocks.WriteHalf(block, d);
        for (int i = 0; i < 32; i++) block[2 + i] = (byte)(sbyte)Math.Clamp(BlockScale.Round(x[i] * inverse), -128, 127);
    }
}

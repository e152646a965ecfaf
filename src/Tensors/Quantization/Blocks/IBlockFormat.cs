using System.Buffers.Binary;

namespace Pure.Tuner;

/// <summary>A format that packs numbers in blocks of equal size.</summary>
internal interface IBlockFormat
{
    /// <summary>Numbers in a block.</summary>
    static abstract int Elements { get; }

    /// <summary>Bytes of a block.</summary>
    static abstract int Bytes { get; }

    /// <summary>Expands one block to F32.</summary>
    static abstract void Expand(ReadOnlySpan<byte> block, Span<float> y);
}

/// <summary>What the block formats share.</summary>
internal static class Blocks
{
    /// <summary>The largest F16 number.</summary>
    public const float LargestHalf = 65504;

    /// <summary>Expands whole blocks to F32.</summary>
    public static void Expand<T>(ReadOnlySpan<byte> source, Span<float> destination) where T : struct, IBlockFormat
    {
        int bytes = T.Bytes, elements = T.Elements;
        for (; source.Length >= bytes; source = source[bytes..], destination = destination[elements..])
            T.Expand(source[..bytes], destination[..elements]);
    }

    /// <summary>Rounds whole blocks.</summary>
    /// <param name="source">The numbers.</param>
    /// <param name="importance">How much the squared error of each counts; empty: all the same.</param>
    /// <param name="destination">Where the blocks go.</param>
    public static void Pack<T>(ReadOnlySpan<float> source, ReadOnlySpan<float> importance, Span<byte> destination) where T : struct, IBlockQuantizer
    {
        int bytes = T.Bytes, elements = T.Elements;
        for (; source.Length >= elements; source = source[elements..], destination = destination[bytes..])
        {
            T.Pack(source[..elements], importance.IsEmpty ? default : importance[..elements], destination[..bytes]);
            if (!importance.IsEmpty) importance = importance[elements..];
        }
    }

    /// <summary>Writes an F16 number at the front and gives back what it now is; too large a number becomes the largest.</summary>
    public static float WriteHalf(Span<byte> bytes, float value)
    {
        var half = (System.Half)Math.Clamp(value, -LargestHalf, LargestHalf);
        BinaryPrimitives.WriteHalfLittleEndian(bytes, half);
        return (float)half;
    }

    /// <summary>The F16 number at the front.</summary>
    public static float Half(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);
}

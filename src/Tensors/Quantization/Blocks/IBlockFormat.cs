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
    /// <summary>Expands whole blocks to F32.</summary>
    public static void Expand<T>(ReadOnlySpan<byte> source, Span<float> destination) where T : struct, IBlockFormat
    {
        int bytes = T.Bytes, elements = T.Elements;
        for (; source.Length >= bytes; source = source[bytes..], destination = destination[elements..])
            T.Expand(source[..bytes], destination[..elements]);
    }

    /// <summary>The F16 number at the front.</summary>
    public static float Half(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);
}

using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Ascend;

/// <summary>The dropout mask as the card takes it: one bit an element, lowest first, 1 for what stays.</summary>
internal static class DropoutBits
{
    /// <summary>Elements that one call of the generator gives.</summary>
    private const int Round = 4 * PhiloxLanes.Count;

    private const int PieceBytes = 1 << 14;

    /// <summary>Bit i of a byte at bit 4 i of a word: the words of eight counters interleaved.</summary>
    private static readonly uint[] s_spread = [.. Enumerable.Range(0, 256).Select(static m =>
    {
        uint word = 0;
        for (int i = 0; i < 8; i++) word |= (uint)(m >> i & 1) << (4 * i);
        return word;
    })];

    /// <summary>Bytes of a mask: whole 128 elements.</summary>
    public static int Bytes(long count) => checked((int)((count + 127) / 128 * 16));

    /// <summary>Bits of elements 0, 1, ...: a function of the key alone, whatever the number of threads.</summary>
    public static void Fill(ulong key, uint below, Memory<byte> bits)
    {
        int pieces = (bits.Length + PieceBytes - 1) / PieceBytes;
        if (pieces <= 1) Piece(key, below, 0, bits.Span);
        else Parallel.For(0, pieces, p => Piece(key, below, p * 8L * PieceBytes, bits.Span.Slice(p * PieceBytes, Math.Min(PieceBytes, bits.Length - p * PieceBytes))));
    }

    private static void Piece(ulong key, uint below, long first, Span<byte> bits)
    {
        Span<uint> words = stackalloc uint[Round];
        Vector256<uint> least = Vector256.Create(below);
        for (int at = 0; at < bits.Length; at += Round / 8)
        {
            PhiloxLanes.Words(key, (ulong)(first + 8L * at) >> 2, words);
            uint word = 0;
            for (int w = 0; w < 4; w++)
                word |= s_spread[Vector256.GreaterThanOrEqual(Vector256.Create<uint>(words.Slice(w * PhiloxLanes.Count, PhiloxLanes.Count)), least).ExtractMostSignificantBits()] << w;
            BinaryPrimitives.WriteUInt32LittleEndian(bits[at..], word);
        }
    }
}

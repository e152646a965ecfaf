using System.Buffers.Binary;
using System.Text;

namespace Pure.Tuner.Tests;

/// <summary>Damage that knows nothing of the format: bits, bytes, chunks, numbers at their edges.</summary>
internal static class ByteMutator
{
    private const string Signs = "0123456789[]{}(),:;\"'\\ \n\t-+.%#*&|<>=/_^~`!?$@";

    private static readonly ulong[] s_edges =
    [
        0, 1, 2, 7, 8, 31, 32, 127, 128, 255, 256, 32767, 65535, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, 100_000_000, 100_000_001, 1UL << 40, long.MaxValue - 7, long.MaxValue, 1UL << 63, ulong.MaxValue - 8, ulong.MaxValue,
    ];

    private static readonly string[] s_numbers =
    [
        "0", "-1", "1", "2", "00", "-0", "0.5", "1e5", "1e308", "1e400", "-1e400", "1e-400", "2147483647", "2147483648", "-2147483649", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "18446744073709551616", "123456789012345678901234567890", "NaN", "Infinity", "0x10", "1_000", "",
    ];

    /// <summary>One to four changes.</summary>
    /// <param name="good">What is changed.</param>
    /// <param name="other">What pieces may be taken from.</param>
    /// <param name="words">Words of the format.</param>
    /// <param name="random">Chooses.</param>
    /// <param name="head">Bytes in front that most changes hit.</param>
    public static byte[] Mutate(byte[] good, byte[] other, IReadOnlyList<string> words, FuzzRandom random, int head = int.MaxValue)
    {
        List<byte> bytes = [.. good];
        for (int n = random.One(2) ? 1 : 1 + random.Next(4); n > 0; n--) One(bytes, other, words, random, head);
        return [.. bytes];
    }

    private static void One(List<byte> bytes, byte[] other, IReadOnlyList<string> words, FuzzRandom random, int head)
    {
        int at = random.Next(1 + (random.One(8) ? bytes.Count : Math.Min(head, bytes.Count))), left = bytes.Count - at;
        switch (random.Next(13))
        {
            case 0 or 1 when left > 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 2 when left > 0: bytes[at] = (byte)random.Word(); break;
            case 3: bytes.Insert(at, (byte)random.Word()); break;
            case 4: bytes.RemoveRange(at, random.Length(left)); break;
            case 5: bytes.InsertRange(random.Next(1 + bytes.Count), [.. bytes.Skip(at).Take(random.Length(left))]); break;
            case 6 when random.One(3): bytes.RemoveRange(at, left); break;
            case 7 when other.Length > 0:
                int from = random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, random.Length(other.Length - from)).ToArray());
                break;
            case 8 when left > 0: Edge(bytes, at, random); break;
            case 9 when words.Count > 0: bytes.InsertRange(at, Encoding.UTF8.GetBytes(random.Of(words))); break;
            case 10: Number(bytes, at, random); break;
            case 11 when left > 0: bytes[at] = (byte)Signs[random.Next(Signs.Length)]; break;
            default: bytes.InsertRange(at, Enumerable.Repeat((byte)random.Word(), 1 << random.Next(random.One(40) ? 14 : 7))); break;
        }
    }

    /// <summary>Writes a number of 1, 2, 4 or 8 bytes over what stands there.</summary>
    private static void Edge(List<byte> bytes, int at, FuzzRandom random)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, random.Of(s_edges));
        int size = Math.Min(1 << random.Next(4), bytes.Count - at);
        for (int i = 0; i < size; i++) bytes[at + i] = number[i];
    }

    /// <summary>Puts an edge in the place of the next number that is written in digits.</summary>
    private static void Number(List<byte> bytes, int at, FuzzRandom random)
    {
        while (at < bytes.Count && bytes[at] is < (byte)'0' or > (byte)'9') at++;
        int end = at;
        while (end < bytes.Count && bytes[end] is >= (byte)'0' and <= (byte)'9' or (byte)'.') end++;
        bytes.RemoveRange(at, end - at);
        bytes.InsertRange(at, Encoding.ASCII.GetBytes(random.Of(s_numbers)));
    }
}

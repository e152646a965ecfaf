using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Pure.Tuner;

/// <summary>Reads the head of a GGUF file field by field; never past its end, and never allocates more than the file could fill.</summary>
internal sealed class GgufCursor(MappedFile file)
{
    private const int MaxDepth = 8;
    private static readonly string[] s_typeNames = ["u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "string", "array", "u64", "i64", "f64"];
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Byte that is read next.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes not yet read.</summary>
    public long Left => file.Length - Position;

    public uint U32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(4, what));
    public ulong U64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Take(8, what));

    /// <summary>A number of things that take at least so many bytes each.</summary>
    public int Count(int bytesEach, string what)
    {
        ulong count = U64(what);
        if (count > (ulong)(Left / bytesEach) || count > (ulong)Array.MaxLength)
            throw Bad($"{what} is {count}, more than the {Left} bytes that follow can hold: the file is damaged or cut off, fetch it again");
        return (int)count;
    }

    /// <summary>A key or a tensor's name.</summary>
    public string Name(string what)
    {
        ReadOnlySpan<byte> bytes = Text(what);
        if (bytes.Length > ushort.MaxValue) throw Bad($"{what} has {bytes.Length} bytes, at most {ushort.MaxValue} are allowed: the file is damaged");
        try
        {
            return s_strict.GetString(bytes);
        }
        catch (ArgumentException e)
        {
            throw new CheckpointException($"{file.Path}: {what} is not valid UTF-8: the file is damaged", e);
        }
    }

    /// <summary>A metadata value: a number, bool or string as itself, an array as a .NET array of its element type.</summary>
    public object Value(string key) => Value(key, U32($"the type of key '{key}'"), depth: 0);

    private object Value(string key, uint type, int depth) => type switch
    {
        0 => Take(1, Of(key))[0],
        1 => (sbyte)Take(1, Of(key))[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(Take(2, Of(key))),
        3 => BinaryPrimitives.ReadInt16LittleEndian(Take(2, Of(key))),
        4 => U32(Of(key)),
        5 => (int)U32(Of(key)),
        6 => BinaryPrimitives.ReadSingleLittleEndian(Take(4, Of(key))),
        7 => Bool(key, Take(1, Of(key))[0]),
        8 => Encoding.UTF8.GetString(Text(Of(key))),   // lenient: a stray byte in a description is no reason to refuse a model
        9 => List(key, depth),
        10 => U64(Of(key)),
        11 => (long)U64(Of(key)),
        12 => BinaryPrimitives.ReadDoubleLittleEndian(Take(8, Of(key))),
        _ => throw Bad($"key '{key}' has the unknown value type {type} (known: 0 to 12): the file is damaged or newer than this program"),
    };

    private object List(string key, int depth)
    {
        if (depth == MaxDepth) throw Bad($"key '{key}' nests arrays more than {MaxDepth} deep: the file is damaged");
        uint type = U32(Of(key));
        string what = $"the length of key '{key}'";
        switch (type)
        {
            case 0: return Numbers<byte>(what, key);
            case 1: return Numbers<sbyte>(what, key);
            case 2: return Numbers<ushort>(what, key);
            case 3: return Numbers<short>(what, key);
            case 4: return Numbers<uint>(what, key);
            case 5: return Numbers<int>(what, key);
            case 6: return Numbers<float>(what, key);
            case 7: return Array.ConvertAll(Numbers<byte>(what, key), b => Bool(key, b));
            case 8:
                var texts = new string[Count(8, what)];
                string of = Of(key), length = LengthOf(of);                  // made once: a vocabulary has a hundred thousand
                for (int i = 0; i < texts.Length; i++) texts[i] = Encoding.UTF8.GetString(Take(Count(1, length), of));
                return texts;
            case 9:
                var lists = new object[Count(12, what)];
                for (int i = 0; i < lists.Length; i++) lists[i] = List(key, depth + 1);
                return lists;
            case 10: return Numbers<ulong>(what, key);
            case 11: return Numbers<long>(what, key);
            case 12: return Numbers<double>(what, key);
            default: throw Bad($"key '{key}' is an array of the unknown value type {type} (known: {string.Join(", ", s_typeNames)}): the file is damaged or newer than this program");
        }
    }

    private T[] Numbers<T>(string what, string key) where T : unmanaged
    {
        int size = System.Runtime.CompilerServices.Unsafe.SizeOf<T>(), count = Count(size, what);
        if ((long)count * size > int.MaxValue) throw Bad($"key '{key}' is an array of {count} numbers, more than any model needs: the file is damaged");
        return MemoryMarshal.Cast<byte, T>(Take(count * size, Of(key))).ToArray();
    }

    private bool Bool(string key, byte value) => value <= 1 ? value == 1 : throw Bad($"key '{key}' is a bool with the value {value} (0 or 1 are allowed): the file is damaged");

    private ReadOnlySpan<byte> Text(string what) => Take(Count(1, LengthOf(what)), what);

    private ReadOnlySpan<byte> Take(int bytes, string what)
    {
        if (bytes > Left) throw Bad($"the file ends inside {what}: it is cut off, fetch it again");
        ReadOnlySpan<byte> taken = file.Span(Position, bytes);
        Position += bytes;
        return taken;
    }

    private static string LengthOf(string what) => $"the length of {what}";
    private static string Of(string key) => $"key '{key}'";
    private CheckpointException Bad(string what) => new($"{file.Path}: {what}");
}

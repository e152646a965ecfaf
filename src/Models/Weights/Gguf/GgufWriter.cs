using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Pure.Tuner;

/// <summary>Writes a GGUF file of version 3: keys and values, then tensors.</summary>
/// <remarks>
/// Tensors are given as callbacks that run when their turn in the file comes, so that a large model is never in memory twice. The file is
/// written under another name beside its place, flushed to the disk and renamed.
/// </remarks>
internal sealed class GgufWriter
{
    /// <summary>What tensors' offsets are a multiple of: the value for files that do not say another.</summary>
    public const int Alignment = 32;

    private readonly List<(string Key, object Value)> _keys = [];
    private readonly List<Item> _tensors = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Adds a value: uint, int, float, bool, string, or an array of int, float or string. Null adds nothing.</summary>
    /// <exception cref="ArgumentException">The key is taken, or values of that type cannot be written.</exception>
    public void Key(string key, object? value)
    {
        if (value is null) return;
        if (!_names.Add("key " + key)) throw new ArgumentException($"gguf: {key}: the key is already taken", nameof(key));
        _ = Type(value);
        _keys.Add((key, value));
    }

    /// <summary>Adds a tensor whose bytes a callback will write.</summary>
    /// <param name="name">As in the file.</param>
    /// <param name="format">How its numbers are packed.</param>
    /// <param name="shape">Sizes, slowest first.</param>
    /// <param name="write">Writes all of them.</param>
    /// <exception cref="ArgumentException">The name is taken, or a row is not whole blocks.</exception>
    public void Tensor(string name, GgufFormat format, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        long elements = 1;
        foreach (long size in shape) elements = checked(elements * size);
        if (shape.Length is 0 or > 4 || shape[^1] % format.BlockElements != 0) throw new ArgumentException($"gguf: {name}: [{string.Join(", ", shape.ToArray())}] has no rows of whole blocks of {format.Name} ({format.BlockElements})", nameof(shape));
        if (!_names.Add("tensor " + name)) throw new ArgumentException($"gguf: {name}: the name is already taken", nameof(name));
        _tensors.Add(new Item(name, format, shape.ToArray(), elements / format.BlockElements * format.BlockBytes, write));
    }

    /// <summary>Bytes of all tensors.</summary>
    public long TensorBytes => _tensors.Sum(t => t.Bytes);

    /// <summary>Writes the file.</summary>
    /// <exception cref="IOException">The disk is full, or the file cannot be replaced; nothing is left behind.</exception>
    public void Save(string path)
    {
        try
        {
            using var file = new PendingFile(path);
            byte[] head = Head();
            file.Stream.Write(head);
            Pad(file.Stream, head.Length);
            foreach (Item t in _tensors)
            {
                var bounded = new BoundedStream(file.Stream, t.Bytes);
                t.Write(bounded);
                if (bounded.Left != 0) throw new InvalidOperationException($"gguf: {t.Name}: {t.Bytes - bounded.Left} bytes were written where {t.Bytes} are due");
                Pad(file.Stream, t.Bytes);
            }
            file.Commit();
        }
        catch (IOException e) when (e is not CheckpointException) { throw PendingFile.Fault(path, e); }
    }

    private byte[] Head()
    {
        var head = new MemoryStream();
        head.Write("GGUF"u8);
        Number(head, 3u);
        Number(head, (ulong)_tensors.Count);
        Number(head, (ulong)_keys.Count);
        foreach ((string key, object value) in _keys)
        {
            Text(head, key);
            Number(head, Type(value));
            Value(head, value);
        }
        long offset = 0;
        foreach (Item t in _tensors)
        {
            Text(head, t.Name);
            Number(head, (uint)t.Shape.Length);
            foreach (long size in t.Shape.Reverse()) Number(head, (ulong)size);
            Number(head, (uint)t.Format.Id);
            Number(head, (ulong)offset);
            offset += (t.Bytes + Alignment - 1) / Alignment * Alignment;
        }
        return head.ToArray();
    }

    private static uint Type(object value) => value switch
    {
        uint => 4,
        int => 5,
        float => 6,
        bool => 7,
        string => 8,
        int[] or float[] or string[] => 9,
        _ => throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"gguf: a {value.GetType().Name} cannot be written as a value"), nameof(value)),
    };

    private static void Value(MemoryStream head, object value)
    {
        switch (value)
        {
            case uint n: Number(head, n); break;
            case int n: Number(head, (uint)n); break;
            case float f: Number(head, BitConverter.SingleToUInt32Bits(f)); break;
            case bool b: head.WriteByte(b ? (byte)1 : (byte)0); break;
            case string s: Text(head, s); break;
            case int[] list: List(head, 5, list); break;
            case float[] list: List(head, 6, list); break;
            default:
                var texts = (string[])value;
                Number(head, 8u);
                Number(head, (ulong)texts.Length);
                foreach (string s in texts) Text(head, s);
                break;
        }
    }

    private static void List<T>(MemoryStream head, uint type, T[] list) where T : unmanaged
    {
        Number(head, type);
        Number(head, (ulong)list.Length);
        head.Write(MemoryMarshal.AsBytes(list.AsSpan()));
    }

    private static void Number(MemoryStream head, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        head.Write(bytes);
    }

    private static void Number(MemoryStream head, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        head.Write(bytes);
    }

    private static void Text(MemoryStream head, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Number(head, (ulong)bytes.Length);
        head.Write(bytes);
    }

    private static void Pad(Stream stream, long written)
    {
        Span<byte> zeros = stackalloc byte[Alignment];
        zeros.Clear();
        stream.Write(zeros[..(int)((Alignment - written % Alignment) % Alignment)]);
    }

    private sealed record Item(string Name, GgufFormat Format, long[] Shape, long Bytes, Action<Stream> Write);
}

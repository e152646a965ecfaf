using System.Globalization;

namespace Pure.Tuner;

/// <summary>A GGUF file of version 2 or 3, memory-mapped; its head is read and checked when opened.</summary>
/// <remarks>Format: magic, version, counts, metadata (key, type, value), tensors (name, sizes, format, offset), padding, data.</remarks>
internal sealed class GgufFile : IDisposable
{
    private const int MaxDimensions = 4;
    private const int ChunkElements = 1 << 22;   // whole blocks of every format
    private readonly MappedFile _file;
    private readonly Dictionary<string, object> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GgufTensor> _tensors = new(StringComparer.Ordinal);
    private readonly List<GgufTensor> _inOrder = [];

    private GgufFile(MappedFile file)
    {
        _file = file;
        var cursor = new GgufCursor(file);
        if (file.Length < 4 || !file.Span(0, 4).SequenceEqual("GGUF"u8)) throw Bad("the file does not start with 'GGUF': this is not a GGUF file");
        cursor.U32("the magic");
        Version = CheckVersion(cursor.U32("the version"));
        int tensors = cursor.Count(24, "the number of tensors"), keys = cursor.Count(13, "the number of keys");
        for (int i = 0; i < keys; i++)
        {
            string key = cursor.Name($"the name of key {i}");
            if (!_metadata.TryAdd(key, cursor.Value(key))) throw Bad($"key '{key}' occurs twice");
        }
        Alignment = CheckAlignment();
        for (int i = 0; i < tensors; i++) ReadTensor(cursor, i);
        Place(cursor.Position);
    }

    /// <summary>The file, as it was named.</summary>
    public string Path => _file.Path;

    /// <summary>2 or 3.</summary>
    public int Version { get; }

    /// <summary>What tensors' offsets are a multiple of.</summary>
    public int Alignment { get; }

    /// <summary>Values by key: numbers, bools and strings as themselves, arrays as .NET arrays.</summary>
    public IReadOnlyDictionary<string, object> Metadata => _metadata;

    /// <summary>Tensors in the order of the file.</summary>
    public IReadOnlyList<GgufTensor> Tensors => _inOrder;

    /// <exception cref="CheckpointException">The file is missing, or breaks a rule of the format.</exception>
    public static GgufFile Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            return new GgufFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The tensor of that name, or null.</summary>
    public GgufTensor? Find(string name) => _tensors.GetValueOrDefault(name);

    /// <summary>A string, or null when the key is absent.</summary>
    /// <exception cref="CheckpointException">The key has another type; likewise for the others.</exception>
    public string? Text(string key) => Value(key) switch { null => null, string text => text, var other => throw Mistyped(key, "a string", other) };

    /// <summary>A whole number, or null.</summary>
    public long? Integer(string key) => Value(key) switch
    {
        null => null,
        ulong and > long.MaxValue => throw Bad($"key '{key}' is larger than 2^63"),
        byte or sbyte or ushort or short or uint or int or long or ulong => Convert.ToInt64(Value(key), CultureInfo.InvariantCulture),
        var other => throw Mistyped(key, "a whole number", other),
    };

    /// <summary>A number, or null. An F32 is given as the shortest decimal that rounds to it: 1e-05, not 9.999999747378752e-06.</summary>
    public double? Number(string key) => Value(key) switch
    {
        float.NaN or float.PositiveInfinity or float.NegativeInfinity or double.NaN or double.PositiveInfinity or double.NegativeInfinity => throw Bad($"key '{key}' is {Value(key)} where a finite number is expected: the file is damaged, fetch it again"),
        float f => double.Parse(f.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        double d => d,
        _ => Integer(key),
    };

    /// <summary>A bool, or null.</summary>
    public bool? Flag(string key) => Value(key) switch { null => null, bool flag => flag, var other => throw Mistyped(key, "a bool", other) };

    /// <summary>An array of <typeparamref name="T"/>, or null.</summary>
    public T[]? List<T>(string key) => Value(key) switch
    {
        null => null,
        T[] list when list.GetType() == typeof(T[]) => list,   // the runtime takes an int[] for a uint[]
        var other => throw Mistyped(key, $"an array of {typeof(T).Name}", other),
    };

    /// <summary>An array of 32-bit integers, signed or not, or null.</summary>
    public int[]? Integers(string key) => Value(key) switch
    {
        null => null,
        int[] list => list,   // the runtime takes a uint[] for an int[]
        var other => throw Mistyped(key, "an array of Int32", other),
    };

    /// <summary>Elements from <paramref name="first"/> on, as F32.</summary>
    /// <exception cref="CheckpointException">The format cannot be expanded.</exception>
    public void Read(GgufTensor t, long first, Span<float> destination)
    {
        Widen widen = t.Format.Widen ?? throw Bad($"tensor '{t.Name}': the format {t.Format.Name} cannot be expanded (can: {GgufFormat.Names}): use a file in one of these");
        int block = t.Format.BlockElements;
        while (!destination.IsEmpty)
        {
            int inside = (int)(first % block), whole = Math.Min(ChunkElements, destination.Length) / block * block;
            if (inside == 0 && whole > 0)
            {
                widen(Blocks(t, first / block, whole / block), destination[..whole]);
            }
            else   // a range may begin or end inside a block when a vector is packed
            {
                Span<float> scratch = new float[block];
                widen(Blocks(t, first / block, 1), scratch);
                whole = Math.Min(block - inside, destination.Length);
                scratch.Slice(inside, whole).CopyTo(destination);
            }
            first += whole;
            destination = destination[whole..];
        }
    }

    /// <summary>Some blocks as they are in the file; valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="CheckpointException">They are more than one span holds.</exception>
    public ReadOnlySpan<byte> Blocks(GgufTensor t, long first, long count) => count * t.Format.BlockBytes <= Array.MaxLength
        ? _file.Span(t.Offset + first * t.Format.BlockBytes, (int)(count * t.Format.BlockBytes))
        : throw Bad($"tensor '{t.Name}': {count * t.Format.BlockBytes} bytes do not fit one span: read it by rows");

    /// <inheritdoc cref="MappedFile.Map(long, long)"/>
    internal MappedBytes? Map(GgufTensor t) => _file.Map(t.Offset, t.Bytes);

    /// <inheritdoc cref="Checkpoint.Release"/>
    internal void Release() => _file.Release();

    public void Dispose() => _file.Dispose();

    /// <summary>An error about this file.</summary>
    public CheckpointException Bad(string what) => new($"{Path}: {what}");

    private object? Value(string key) => _metadata.GetValueOrDefault(key);

    private CheckpointException Mistyped(string key, string expected, object found) => Bad($"key '{key}' must be {expected} and is a {found.GetType().Name}");

    private int CheckVersion(uint version) => version switch
    {
        2 or 3 => (int)version,
        1 => throw Bad("the file has GGUF version 1, which is no longer in use (2 and 3 can be read): convert the model again"),
        _ when (version & 0xFFFF) == 0 => throw Bad("the file is big endian (little endian can be read): convert the model again"),
        _ => throw Bad($"the file has GGUF version {version} (2 and 3 can be read): fetch or convert the model again"),
    };

    private int CheckAlignment()
    {
        long alignment = Integer("general.alignment") ?? 32;
        return alignment is > 0 and <= 1 << 30 && long.IsPow2(alignment) ? (int)alignment : throw Bad($"key 'general.alignment' is {alignment} and must be a power of two");
    }

    /// <summary>The offset still counts from the start of the data.</summary>
    private void ReadTensor(GgufCursor cursor, int index)
    {
        string name = cursor.Name($"the name of tensor {index}"), what = $"tensor '{name}'";
        uint dimensions = cursor.U32(what);
        if (dimensions > MaxDimensions) throw Bad($"{what}: {dimensions} dimensions (at most {MaxDimensions} are allowed): the file is damaged");
        var shape = new long[dimensions];
        long elements = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            ulong size = cursor.U64(what);
            UInt128 product = (UInt128)(ulong)elements * size;
            if (size > long.MaxValue || product > long.MaxValue) throw Bad($"{what}: it has more than 2^63 elements: the file is damaged");
            (shape[i], elements) = ((long)size, (long)product);
        }
        uint type = cursor.U32(what);
        GgufFormat format = GgufFormat.Find(type)
            ?? throw Bad($"{what}: format number {type} is unknown{(type is 4 or 5 or >= 31 and <= 33 or >= 36 and <= 38 ? ": it was taken out of GGUF, convert the model again" : $" (known: {GgufFormat.Names})")}");
        long row = shape.Length == 0 ? 1 : shape[^1];
        if (row % format.BlockElements != 0) throw Bad($"{what}: rows of {row} are not whole blocks of {format.Name} ({format.BlockElements})");
        Int128 bytes = (Int128)(elements / format.BlockElements) * format.BlockBytes;
        ulong offset = cursor.U64(what);
        if (offset % (ulong)Alignment != 0) throw Bad($"{what}: its offset {offset} is not a multiple of the alignment {Alignment}: the file is damaged");
        if (offset > long.MaxValue || bytes > long.MaxValue) throw Bad($"{what}: its data lie far outside the file: the file is damaged");
        var tensor = new GgufTensor(name, format, shape, elements, (long)offset, (long)bytes);
        if (!_tensors.TryAdd(name, tensor)) throw Bad($"{what} occurs twice");
        _inOrder.Add(tensor);
    }

    /// <summary>Turns the offsets into places of the file and checks that every tensor is inside and none overlaps another.</summary>
    private void Place(long headEnd)
    {
        long start = checked((headEnd + Alignment - 1) / Alignment * Alignment), available = Math.Max(0, _file.Length - start);
        for (int i = 0; i < _inOrder.Count; i++)
        {
            GgufTensor t = _inOrder[i];
            if (t.Bytes > available || t.Offset > available - t.Bytes)
                throw Bad($"tensor '{t.Name}': its data end at byte {(Int128)t.Offset + t.Bytes} and the file has {available} bytes of data: it is cut off, fetch it again");
            _tensors[t.Name] = _inOrder[i] = t with { Offset = start + t.Offset };
        }
        GgufTensor? before = null;
        foreach (GgufTensor t in _inOrder.Where(t => t.Bytes > 0).OrderBy(t => t.Offset))
        {
            if (before is not null && t.Offset < before.Offset + before.Bytes) throw Bad($"tensor '{t.Name}': its data overlap those of tensor '{before.Name}': the file is damaged");
            before = t;
        }
    }
}

using System.Buffers.Binary;

namespace Pure.Tuner;

/// <summary>A safetensors file, memory-mapped and fully checked when opened.</summary>
internal sealed class SafetensorsFile : IDisposable
{
    private const int LengthBytes = 8;
    private const int ChunkElements = 1 << 24;
    private readonly MappedFile _file;
    private readonly long _dataStart;
    private readonly Dictionary<string, SafetensorsEntry> _entries;

    private SafetensorsFile(MappedFile file)
    {
        _file = file;
        if (file.Length < LengthBytes) throw Bad($"{file.Length} bytes are too few for a safetensors file: it is cut off, fetch it again");
        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(file.Span(0, LengthBytes));
        if (headerBytes > SafetensorsHeader.MaxBytes)
            throw Bad($"the header claims {headerBytes} bytes, more than the {SafetensorsHeader.MaxBytes} that the format allows: this is not a safetensors file, or it is damaged");
        if ((long)headerBytes > file.Length - LengthBytes)
            throw Bad($"the header claims {headerBytes} bytes and the file has {file.Length - LengthBytes} after its length: it is cut off, fetch it again");
        _dataStart = LengthBytes + (long)headerBytes;
        SafetensorsHeader header = SafetensorsHeader.Parse(file.Path, file.Span(LengthBytes, (int)headerBytes), file.Length - _dataStart);
        Entries = header.Entries;
        Metadata = header.Metadata;
        _entries = header.Entries.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    /// <summary>The file, as it was named.</summary>
    public string Path => _file.Path;

    /// <summary>Tensors in the order of their data.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>The free text under __metadata__.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <exception cref="CheckpointException">The file is missing, or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            return new SafetensorsFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The entry of that name, or null.</summary>
    public SafetensorsEntry? Find(string name) => _entries.GetValueOrDefault(name);

    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public SafetensorsEntry this[string name] => Find(name) ?? throw Bad($"there is no tensor '{name}'");

    /// <summary>All bytes of a tensor; valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="CheckpointException">There is no such tensor, or it is larger than one span.</exception>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        SafetensorsEntry t = this[name];
        return Bytes(t, 0, t.Bytes);
    }

    /// <summary>Some bytes of a tensor; valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="CheckpointException">They are more than one span holds.</exception>
    public ReadOnlySpan<byte> Bytes(SafetensorsEntry t, long offset, long length) => length <= Array.MaxLength
        ? _file.Span(_dataStart + t.Begin + offset, (int)length)
        : throw Bad($"tensor '{t.Name}': {length} bytes do not fit one span: read it by rows");

    /// <summary>Elements from <paramref name="first"/> on, as F32.</summary>
    /// <exception cref="CheckpointException">The dtype is not a number of whole bytes.</exception>
    public void Read(SafetensorsEntry t, long first, Span<float> destination)
    {
        Widen widen = t.Type.Widen ?? throw Bad($"tensor '{t.Name}': {t.Type.Name} cannot be read as floats");
        int size = t.Type.Bits / 8;
        for (int done = 0; done < destination.Length; done += ChunkElements)
        {
            Span<float> chunk = destination.Slice(done, Math.Min(ChunkElements, destination.Length - done));
            widen(Bytes(t, (first + done) * size, (long)chunk.Length * size), chunk);
        }
    }

    /// <inheritdoc cref="MappedFile.Map(long, long)"/>
    internal MappedBytes? Map(SafetensorsEntry t) => _file.Map(_dataStart + t.Begin, t.Bytes);

    /// <inheritdoc cref="Checkpoint.Release"/>
    internal void Release() => _file.Release();

    public void Dispose() => _file.Dispose();

    private CheckpointException Bad(string what) => new($"{Path}: {what}");
}

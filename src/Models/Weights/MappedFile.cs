using System.IO.MemoryMappedFiles;

namespace Pure.Tuner;

/// <summary>A file seen as read-only memory; may be larger than 2 GiB.</summary>
/// <remarks>
/// The only place of the weight readers with pointers. Spans must not be used after <see cref="Dispose"/>. There is no finalizer on
/// purpose: a forgotten file keeps its address range until the process ends, and no span can be pulled away under a reader.
/// </remarks>
internal sealed unsafe class MappedFile : IDisposable
{
    /// <summary>Bytes read from which on mapping the file anew is worth it.</summary>
    private const long ReleaseBytes = 16 << 20;

    /// <summary>Bytes behind a tensor that a kernel may read, though it uses none of them: a vector, as behind every block of the pool.</summary>
    private const int Guard = 64;

    private readonly MemoryMappedFile? _map;
    private MemoryMappedViewAccessor? _view;
    private byte* _start;
    private long _read;
    private bool _disposed;

    private MappedFile(string path, FileStream stream)
    {
        Path = path;
        Length = stream.Length;
        if (Length == 0) { stream.Dispose(); return; }   // an empty file cannot be mapped
        _map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: false);
        Map();
    }

    /// <summary>The file, as it was named.</summary>
    public string Path { get; }

    /// <summary>Its size in bytes when it was opened.</summary>
    public long Length { get; }

    /// <exception cref="CheckpointException">The file is missing or cannot be opened.</exception>
    public static MappedFile Open(string path)
    {
        if (!BitConverter.IsLittleEndian) throw new CheckpointException($"{path}: checkpoint files are little endian and this machine is not; use a little endian machine");
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            return new MappedFile(path, stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            stream?.Dispose();
            throw new CheckpointException(e is FileNotFoundException or DirectoryNotFoundException
                ? $"{path}: there is no such file"
                : $"{path}: the file cannot be opened for reading: {e.Message}", e);
        }
    }

    /// <summary>The bytes from <paramref name="offset"/> on; valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the file.</exception>
    public ReadOnlySpan<byte> Span(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        _read += length;
        return length == 0 ? [] : new ReadOnlySpan<byte>(_start + offset, length);
    }

    /// <summary>
    /// Some bytes of the file as memory of their own, which outlives this object: pages are read when they are touched, one that is written
    /// becomes the process's own, and the file never changes.
    /// </summary>
    /// <returns>Null where vector loads behind the last byte could leave the mapping.</returns>
    public MappedBytes? Map(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        long page = Environment.SystemPageSize, mapped = (Length + page - 1) / page * page;       // what follows the end reads as zeros
        if (_map is null || mapped - (offset + length) < Guard) return null;
        return new MappedBytes(_map.CreateViewAccessor(offset, Math.Min(length + Guard, Length - offset), MemoryMappedFileAccess.CopyOnWrite));
    }

    /// <inheritdoc cref="Checkpoint.Release"/>
    public void Release()
    {
        if (_disposed || _read < ReleaseBytes) return;
        Unmap();
        Map();
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Unmap();
        _map?.Dispose();
    }

    private void Map()
    {
        _view = _map!.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
        _read = 0;
    }

    private void Unmap()
    {
        if (_start is not null) _view!.SafeMemoryMappedViewHandle.ReleasePointer();
        _start = null;
        _view?.Dispose();
    }
}

/// <summary>Some bytes of a file as memory, until disposed.</summary>
internal sealed unsafe class MappedBytes : IDisposable
{
    private readonly MemoryMappedViewAccessor _view;

    internal MappedBytes(MemoryMappedViewAccessor view)
    {
        _view = view;
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Address = (nint)(start + view.PointerOffset);
    }

    /// <summary>Where the first byte is.</summary>
    public nint Address { get; private set; }

    public void Dispose()
    {
        if (Address == 0) return;
        Address = 0;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
    }
}

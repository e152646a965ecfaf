using System.IO.MemoryMappedFiles;

namespace Pure.Tuner;

/// <summary>Tensors in mapped files, for optimizer states larger than the memory: the system writes pages out and reads them back as it needs room.</summary>
/// <param name="folder">Where the files lie. They have no name while they are used, where the system allows it, and are gone when the run ends.</param>
internal sealed class PagedMemory(string folder)
{
    /// <summary>A tensor of zeros: in a file, or in the device's own memory when nothing is paged.</summary>
    /// <exception cref="NotSupportedException">The device's memory is not the process's.</exception>
    /// <exception cref="IOException">The disk has no room.</exception>
    internal static Tensor Zeros(PagedMemory? paged, Backend backend, Shape shape, DType dtype) => paged?.Zeros(backend, shape, dtype) ?? Tensor.Zeros(backend, shape, dtype);

    private Tensor Zeros(Backend backend, Shape shape, DType dtype)
    {
        if (!backend.IsHost) throw new NotSupportedException($"paged memory is the computer's own, in which {backend.Name} does not compute");
        long bytes = Math.Max(1, shape.Count * dtype.Size);
        // In rehearsal nothing is mapped, and what is paged does not count: the system can always put it on the disk.
        Storage storage = backend.IsMeasuring ? new Storage(backend, 64, bytes, external: true) : Map(backend, bytes);
        return new Tensor(storage, shape, shape.ContiguousStrides(), 0, dtype);
    }

    private unsafe Storage Map(Backend backend, long bytes)
    {
        string path = Path.Combine(folder, $".paged-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(folder);
            // All of it is claimed now: a full disk met later, in the middle of a write to memory, would end the process.
            var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.Delete,
                Options = FileOptions.DeleteOnClose,
                PreallocationSize = bytes,
            });
            file.SetLength(bytes);
            MemoryMappedFile map = MemoryMappedFile.CreateFromFile(file, null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
            MemoryMappedViewAccessor view = map.CreateViewAccessor(0, bytes);
            if (!OperatingSystem.IsWindows()) File.Delete(path);          // gone even when the process is killed
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            return new Storage(backend, (nint)start, bytes, new Mapping(map, view), external: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{folder}: {bytes:N0} bytes of paged memory cannot be put there: {e.Message.TrimEnd('.')}", e);
        }
    }

    private sealed class Mapping(MemoryMappedFile map, MemoryMappedViewAccessor view) : IDisposable
    {
        public void Dispose()
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            map.Dispose();
        }
    }
}

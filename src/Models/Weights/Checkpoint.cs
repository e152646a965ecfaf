using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>What a model is loaded from, whatever the file format: named tensors in Hugging Face's names and shapes.</summary>
/// <remarks>
/// The files are mapped, not read: opening is quick, and reading a tensor touches only its own bytes. Reads may run on several
/// threads at once; none may run during or after <see cref="Dispose"/>.
/// </remarks>
public abstract class Checkpoint : IDisposable
{
    private const int NarrowElements = 1 << 16;

    /// <summary>Below this a mapping of its own costs more than a copy.</summary>
    private const long LeastMapped = 64 << 10;

    private protected Checkpoint(string source) => Source = source;

    /// <summary>The folder or file, for messages.</summary>
    public string Source { get; }

    /// <summary>Names of all tensors.</summary>
    public abstract IReadOnlyCollection<string> Names { get; }

    /// <summary>Whether there is a tensor of that name.</summary>
    public abstract bool Contains(string name);

    /// <summary>Shape and format of a tensor.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public abstract CheckpointTensor Describe(string name);

    /// <summary>Opens a folder (safetensors, whole or in shards, or one .gguf), a .safetensors file or a .gguf file.</summary>
    /// <exception cref="CheckpointException">Nothing is there, or what is there is damaged or unsupported.</exception>
    public static Checkpoint Open(string path)
    {
        if (File.Exists(path))
            return Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".safetensors" => SafetensorsCheckpoint.OpenFile(path),
                ".gguf" => GgufCheckpoint.OpenFile(path),
                _ => throw new CheckpointException($"{path}: not a checkpoint that can be read: give a folder with model.safetensors, a .safetensors or a .gguf file"),
            };
        if (!Directory.Exists(path))
            throw new CheckpointException($"{path}: there is no such folder or file: give a folder with model.safetensors or model.safetensors.index.json, or a .gguf file");
        if (SafetensorsCheckpoint.TryOpenFolder(path) is { } safetensors) return safetensors;
        string[] gguf = Directory.GetFiles(path, "*.gguf");
        if (gguf.Length == 1) return GgufCheckpoint.OpenFile(gguf[0]);
        if (gguf.Length > 1) throw new CheckpointException($"{path}: {gguf.Length} .gguf files are in this folder: name one of them");
        string old = Directory.EnumerateFiles(path, "pytorch_model*.bin").Any() ? "; pytorch_model*.bin is there, convert it to safetensors first" : "";
        throw new CheckpointException($"{path}: no weights in this folder: looked for model.safetensors, model.safetensors.index.json and a single .gguf file{old}");
    }

    /// <summary>The file that holds a tensor, for messages.</summary>
    internal virtual string FileOf(string name) => Source;

    /// <summary>The file that <see cref="ReadConfig"/> reads, for messages.</summary>
    internal virtual string ConfigSource => Source;

    /// <summary>The model's config.json, or what takes its place in the file.</summary>
    /// <exception cref="CheckpointException">It is missing or damaged.</exception>
    internal abstract JsonObject ReadConfig();

    /// <summary>A whole tensor, widened or dequantised to F32.</summary>
    /// <exception cref="CheckpointException">There is no such tensor, or it cannot be read as floats.</exception>
    /// <exception cref="ArgumentException">The destination has another number of elements.</exception>
    public void Read(string name, Span<float> destination)
    {
        CheckpointTensor t = Describe(name);
        if (destination.Length != t.Elements)
            throw new ArgumentException($"read: {name} of {Source} has {t.Elements} elements and the destination {destination.Length}", nameof(destination));
        ReadFloats(t, 0, destination);
    }

    /// <summary>Whole rows (slices of the first dimension) from <paramref name="firstRow"/> on, as F32.</summary>
    /// <exception cref="CheckpointException">There is no such tensor, or it cannot be read as floats.</exception>
    /// <exception cref="ArgumentException">The destination is not a whole number of rows inside the tensor.</exception>
    public void ReadRows(string name, long firstRow, Span<float> destination)
    {
        CheckpointTensor t = Describe(name);
        CheckRows(t, firstRow, destination.Length, t.RowElements);
        ReadFloats(t, firstRow, destination);
    }

    /// <summary>Whole rows from <paramref name="firstRow"/> on, as elements of the tensor's <see cref="CheckpointTensor.DType"/>.</summary>
    /// <exception cref="CheckpointException">There is no such tensor, or it has no DType.</exception>
    /// <exception cref="ArgumentException">The destination is not a whole number of rows inside the tensor.</exception>
    public void ReadBytes(string name, long firstRow, Span<byte> destination)
    {
        CheckpointTensor t = Describe(name);
        DType dtype = t.DType ?? throw new CheckpointException($"{Source}: tensor '{name}': {t.StoredAs} has no dtype to be kept in: read it as floats or raw");
        CheckRows(t, firstRow, destination.Length, t.RowElements * dtype.Size);
        if (destination.IsEmpty) return;
        if (dtype == DType.F32) ReadFloats(t, firstRow, MemoryMarshal.Cast<byte, float>(destination));
        else if (t.IsRaw && t.StoredAs.Equals(dtype.Name, StringComparison.OrdinalIgnoreCase)) CopyRaw(t, firstRow, destination);
        else NarrowRows(t, firstRow, dtype, destination);
    }

    /// <summary>All bytes of a tensor as they are in the file; valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="CheckpointException">There is no such tensor, it is packed or in another order (see <see cref="CheckpointTensor.IsRaw"/>), or it exceeds 2 GiB.</exception>
    public ReadOnlySpan<byte> ReadRaw(string name) => ReadRawRows(name, 0, Describe(name).Rows);

    /// <summary>The bytes of some rows as they are in the file; valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="CheckpointException">There is no such tensor, it is packed or in another order (see <see cref="CheckpointTensor.IsRaw"/>), or the rows exceed 2 GiB.</exception>
    /// <exception cref="ArgumentException">The rows are not inside the tensor.</exception>
    public ReadOnlySpan<byte> ReadRawRows(string name, long firstRow, long rows)
    {
        CheckpointTensor t = Describe(name);
        if (!t.IsRaw) throw new CheckpointException($"{Source}: tensor '{name}': {t.StoredAs} is packed or in another order in the file: read it as floats");
        CheckRows(t, firstRow, rows, 1);
        return RawRows(t, firstRow, rows);
    }

    /// <summary>A whole tensor where it lies in the file, for a device that computes in the process's memory.</summary>
    /// <param name="backend">The device.</param>
    /// <param name="name">The tensor; its elements are what the file holds, in its order.</param>
    /// <param name="shape">Its shape on the device.</param>
    /// <param name="dtype">What an element is.</param>
    /// <returns>Null where a copy is better or needed: other devices, small tensors, an address that is no multiple of the element's size.</returns>
    internal Tensor? Map(Backend backend, string name, Shape shape, DType dtype)
    {
        long bytes = shape.Count * dtype.Size;
        if (!backend.IsHost || backend.IsMeasuring || bytes < LeastMapped || MapBytes(name) is not { } mapped) return null;
        if (mapped.Address % dtype.Size == 0) return new Tensor(new Storage(backend, mapped.Address, bytes, mapped, external: true), shape, shape.ContiguousStrides(), 0, dtype);
        mapped.Dispose();
        return null;
    }

    /// <summary>The bytes of a tensor as they are in the file, or null where they cannot be mapped.</summary>
    private protected virtual MappedBytes? MapBytes(string name) => null;

    /// <summary>
    /// Lets go of the pages that reading touched, once enough of them came together: they would count as this process's memory until its
    /// end. Raw bytes handed out before are no longer valid, and no other thread may be reading.
    /// </summary>
    internal abstract void Release();

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    private protected abstract void Close();
    private protected abstract void ReadFloats(CheckpointTensor tensor, long firstRow, Span<float> destination);
    private protected abstract ReadOnlySpan<byte> RawRows(CheckpointTensor tensor, long firstRow, long rows);

    private void CopyRaw(CheckpointTensor t, long firstRow, Span<byte> destination) =>
        RawRows(t, firstRow, destination.Length / (t.RowElements * t.DType!.Value.Size)).CopyTo(destination);

    /// <summary>Through F32, a few rows at a time: a tensor is never twice in memory.</summary>
    private void NarrowRows(CheckpointTensor t, long firstRow, DType dtype, Span<byte> destination)
    {
        int rowElements = checked((int)t.RowElements), rowBytes = rowElements * dtype.Size;
        int rows = destination.Length / rowBytes, step = Math.Clamp(NarrowElements / rowElements, 1, rows);
        float[] wide = ArrayPool<float>.Shared.Rent(step * rowElements);
        for (int row = 0; row < rows; row += step)
        {
            int count = Math.Min(step, rows - row);
            Span<float> part = wide.AsSpan(0, count * rowElements);
            ReadFloats(t, firstRow + row, part);
            Widening.Narrow(part, dtype, destination.Slice(row * rowBytes, count * rowBytes));
        }
        ArrayPool<float>.Shared.Return(wide);
    }

    private void CheckRows(CheckpointTensor t, long firstRow, long length, long rowLength)
    {
        long rows = rowLength == 0 ? 0 : length / rowLength;
        if (firstRow < 0 || rows > t.Rows - firstRow || rows * rowLength != length)
            throw new ArgumentException($"read: {length} elements from row {firstRow} on are not whole rows of {t.Name} [{string.Join(", ", t.Shape)}] of {Source} ({rowLength} a row)");
    }
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Pure.Tuner;

/// <summary>Writes tensors as one safetensors file or as shards with an index, byte for byte as the reference library lays them out.</summary>
/// <remarks>
/// Tensors are given as callbacks that run when their turn in the file comes, so that a large model is never in memory twice. A file is
/// written under another name beside its place, flushed to the disk and renamed.
/// </remarks>
internal sealed class SafetensorsWriter
{
    private readonly List<Item> _items = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Goes under __metadata__; left out when empty.</summary>
    public Dictionary<string, string> Metadata { get; } = new() { ["format"] = "pt" };

    /// <summary>Adds a tensor whose bytes a callback will write.</summary>
    /// <exception cref="ArgumentException">The name is taken or reserved, the dtype unknown, a size negative.</exception>
    public void Add(string name, string dtype, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        SafetensorsType type = SafetensorsType.Find(dtype) ?? throw new ArgumentException($"safetensors: {name}: dtype '{dtype}' is unknown (known: {SafetensorsType.Names})", nameof(dtype));
        long elements = 1;
        foreach (long size in shape)
        {
            if (size < 0) throw new ArgumentException($"safetensors: {name}: a size is negative: [{string.Join(", ", shape.ToArray())}]", nameof(shape));
            elements = checked(elements * size);
        }
        long bytes = type.Bytes(elements);
        if (bytes < 0) throw new ArgumentException($"safetensors: {name}: {dtype} [{string.Join(", ", shape.ToArray())}] does not fill whole bytes", nameof(shape));
        if (name == "__metadata__" || !_names.Add(name)) throw new ArgumentException($"safetensors: {name}: the name is {(name == "__metadata__" ? "reserved" : "already taken")}", nameof(name));
        _items.Add(new Item(name, type, shape.ToArray(), elements, bytes, write));
    }

    /// <inheritdoc cref="Add(string, string, ReadOnlySpan{long}, Action{Stream})"/>
    public void Add(string name, DType dtype, ReadOnlySpan<long> shape, Action<Stream> write) => Add(name, SafetensorsType.Of(dtype).Name, shape, write);

    /// <summary>Adds a tensor that is in memory; it is not copied.</summary>
    /// <exception cref="ArgumentException">The name is taken or reserved, or the data do not fill the shape.</exception>
    public void Add<T>(string name, ReadOnlySpan<long> shape, ReadOnlyMemory<T> data) where T : unmanaged
    {
        Add(name, DTypes.Of<T>(), shape, stream => WriteAll(stream, data.Span));
        Item item = _items[^1];
        if (item.Elements == data.Length) return;
        _items.RemoveAt(_items.Count - 1);
        _names.Remove(name);
        throw new ArgumentException($"safetensors: {name}: [{string.Join(", ", item.Shape)}] has {item.Elements} elements and the data {data.Length}", nameof(data));
    }

    /// <summary>Writes everything into one file.</summary>
    /// <exception cref="IOException">The disk is full, or the file cannot be replaced; nothing is left behind.</exception>
    public void Save(string path)
    {
        try
        {
            using var file = new PendingFile(path);
            WriteItems(file.Stream, _items, path);
            file.Commit();
        }
        catch (IOException e) when (e is not CheckpointException) { throw PendingFile.Fault(path, e); }
    }

    /// <summary>
    /// Writes a folder's checkpoint: one file when everything fits <paramref name="maxShardBytes"/>, else shards and their index, cut as
    /// Hugging Face cuts them (in the order of adding; a tensor above the limit has a shard of its own).
    /// </summary>
    /// <returns>The names of the files written, the index last.</returns>
    /// <exception cref="IOException">The disk is full, or a file cannot be replaced; files that were there before stay.</exception>
    public IReadOnlyList<string> SaveFolder(string folder, long maxShardBytes = 5_000_000_000)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxShardBytes);
        Directory.CreateDirectory(folder);
        List<PendingFile> pending = [];
        try
        {
            List<List<Item>> shards = Cut(maxShardBytes);
            var names = new List<string>();
            for (int i = 0; i < shards.Count; i++)
            {
                names.Add(shards.Count == 1 ? SafetensorsCheckpoint.SingleName : $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors");
                pending.Add(new PendingFile(Path.Combine(folder, names[i])));
                WriteItems(pending[i].Stream, shards[i], pending[i].Target);
                pending[i].Finish();
            }
            if (shards.Count > 1)
            {
                names.Add(SafetensorsCheckpoint.IndexName);
                pending.Add(new PendingFile(Path.Combine(folder, SafetensorsCheckpoint.IndexName)));
                WriteAll<byte>(pending[^1].Stream, Encoding.UTF8.GetBytes(Index(shards, names)));
            }
            foreach (PendingFile file in pending) file.Commit();
            RemoveOlder(folder, names);
            return names;
        }
        catch (IOException e) when (e is not CheckpointException) { throw PendingFile.Fault(folder, e); }
        finally
        {
            foreach (PendingFile file in pending) file.Dispose();
        }
    }

    private void WriteItems(Stream stream, List<Item> items, string path)
    {
        List<Item> sorted = [.. items.OrderBy(t => t.Type.Order).ThenBy(t => t.Name, JsonQuote.Utf8Order)];
        byte[] header = Header(sorted, path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (Item t in sorted)
        {
            var bounded = new BoundedStream(stream, t.Bytes);
            t.Write(bounded);
            if (bounded.Left != 0) throw new InvalidOperationException($"safetensors: {t.Name}: {t.Bytes - bounded.Left} bytes were written where {t.Bytes} are due");
        }
    }

    private byte[] Header(List<Item> sorted, string path)
    {
        var json = new StringBuilder("{");
        if (Metadata.Count > 0)
            json.Append("\"__metadata__\":{").AppendJoin(',', Metadata.OrderBy(m => m.Key, JsonQuote.Utf8Order).Select(m => $"{JsonQuote.Quote(m.Key)}:{JsonQuote.Quote(m.Value)}")).Append('}');
        long begin = 0;
        foreach (Item t in sorted)
        {
            if (json.Length > 1) json.Append(',');
            json.Append(JsonQuote.Quote(t.Name)).Append(":{\"dtype\":\"").Append(t.Type.Name).Append("\",\"shape\":[").AppendJoin(',', t.Shape)
                .Append("],\"data_offsets\":[").Append(begin).Append(',').Append(begin + t.Bytes).Append("]}");
            begin += t.Bytes;
        }
        int bytes = Encoding.UTF8.GetByteCount(json.Append('}').ToString());
        json.Append(' ', (8 - bytes % 8) % 8);   // keeps the data aligned to 8 bytes
        if (bytes > SafetensorsHeader.MaxBytes) throw new CheckpointException($"{path}: the header would take {bytes} bytes and the format allows {SafetensorsHeader.MaxBytes}: write shards");
        return Encoding.UTF8.GetBytes(json.ToString());
    }

    private List<List<Item>> Cut(long maxShardBytes)
    {
        List<List<Item>> shards = [];
        List<Item> current = [];
        long bytes = 0;
        foreach (Item t in _items)
        {
            if (t.Bytes > maxShardBytes) { shards.Add([t]); continue; }
            if (bytes + t.Bytes > maxShardBytes)
            {
                shards.Add(current);
                (current, bytes) = ([], 0);
            }
            current.Add(t);
            bytes += t.Bytes;
        }
        if (current.Count > 0 || shards.Count == 0) shards.Add(current);
        return shards;
    }

    private string Index(List<List<Item>> shards, List<string> names)
    {
        var rows = shards.SelectMany((items, i) => items.Select(t => (t.Name, File: names[i]))).OrderBy(r => r.Name, JsonQuote.Utf8Order)
            .Select(r => $"    {JsonQuote.Quote(r.Name, ascii: true)}: \"{r.File}\"");
        return $"{{\n  \"metadata\": {{\n    \"total_parameters\": {_items.Sum(t => t.Elements)},\n    \"total_size\": {_items.Sum(t => t.Bytes)}\n  }},\n" +
            $"  \"weight_map\": {{\n{string.Join(",\n", rows)}\n  }}\n}}\n";
    }

    /// <summary>Files of an earlier save would be found first, or be loaded beside the new ones.</summary>
    private static void RemoveOlder(string folder, List<string> names)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "model*.safetensors*").ToArray())
        {
            string name = Path.GetFileName(path);
            bool ours = name is SafetensorsCheckpoint.SingleName or SafetensorsCheckpoint.IndexName
                || System.Text.RegularExpressions.Regex.IsMatch(name, @"^model-\d{5}-of-\d{5}\.safetensors$", System.Text.RegularExpressions.RegexOptions.CultureInvariant);
            if (ours && !names.Contains(name)) File.Delete(path);
        }
    }

    private static void WriteAll<T>(Stream stream, ReadOnlySpan<T> data) where T : unmanaged
    {
        int step = Math.Max(1, (1 << 24) / System.Runtime.CompilerServices.Unsafe.SizeOf<T>());   // a span of bytes holds at most 2 GiB
        for (; data.Length > 0; data = data[Math.Min(step, data.Length)..])
            stream.Write(MemoryMarshal.AsBytes(data[..Math.Min(step, data.Length)]));
    }

    private sealed record Item(string Name, SafetensorsType Type, long[] Shape, long Elements, long Bytes, Action<Stream> Write);
}

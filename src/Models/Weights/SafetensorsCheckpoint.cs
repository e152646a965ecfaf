using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>A checkpoint in one safetensors file, or in several with an index.</summary>
internal sealed class SafetensorsCheckpoint : Checkpoint
{
    /// <summary>Name of a checkpoint in one file.</summary>
    public const string SingleName = "model.safetensors";

    /// <summary>Name of the index of a checkpoint in several files.</summary>
    public const string IndexName = "model.safetensors.index.json";

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> _tensors = new(StringComparer.Ordinal);
    private readonly string _folder;

    private SafetensorsCheckpoint(string source, string folder) : base(source) => _folder = folder;

    public override IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>The shards, or the one file.</summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    /// <exception cref="CheckpointException">The file is missing or damaged.</exception>
    public static SafetensorsCheckpoint OpenFile(string path) => Guarded(new(path, Path.GetDirectoryName(Path.GetFullPath(path))!), c => c.AddFile(path));

    /// <summary>The folder's checkpoint, or null when it has none.</summary>
    /// <exception cref="CheckpointException">A file is missing or damaged.</exception>
    public static SafetensorsCheckpoint? TryOpenFolder(string folder)
    {
        string single = Path.Combine(folder, SingleName), index = Path.Combine(folder, IndexName);
        return File.Exists(single) ? Guarded(new(folder, folder), c => c.AddFile(single))
            : File.Exists(index) ? Guarded(new(folder, folder), c => c.AddShards(index))
            : null;
    }

    public override bool Contains(string name) => _tensors.ContainsKey(name);

    public override CheckpointTensor Describe(string name)
    {
        SafetensorsEntry t = Find(name).Entry;
        return new CheckpointTensor(name, t.Shape, t.Type.Name, t.Type.Keep, IsRaw: true) { StoredBytes = t.Bytes };
    }

    internal override string FileOf(string name) => _tensors.TryGetValue(name, out var found) ? found.File.Path : Source;

    internal override string ConfigSource => Path.Combine(_folder, "config.json");

    internal override JsonObject ReadConfig()
    {
        string path = ConfigSource;
        try
        {
            return JsonText.Nodes(File.ReadAllBytes(path)) as JsonObject ?? throw new CheckpointException($"{path}: the configuration must be a JSON object: fetch the file again");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException or UnauthorizedAccessException)
        {
            throw new CheckpointException(e is JsonException ? $"{path}: not valid JSON: {e.Message.TrimEnd('.')}: fetch the file again" : $"{path}: the model's configuration is missing or cannot be read: put the model's config.json there", e);
        }
    }

    private protected override void ReadFloats(CheckpointTensor tensor, long firstRow, Span<float> destination)
    {
        (SafetensorsFile file, SafetensorsEntry entry) = Find(tensor.Name);
        file.Read(entry, firstRow * tensor.RowElements, destination);
    }

    private protected override ReadOnlySpan<byte> RawRows(CheckpointTensor tensor, long firstRow, long rows)
    {
        (SafetensorsFile file, SafetensorsEntry entry) = Find(tensor.Name);
        if (firstRow == 0 && rows == tensor.Rows) return file.Bytes(entry, 0, entry.Bytes);
        long rowBytes = entry.Type.Bytes(tensor.RowElements);
        return rowBytes >= 0 ? file.Bytes(entry, firstRow * rowBytes, rows * rowBytes)
            : throw new CheckpointException($"{file.Path}: tensor '{tensor.Name}': a row of {entry.Type.Name} does not fill whole bytes: read the whole tensor");
    }

    private protected override MappedBytes? MapBytes(string name)
    {
        (SafetensorsFile file, SafetensorsEntry entry) = Find(name);
        return file.Map(entry);
    }

    internal override void Release()
    {
        foreach (SafetensorsFile file in _files) file.Release();
    }

    private protected override void Close()
    {
        foreach (SafetensorsFile file in _files) file.Dispose();
    }

    private (SafetensorsFile File, SafetensorsEntry Entry) Find(string name) =>
        _tensors.TryGetValue(name, out var found) ? found : throw new CheckpointException($"{Source}: there is no tensor '{name}'");

    private void AddFile(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        _files.Add(file);
        foreach (SafetensorsEntry t in file.Entries)
            if (!_tensors.TryAdd(t.Name, (file, t))) throw new CheckpointException($"{path}: tensor '{t.Name}' is also in {_tensors[t.Name].File.Path}: a tensor belongs in one shard");
    }

    private void AddShards(string index)
    {
        Dictionary<string, string> map = SafetensorsIndex.Read(index);
        foreach (string shard in map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(_folder, shard);
            if (!File.Exists(path)) throw new CheckpointException($"{path}: this shard is named in {IndexName} and missing: fetch it");
            AddFile(path);
        }
        foreach ((string name, string shard) in map)
            if (!_tensors.TryGetValue(name, out var found) || found.File.Path != Path.Combine(_folder, shard))
                throw new CheckpointException($"{Path.Combine(_folder, shard)}: tensor '{name}' is not in this shard, where {IndexName} places it");
    }

    /// <summary>Closes what was opened before a failure.</summary>
    private static SafetensorsCheckpoint Guarded(SafetensorsCheckpoint checkpoint, Action<SafetensorsCheckpoint> fill)
    {
        try
        {
            fill(checkpoint);
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }
}

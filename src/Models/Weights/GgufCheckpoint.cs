using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>A GGUF file under Hugging Face's names, shapes and order of rows.</summary>
internal sealed class GgufCheckpoint : Checkpoint
{
    private readonly Dictionary<string, Entry> _tensors = new(StringComparer.Ordinal);
    private readonly JsonObject _config;

    private GgufCheckpoint(GgufFile file) : base(file.Path)
    {
        File = file;
        _config = GgufConfig.ToHuggingFace(file);
        bool interleaved = GgufConfig.IsInterleaved(file);
        foreach (GgufTensor t in file.Tensors)
        {
            if (GgufNames.IsTable(t.Name)) continue;
            string name = GgufNames.ToHuggingFace(t.Name) ?? throw file.Bad($"tensor '{t.Name}' has no place in a {_config["model_type"]} model: this variant cannot be loaded");
            int heads = !interleaved ? 0
                : name.Contains(".q_proj.", StringComparison.Ordinal) ? (int)_config["num_attention_heads"]!
                : name.Contains(".k_proj.", StringComparison.Ordinal) ? (int)_config["num_key_value_heads"]!
                : 0;
            if (heads > 0 && (t.Shape.Length == 0 || t.Shape[0] % (2L * heads) != 0))
                throw file.Bad($"tensor '{t.Name}': [{string.Join(", ", t.Shape)}] does not divide into {heads} heads of an even size");
            if (!_tensors.TryAdd(name, new Entry(t, heads))) throw file.Bad($"tensor '{t.Name}' occurs twice under its other name '{name}'");
        }
    }

    /// <summary>The file behind it.</summary>
    public GgufFile File { get; }

    /// <summary>Whether a matrix of it is in packed blocks.</summary>
    public bool HasPacked => _tensors.Values.Any(t => t.Tensor.Format.Packed is not null);

    public override IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <exception cref="CheckpointException">The file is missing, damaged or of an unsupported architecture.</exception>
    public static GgufCheckpoint OpenFile(string path)
    {
        GgufFile file = GgufFile.Open(path);
        try
        {
            return new GgufCheckpoint(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override bool Contains(string name) => _tensors.ContainsKey(name);

    public override CheckpointTensor Describe(string name)
    {
        Entry t = Find(name);
        return new CheckpointTensor(name, t.Tensor.Shape, t.Tensor.Format.Name, t.Tensor.Format.Keep, IsRaw: t.Heads == 0 && t.Tensor.Format.IsPlain) { StoredBytes = t.Tensor.Bytes };
    }

    internal override JsonObject ReadConfig() => (JsonObject)_config.DeepClone();

    private protected override void ReadFloats(CheckpointTensor tensor, long firstRow, Span<float> destination)
    {
        Entry t = Find(tensor.Name);
        if (t.Heads == 0)
        {
            File.Read(t.Tensor, firstRow * tensor.RowElements, destination);
            return;
        }
        int width = (int)tensor.RowElements;
        for (int i = 0; i * (long)width < destination.Length; i++)
            File.Read(t.Tensor, RowInFile(firstRow + i, tensor.Rows / t.Heads) * width, destination.Slice(i * width, width));
    }

    private protected override ReadOnlySpan<byte> RawRows(CheckpointTensor tensor, long firstRow, long rows) =>
        File.Blocks(Find(tensor.Name).Tensor, firstRow * tensor.RowElements, rows * tensor.RowElements);

    /// <summary>Where a row of a tensor stands in the file.</summary>
    internal long RowInFile(string name, long row) => Find(name) is { Heads: > 0 } t ? RowInFile(row, t.Tensor.Shape[0] / t.Heads) : row;

    /// <summary>The blocks of rows as the file counts them; valid until the next <see cref="Release"/>.</summary>
    internal ReadOnlySpan<byte> FileRows(string name, long first, long rows)
    {
        GgufTensor t = Find(name).Tensor;
        long blocks = t.Shape[^1] / t.Format.BlockElements;
        return File.Blocks(t, first * blocks, rows * blocks);
    }

    private protected override MappedBytes? MapBytes(string name) => Find(name) is { Heads: 0 } t ? File.Map(t.Tensor) : null;

    internal override void Release() => File.Release();

    private protected override void Close() => File.Dispose();

    /// <summary>
    /// Where a row of q or k stands. The file turns neighbours (2i, 2i + 1) of a head together, Hugging Face i and i + headDim / 2: its
    /// row s · headDim / 2 + i (s = 0, 1) is the file's row 2i + s.
    /// </summary>
    internal static long RowInFile(long row, long headDim)
    {
        long inside = row % headDim, half = headDim / 2;
        return row - inside + inside % half * 2 + inside / half;
    }

    private Entry Find(string name) => _tensors.TryGetValue(name, out Entry found) ? found : throw new CheckpointException($"{Source}: there is no tensor '{name}'");

    /// <param name="Tensor">The tensor.</param>
    /// <param name="Heads">Number of heads whose rows are interleaved; 0: none are.</param>
    private readonly record struct Entry(GgufTensor Tensor, int Heads);
}

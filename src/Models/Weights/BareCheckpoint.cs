using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>A folder with a config.json and no weights: enough for a model whose weights are made fresh.</summary>
internal sealed class BareCheckpoint(string folder) : Checkpoint(folder)
{
    public override IReadOnlyCollection<string> Names => [];
    public override bool Contains(string name) => false;
    public override CheckpointTensor Describe(string name) => throw new CheckpointException($"{Source}: there are no weights, so no '{name}'");

    internal override JsonObject ReadConfig()
    {
        string file = Path.Combine(Source, "config.json");
        if (!File.Exists(file)) throw new CheckpointException($"{Source}: no config.json; it says what the fresh model looks like");
        return JsonNode.Parse(File.ReadAllText(file)) as JsonObject ?? throw new CheckpointException($"{file}: not a JSON object");
    }

    internal override void Release() { }

    private protected override void Close() { }
    private protected override void ReadFloats(CheckpointTensor tensor, long firstRow, Span<float> destination) => Describe(tensor.Name);
    private protected override ReadOnlySpan<byte> RawRows(CheckpointTensor tensor, long firstRow, long rows) => throw new CheckpointException($"{Source}: there are no weights");
}

namespace Pure.Tuner;

/// <summary>Weights of a checkpoint in full precision that are rounded while they are read, a few rows at a time.</summary>
/// <param name="checkpoint">The file.</param>
/// <param name="quantizer">How.</param>
/// <param name="picks">Which, by path.</param>
internal sealed class RoundingLayout(Checkpoint checkpoint, IQuantizer quantizer, Func<string, bool> picks) : PackedLayout
{
    internal override bool Has(string path) => picks(path) && checkpoint.Contains(path) && checkpoint.Describe(path).Shape.Length == 2;

    internal override QuantizedTensor Load(Backend backend, string path, Shape shape)
    {
        CheckpointTensor stored = checkpoint.Describe(path);
        if (!stored.Shape.SequenceEqual(shape.Select(d => (long)d)))
            throw new CheckpointException($"{checkpoint.Source}: tensor '{path}' is [{string.Join(", ", stored.Shape)}] where the configuration asks for {shape}: config.json and the weights must be of one model, fetch both again");
        try
        {
            return backend.IsMeasuring ? QuantizedTensor.Empty(backend, path, shape, quantizer.Format) : quantizer.Quantize(backend, path, shape, (row, y) => checkpoint.ReadRows(path, row, y));
        }
        catch (ArgumentException e) { throw new CheckpointException($"{checkpoint.Source}: tensor '{path}' cannot be rounded: {e.Message}; choose another format", e); }
    }
}

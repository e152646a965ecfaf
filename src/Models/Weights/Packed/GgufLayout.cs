namespace Pure.Tuner;

/// <summary>Matrices of a GGUF file in their own blocks. Rows that the file holds in another order are put in Hugging Face's.</summary>
internal sealed class GgufLayout(GgufCheckpoint checkpoint) : PackedLayout
{
    internal override bool Has(string path) =>
        checkpoint.Contains(path) && checkpoint.Describe(path) is { Shape.Length: 2 } tensor && GgufFormat.Find(tensor.StoredAs)?.Packed is not null;

    internal override QuantizedTensor Load(Backend backend, string path, Shape shape)
    {
        CheckpointTensor stored = checkpoint.Describe(path);
        if (!stored.Shape.SequenceEqual(shape.Select(d => (long)d)))
            throw new CheckpointException($"{checkpoint.Source}: tensor '{path}' is [{string.Join(", ", stored.Shape)}] where the configuration asks for {shape}; the file is damaged, fetch it again");
        PackedFormat format = GgufFormat.Find(stored.StoredAs)!.Packed!;
        PackedPart only = format.Parts(shape)[0];
        if (checkpoint.Map(backend, path, only.Shape, only.DType) is { } mapped) return new QuantizedTensor(path, shape, format, mapped);
        QuantizedTensor packed = QuantizedTensor.Empty(backend, path, shape, format);
        if (backend.IsMeasuring) return packed;
        try
        {
            Tensor blocks = packed.Parts[0];
            int rowBytes = blocks.Shape[1], step = Math.Max(1, (1 << 20) / Math.Max(1, rowBytes));
            for (int row = 0; row < shape[0];)
            {
                // Neighbours in the file go together, a MiB at a time.
                long from = checkpoint.RowInFile(path, row);
                int rows = 1;
                while (rows < step && row + rows < shape[0] && checkpoint.RowInFile(path, row + rows) == from + rows) rows++;
                using (TensorScope.Suspend())
                {
                    using Tensor part = blocks.View([rows, rowBytes], [rowBytes, 1], (long)row * rowBytes);
                    backend.Upload(checkpoint.FileRows(path, from, rows), part);
                }
                row += rows;
            }
            return packed;
        }
        catch
        {
            packed.Dispose();
            throw;
        }
    }
}

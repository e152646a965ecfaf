namespace Pure.Tuner;

/// <summary>The tensors of packed weights as a layout asks for them: of one type and shape, or a sentence that says what is there instead.</summary>
internal sealed class PackedTensors(Checkpoint checkpoint)
{
    private const int PartBytes = 1 << 24;
    internal const string Cure = "the weights and config.json must be of one model: fetch both again";

    /// <summary>Whether the checkpoint has a tensor.</summary>
    internal bool Has(string name) => checkpoint.Contains(name);

    /// <summary>Checks a tensor of a packed weight.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="why">What asks for it, in a few words: "NF4 [64, 128] in blocks of 64".</param>
    /// <param name="types">The file's own names of the types it may have.</param>
    /// <param name="shape">Its lengths.</param>
    /// <exception cref="CheckpointException">It is missing, or of another type or shape.</exception>
    internal CheckpointTensor Require(string name, string why, string[] types, params long[] shape)
    {
        CheckpointTensor tensor = Require(name, why, types);
        return tensor.Shape.SequenceEqual(shape) ? tensor : throw Fault(name, $"{why} needs {string.Join(" or ", types)} [{string.Join(", ", shape)}], found {Found(tensor)}");
    }

    /// <summary>Checks a tensor whose shape does not matter, or is looked at later.</summary>
    /// <exception cref="CheckpointException">It is missing, or of another type.</exception>
    internal CheckpointTensor Require(string name, string why, string[] types)
    {
        if (!checkpoint.Contains(name)) throw Fault(name, $"{why} needs {string.Join(" or ", types)}, found no such tensor");
        CheckpointTensor tensor = checkpoint.Describe(name);
        return types.Contains(tensor.StoredAs) ? tensor : throw Fault(name, $"{why} needs {string.Join(" or ", types)}, found {Found(tensor)}");
    }

    /// <summary>A tensor's numbers, widened.</summary>
    internal float[] Floats(string name)
    {
        var values = new float[checkpoint.Describe(name).Elements];
        checkpoint.Read(name, values);
        return values;
    }

    /// <summary>A tensor's bytes.</summary>
    internal byte[] Bytes(string name) => checkpoint.ReadRaw(name).ToArray();

    /// <summary>Copies a tensor's bytes as they are into a part of as many.</summary>
    internal void Copy(string name, Tensor part)
    {
        CheckpointTensor tensor = checkpoint.Describe(name);
        long bytes = part.Shape.Count * part.DType.Size;
        if (tensor.Rows == 0 || bytes == 0) return;
        long rowBytes = bytes / tensor.Rows;
        int step = (int)Math.Clamp(PartBytes / rowBytes, 1, tensor.Rows);
        using (TensorScope.Suspend())
            for (long row = 0; row < tensor.Rows; row += step)
            {
                long rows = Math.Min(step, tensor.Rows - row);
                using Tensor view = part.View([checked((int)(rows * rowBytes / part.DType.Size))], [1], row * rowBytes / part.DType.Size);
                part.Backend.Upload(checkpoint.ReadRawRows(name, row, rows), view);
            }
    }

    /// <summary>A sentence about a tensor, with file and cure.</summary>
    internal CheckpointException Fault(string name, string what, string cure = Cure, Exception? inner = null) => new($"{checkpoint.FileOf(name)}: tensor '{name}': {what}; {cure}", inner);

    /// <summary>Type and shape, as messages name them.</summary>
    internal static string Found(CheckpointTensor tensor) => $"{tensor.StoredAs} [{string.Join(", ", tensor.Shape)}]";
}

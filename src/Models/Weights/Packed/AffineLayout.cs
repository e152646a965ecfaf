using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>Matrices as X.qweight, X.qzeros and X.scales, [in, out] in words of 32 bits: GPTQ's files and AWQ's. Rows are put in our order while they are read.</summary>
/// <remarks>Which layers are packed is what tensors say: a layer with X.weight in the file is none.</remarks>
internal abstract class AffineLayout(Checkpoint checkpoint, int bits, int groupSize) : PackedLayout
{
    private const int BlockBytes = 1 << 20, RowsTogether = 32;
    private protected const string FetchAgain = "weights and config.json must be of one model, fetch both again";

    private protected Checkpoint Checkpoint => checkpoint;
    private protected int Bits => bits;

    /// <summary>Columns of a group; 0 for whole rows.</summary>
    private protected int GroupSize => groupSize;

    internal override bool Has(string path) =>
        path.EndsWith(".weight", StringComparison.Ordinal) && Stem(path) is var stem && (checkpoint.Contains(stem + "qweight") || checkpoint.Contains(stem + "qzeros") || checkpoint.Contains(stem + "scales"));

    internal override QuantizedTensor Load(Backend backend, string path, Shape shape)
    {
        string stem = Stem(path);
        (int outputs, int inputs) = (shape[0], shape[1]);
        CheckSizes(stem + "qweight", inputs, outputs);
        int groups = groupSize == 0 ? 1 : (inputs + groupSize - 1) / groupSize;
        string setting = $"for {bits} bits and {(groupSize == 0 ? "one group" : $"groups of {groupSize}")}";
        (long[] codeShape, long[] zeroShape) = Shapes(inputs, outputs, groups);
        Require(stem + "qweight", codeShape, setting, "I32");
        Require(stem + "qzeros", zeroShape, setting, "I32");
        string scaleType = Require(stem + "scales", [groups, outputs], setting, "F16", "BF16", "F32");
        int[]? index = GroupIndex(stem, inputs, groups);
        var format = new AffineGroupFormat(bits, groupSize, index is not null, scaleType == "F16" ? DType.F16 : DType.F32);
        QuantizedTensor packed = QuantizedTensor.Empty(backend, path, shape, format);
        if (backend.IsMeasuring) return packed;
        try
        {
            LoadCodes(backend, stem, packed, format);
            LoadScales(backend, stem + "scales", packed, groups, outputs);
            LoadZeros(backend, stem, packed, groups, outputs);
            if (index is not null) backend.Upload(MemoryMarshal.AsBytes<int>(index), packed.Parts[AffineGroupFormat.Index]);
            return packed;
        }
        catch
        {
            packed.Dispose();
            throw;
        }
    }

    /// <summary>Refuses sizes that do not fill whole words.</summary>
    private protected abstract void CheckSizes(string tensor, int inputs, int outputs);

    /// <summary>Shapes of qweight and qzeros.</summary>
    private protected abstract (long[] Codes, long[] Zeros) Shapes(int inputs, int outputs, int groups);

    /// <summary>The group of each column, or null where groups are runs of columns.</summary>
    private protected virtual int[]? GroupIndex(string stem, int inputs, int groups) => null;

    /// <summary>Writes the codes of some output rows in our order.</summary>
    private protected abstract void Repack(ReadOnlySpan<uint> words, int inputs, int outputs, int firstRow, int rows, Span<byte> codes);

    /// <summary>Zero points of one group, for each output.</summary>
    private protected abstract void Zeros(Span<uint> words, Span<byte> zeros);

    private protected static string Stem(string path) => path[..^"weight".Length];

    /// <exception cref="CheckpointException">It is missing, or of another type or shape.</exception>
    private protected string Require(string name, ReadOnlySpan<long> shape, string setting, params string[] types)
    {
        string expected = $"{string.Join(" or ", types)} [{string.Join(", ", shape.ToArray())}] {setting}".TrimEnd();
        if (!checkpoint.Contains(name)) throw new CheckpointException($"{checkpoint.Source}: tensor '{name}' is missing: expected {expected}; {FetchAgain}");
        CheckpointTensor found = checkpoint.Describe(name);
        if (!types.Contains(found.StoredAs) || !found.Shape.AsSpan().SequenceEqual(shape))
            throw new CheckpointException($"{checkpoint.Source}: tensor '{name}': expected {expected}, found {found.StoredAs} [{string.Join(", ", found.Shape)}]; {FetchAgain}");
        return found.StoredAs;
    }

    private void LoadCodes(Backend backend, string stem, QuantizedTensor packed, AffineGroupFormat format)
    {
        (int outputs, int inputs) = (packed.Shape[0], packed.Shape[1]);
        int rowBytes = format.RowBytes(inputs), step = Math.Min(outputs, Math.Max(1, BlockBytes / rowBytes / RowsTogether) * RowsTogether);
        Tensor codes = packed.Parts[AffineGroupFormat.Codes];
        var block = new byte[step * rowBytes];
        for (int first = 0; first < outputs; first += step)
        {
            int rows = Math.Min(step, outputs - first), from = first;
            Parallel.For(0, (rows + RowsTogether - 1) / RowsTogether, part =>
            {
                int row = part * RowsTogether, count = Math.Min(RowsTogether, rows - row);
                Repack(MemoryMarshal.Cast<byte, uint>(checkpoint.ReadRaw(stem + "qweight")), inputs, outputs, from + row, count, block.AsSpan(row * rowBytes, count * rowBytes));
            });
            using (TensorScope.Suspend())
            {
                using Tensor place = codes.View([rows, rowBytes], [rowBytes, 1], (long)first * rowBytes);
                backend.Upload(block.AsSpan(0, rows * rowBytes), place);
            }
        }
    }

    private void LoadScales(Backend backend, string name, QuantizedTensor packed, int groups, int outputs)
    {
        var wide = new float[(long)groups * outputs];
        checkpoint.Read(name, wide);
        for (int i = 0; i < wide.Length; i++)
            if (!float.IsFinite(wide[i]))
                throw new CheckpointException(FormattableString.Invariant($"{checkpoint.Source}: tensor '{name}': expected finite numbers, found {wide[i]} for output {i % outputs} of group {i / outputs}; the file is damaged, fetch it again"));
        float[] turned = Turned<float>(wide, groups, outputs);
        Tensor scales = packed.Parts[AffineGroupFormat.Scales];
        backend.Upload(scales.DType == DType.F32 ? MemoryMarshal.AsBytes<float>(turned) : MemoryMarshal.AsBytes<Half>(Array.ConvertAll(turned, s => (Half)s)), scales);
    }

    private void LoadZeros(Backend backend, string stem, QuantizedTensor packed, int groups, int outputs)
    {
        uint[] words = MemoryMarshal.Cast<byte, uint>(checkpoint.ReadRaw(stem + "qzeros")).ToArray();
        var zeros = new byte[(long)groups * outputs];
        int rowWords = words.Length / groups;
        for (int g = 0; g < groups; g++) Zeros(words.AsSpan(g * rowWords, rowWords), zeros.AsSpan(g * outputs, outputs));
        backend.Upload(Turned<byte>(zeros, groups, outputs), packed.Parts[AffineGroupFormat.Zeros]);
    }

    /// <summary>[rows, columns] as [columns, rows].</summary>
    internal static T[] Turned<T>(ReadOnlySpan<T> x, int rows, int columns)
    {
        var y = new T[x.Length];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) y[(long)c * rows + r] = x[r * columns + c];
        return y;
    }
}

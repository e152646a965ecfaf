namespace Pure.Tuner;

/// <summary>8-bit floats with scales: w = value(code) · scale(block).</summary>
/// <remarks>
/// Parts: codes U8 [out, in]; scale F32 [⌈out / rows⌉, ⌈in / columns⌉], one for each block of that many rows and columns: the whole matrix, a
/// row, 128 × 128, or a group of neighbours in a row.
/// </remarks>
internal sealed class Float8Format : PackedFormat
{
    /// <param name="kind">Which float.</param>
    /// <param name="blockRows">Rows that share a scale; 0 for all.</param>
    /// <param name="blockColumns">Columns that share a scale; 0 for all.</param>
    /// <exception cref="ArgumentException">A size is negative.</exception>
    internal Float8Format(Float8Kind kind, int blockRows = 0, int blockColumns = 0)
    {
        if (blockRows < 0 || blockColumns < 0) throw new ArgumentException($"{kind.Name}: a block of {blockRows} rows and {blockColumns} columns cannot be");
        (Kind, BlockRows, BlockColumns) = (kind, blockRows, blockColumns);
        Name = $"float8-{kind.Name}" + (blockRows, blockColumns) switch { (0, 0) => "", (1, 0) => "-rows", (1, _) => $"-g{blockColumns}", _ => $"-{blockRows}x{blockColumns}" };
    }

    /// <summary>Numbers of the parts.</summary>
    internal const int Codes = 0, Scale = 1;

    internal Float8Kind Kind { get; }
    internal int BlockRows { get; }
    internal int BlockColumns { get; }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override int Grain => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<PackedPart> Parts(Shape shape) => shape.Rank == 2
        ? [new("codes", shape, DType.U8), new("scale", [Blocks(shape[0], BlockRows), Blocks(shape[1], BlockColumns)], DType.F32)]
        : throw new ArgumentException($"{Name}: a matrix is needed, which {shape} is not");

    /// <inheritdoc/>
    public override void Expand(QuantizedTensor w, int row, int column, Span<float> y)
    {
        ReadOnlySpan<byte> codes = w.Part<byte>(Codes, (long)row * w.Shape[1] + column, y.Length);
        ReadOnlySpan<float> values = Kind.Values;
        for (int i = 0; i < codes.Length; i++) y[i] = values[codes[i]];
        int perRow = Blocks(w.Shape[1], BlockColumns), size = BlockColumns == 0 ? Math.Max(1, w.Shape[1]) : BlockColumns;
        long line = (long)(BlockRows == 0 ? 0 : row / BlockRows) * perRow;
        while (y.Length > 0)
        {
            int n = Math.Min(size - column % size, y.Length);
            TensorPrimitives.Multiply(y[..n], w.Part<float>(Scale, line + column / size, 1)[0], y[..n]);
            column += n;
            y = y[n..];
        }
    }

    private static int Blocks(int length, int block) => block == 0 ? 1 : (int)(((long)length + block - 1) / block);
}

namespace Pure.Tuner;

/// <summary>Each weight to the nearest number of its group's grid.</summary>
/// <param name="bits">2, 3, 4 or 8.</param>
/// <param name="groupSize">Columns of a group; 0 for the whole row.</param>
/// <param name="isSymmetric">Whether the code of 0 is the one in the middle.</param>
/// <param name="lowestZero">Smallest code of 0.</param>
internal sealed class AffineRounding(int bits, int groupSize, bool isSymmetric, int lowestZero) : IQuantizer
{
    public PackedFormat Format { get; } = new AffineGroupFormat(bits, groupSize);

    public QuantizedTensor Quantize(Backend backend, string name, Shape shape, RowReader rows)
    {
        var codes = new AffineCodes(shape[0], shape[1], bits, groupSize);
        int columns = shape[1], size = groupSize == 0 ? columns : groupSize, step = Math.Max(1, (1 << 20) / columns);
        var wide = new float[Math.Min(step, shape[0]) * columns];
        for (int first = 0; first < shape[0]; first += step)
        {
            int count = Math.Min(step, shape[0] - first), from = first;
            rows(first, wide.AsSpan(0, count * columns));
            Parallel.For(0, count, r =>
            {
                var row = new double[columns];
                for (int i = 0; i < columns; i++) row[i] = wide[r * columns + i];
                for (int g = 0; g < codes.Groups; g++)
                {
                    ReadOnlySpan<double> group = row.AsSpan(g * size, Math.Min(size, columns - g * size));
                    AffineGrid grid = AffineGrid.Of(group, bits, isSymmetric, lowestZero);
                    int at = (from + r) * codes.Groups + g;
                    (codes.Scales[at], codes.Zeros[at]) = (grid.Scale, grid.Zero);
                    for (int i = 0; i < group.Length; i++) codes.Codes[(from + r) * columns + g * size + i] = grid.Code(group[i]);
                }
            });
        }
        return codes.ToTensor(backend, name);
    }
}

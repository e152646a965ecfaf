using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>A padded batch as the reference holds it, as the packed rows that this project computes.</summary>
internal sealed class PaddedBatch
{
    private readonly int _batch, _seq;
    private readonly int[] _cells;              // of each packed row, its cell in the padded batch

    private PaddedBatch(int batch, int seq, int[] cells) => (_batch, _seq, _cells) = (batch, seq, cells);

    public required int[] Ids { get; init; }
    public required int[] Positions { get; init; }
    public required int[] Lengths { get; init; }
    public required int[] TargetRows { get; init; }
    public required int[] Targets { get; init; }

    /// <param name="mask">0 for padding, else the number of the sample in the row.</param>
    internal static PaddedBatch From(int[] ids, int[] mask, int[]? positions, int[] labels, int batch, int seq)
    {
        List<int> cells = [], lengths = [], targetRows = [], targets = [];
        for (int b = 0; b < batch; b++)
        {
            int previous = 0;
            for (int t = 0; t < seq; t++)
            {
                int cell = b * seq + t;
                if (mask[cell] == 0) continue;
                if (mask[cell] != previous) lengths.Add(0);
                previous = mask[cell];
                lengths[^1]++;
                if (t + 1 < seq && labels[cell + 1] != -100)
                {
                    targetRows.Add(cells.Count);
                    targets.Add(labels[cell + 1]);
                }
                cells.Add(cell);
            }
        }
        int[] own = [.. lengths.SelectMany(n => Enumerable.Range(0, n))];
        return new PaddedBatch(batch, seq, [.. cells])
        {
            Ids = [.. cells.Select(c => ids[c])],
            Positions = positions is null ? own : [.. cells.Select(c => positions[c])],
            Lengths = [.. lengths],
            TargetRows = [.. targetRows],
            Targets = [.. targets],
        };
    }

    internal ForwardContext Context(Action<int, Tensor>? onHidden = null) =>
        new() { Positions = Positions, Segments = Segments.Packed(Lengths), OnHidden = onHidden };

    /// <summary>Compares packed rows with the padded tensor, whose padding holds 0; a stored tensor may hold the last positions only.</summary>
    internal void Check(GoldenCase golden, string name, Tensor x)
    {
        if (!golden.Has(name)) return;
        int kept = golden[name].Shape[1], width = x.Shape.Last;
        float[] rows = x.ToArray<float>(), padded = new float[_batch * kept * width];
        for (int i = 0; i < _cells.Length; i++)
        {
            int t = _cells[i] % _seq - (_seq - kept);
            if (t >= 0) rows.AsSpan(i * width, width).CopyTo(padded.AsSpan((_cells[i] / _seq * kept + t) * width));
        }
        golden.Check(name, padded);
    }
}

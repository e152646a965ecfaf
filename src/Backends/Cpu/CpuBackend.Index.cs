namespace Pure.Tuner;

/// <summary>Rows by number.</summary>
public sealed unsafe partial class CpuBackend
{
    /// <summary>Ranges of destination rows that <see cref="ScatterAdd"/> is cut into: each reads all ids.</summary>
    private const int ScatterRanges = 32;

    /// <inheritdoc/>
    public override void Gather(Tensor table, Tensor ids, Tensor y)
    {
        PrimitiveChecks.Index("gather", table, ids, y);
        y.Storage.Written();
        CheckIds("gather", ids, table.Shape[0], lowest: 0);
        if (y.Shape.Count > 0) ForRows(ids.Shape[0], new GatherBody(table, ids, y), 16 + table.Shape[1] / 4);
    }

    /// <inheritdoc/>
    public override void ScatterAdd(Tensor dy, Tensor ids, Tensor table)
    {
        PrimitiveChecks.Index("scatter_add", table, ids, dy);
        table.Storage.Written();
        CheckIds("scatter_add", ids, table.Shape[0], lowest: int.MinValue);
        if (dy.Shape.Count == 0 || IsMeasuring) return;
        int rows = table.Shape[0], grain = (rows + ScatterRanges - 1) / ScatterRanges;
        // A thread owns destination rows, so that each row is added to in the order of i.
        if (dy.Shape.Count < SmallJob) WorkerPool.RunHere(rows, rows, new ScatterBody(dy, ids, table));
        else ForRanges(rows, grain, new ScatterBody(dy, ids, table));
    }

    private static int Id(Tensor ids, int i) => ((int*)ids.Address)[(long)i * ids.Strides[0]];

    private void CheckIds(string op, Tensor ids, int rows, int lowest)
    {
        for (int i = 0; i < ids.Shape[0] && !IsMeasuring; i++)
        {
            int id = Id(ids, i);
            if (id >= rows || id < lowest) throw PrimitiveChecks.IdOutside(op, id, i, rows);
        }
    }

    private readonly struct GatherBody(Tensor table, Tensor ids, Tensor y) : IRowBody
    {
        public void Invoke(int row)
        {
            int d = table.Shape[1], xStep = table.Strides[1], yStep = y.Strides[1];
            long xAt = (long)Id(ids, row) * table.Strides[0], yAt = (long)row * y.Strides[0];
            if (table.DType == y.DType && (d == 1 || (xStep == 1 && yStep == 1)))
            {
                int bytes = d * y.DType.Size;
                new ReadOnlySpan<byte>(At(table, xAt), bytes).CopyTo(new Span<byte>(At(y, yAt), bytes));
                return;
            }
            Span<float> buffer = Scratch.Floats(SlotX, Walk.Piece);
            for (int i = 0; i < d; i += Walk.Piece)
            {
                int count = Math.Min(Walk.Piece, d - i);
                WritePiece(ReadPiece(table, xAt + (long)i * xStep, xStep, count, buffer), y, yAt + (long)i * yStep, yStep);
            }
        }
    }

    private readonly struct ScatterBody(Tensor dy, Tensor ids, Tensor table) : IRangeBody
    {
        public void Invoke(int first, int end)
        {
            Span<float> xBuffer = Scratch.Floats(SlotX, Walk.Piece), yBuffer = Scratch.Floats(SlotY, Walk.Piece);
            int n = ids.Shape[0], d = table.Shape[1], xStep = dy.Strides[1], yStep = table.Strides[1];
            for (int row = 0; row < n; row++)
            {
                int id = Id(ids, row);
                if (id < first || id >= end || id < 0) continue;
                long xAt = (long)row * dy.Strides[0], yAt = (long)id * table.Strides[0];
                for (int i = 0; i < d; i += Walk.Piece)
                {
                    int count = Math.Min(Walk.Piece, d - i);
                    long to = yAt + (long)i * yStep;
                    Span<float> target = OpenPiece(table, to, yStep, count, yBuffer);
                    ReadOnlySpan<float> before = ReadPiece(table, to, yStep, count, target);
                    Rows.Map<AddOp>(before, ReadPiece(dy, xAt + (long)i * xStep, xStep, count, xBuffer), target);
                    WritePiece(target, table, to, yStep);
                }
            }
        }
    }
}

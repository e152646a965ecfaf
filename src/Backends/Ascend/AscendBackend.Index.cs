using Pure.Tuner.Ascend;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend
{
    /// <inheritdoc/>
    public override void Gather(Tensor table, Tensor ids, Tensor y)
    {
        PrimitiveChecks.Index("gather", table, ids, y);
        CheckIds("gather", ids, table.Shape[0], lowest: 0);
        if (y.Shape.Count == 0) return;
        using var scope = TensorScope.Begin();
        Tensor rows = y.IsContiguous && y.DType == table.DType ? y : Tensor.Empty(this, y.Shape, table.DType);
        int type = _can.Computes(table.DType) ? AclTypes.Of(table.DType) : AclTypes.Float16;       // moved, not read
        Tensor index = ids.Packed();
        Written(rows);
        OpCall c = Begin();
        c.aclnnIndexSelect(c.As(table, type, table.Shape.Lengths, table.Strides), 0, c.In(index), c.As(rows, type, rows.Shape.Lengths, rows.Strides));
        if (!ReferenceEquals(rows, y)) Copy(rows, y);
    }

    /// <inheritdoc/>
    /// <remarks>With the deterministic option of the context the additions of a row come in the order of the ids.</remarks>
    public override void ScatterAdd(Tensor dy, Tensor ids, Tensor table)
    {
        PrimitiveChecks.Index("scatter_add", table, ids, dy);
        bool mayBeNegative = CheckIds("scatter_add", ids, table.Shape[0], lowest: int.MinValue);
        if (dy.Shape.Count == 0 || table.Shape.Count == 0) return;
        using var scope = TensorScope.Begin();
        Tensor rows = Typed(dy, DType.F32), index = ids.Packed();
        if (mayBeNegative)
        {
            // A negative index is a device error: the row goes to row 0 as zeros.
            Tensor keep = Tensor.Empty(this, ids.Shape, DType.Bool), inside = Tensor.EmptyLike(index), zero = Tensor.Full(this, [1], 0), kept = Tensor.Empty(this, rows.Shape);
            Binary(BinaryKind.Greater, index, -1, keep);
            Binary(BinaryKind.Max, index, 0, inside);
            Select(keep.AcrossRow(rows.Shape[1]), rows, zero.View(rows.Shape, [0, 0], 0), kept);
            (rows, index) = (kept, inside);
        }
        Tensor sum = table.DType == DType.F32 && table.IsContiguous ? table : Tensor.Empty(this, table.Shape);
        if (!ReferenceEquals(sum, table)) Copy(table, sum);
        OpCall c = Begin();
        c.aclnnIndexAdd(c.In(sum), 0, c.In(index), c.In(rows), c.Scalar(1), c.Out(sum));     // in place, as torch's index_add_ calls it
        if (!ReferenceEquals(sum, table)) Copy(sum, table);
    }

    /// <summary>Names an id outside the table where the host still knows what it sent.</summary>
    /// <returns>Whether some id may be below 0.</returns>
    private bool CheckIds(string op, Tensor ids, int rows, int lowest)
    {
        if (KnownIds(ids) is not { } known) return true;
        bool negative = false;
        for (int i = 0; i < ids.Shape[0]; i++)
        {
            if (known[i] < lowest || known[i] >= rows) throw PrimitiveChecks.IdOutside(op, known[i], i, rows);
            negative |= known[i] < 0;
        }
        return negative;
    }
}

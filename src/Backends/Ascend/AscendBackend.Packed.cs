using Pure.Tuner.Ascend;

namespace Pure.Tuner;

/// <summary>Packed weights: looked up and scaled on the card for each product, a piece of rows at a time; 4-bit groups and 8-bit rows by the card's own product where x is narrow.</summary>
public sealed unsafe partial class AscendBackend : IPackedKernel
{
    /// <summary>Elements of a weight that are ever expanded at once: 128 MB in F32.</summary>
    private const long ExpandedElements = 32L << 20;

    void IPackedKernel.MatMul(QuantizedTensor w, Tensor x, bool transposed, Tensor y, float alpha, bool accumulate)
    {
        if (y.Shape.Count == 0) return;
        if (x.Shape[1] == 0)
        {
            if (!accumulate) Fill(y, 0);
            return;
        }
        using var scope = TensorScope.Begin();
        if (ProductType != DType.F32) x = Operand(x, ProductType);
        if (!transposed && (ProductOfGroups(w, x) ?? ProductOfBytes(w, x)) is { } product)
        {
            if (product.DType == DType.F16) Note(product);
            Deliver(product, y, alpha, accumulate);
            return;
        }
        int outputs = w.Shape[0], step = PieceRows(w);
        // Several pieces of a sum are added in F32 and rounded once.
        Tensor target = transposed && step < outputs && y.DType != DType.F32 ? Tensor.Empty(this, y.Shape) : y;
        if (!ReferenceEquals(target, y) && accumulate) Copy(y, target);
        for (int first = 0; first < outputs; first += step)
        {
            using var piece = TensorScope.Begin();
            int count = Math.Min(step, outputs - first);
            Tensor part = Narrowed(Expanded(w, first, count), x.DType);
            if (transposed) MatMul(Cut(x, first, count), part, target, alpha, accumulate || first > 0);
            else MatMul(x, part.Transposed(), Cut(y, first, count), alpha, accumulate);
        }
        if (!ReferenceEquals(target, y)) Copy(target, y);
    }

    void IPackedKernel.Rows(QuantizedTensor w, Tensor ids, Tensor y)
    {
        CheckIds("rows", ids, w.Shape[0], lowest: 0);
        if (y.Shape.Count == 0) return;
        using var scope = TensorScope.Begin();
        Tensor index = ids.Packed();
        if (PackedRowParts(w) is { } parts)
        {
            Tensor[] picked = [.. parts.Select(p => p.Shape.Rank == 2 && p.Shape[0] == w.Shape[0] ? PickedRows(p, index) : p)];
            Copy(ExpandRows(w.Format, picked, ids.Shape[0], w.Shape[1]), y);
            return;
        }
        // Blocks that run across rows: the whole matrix, then its rows.
        Gather(Expanded(w, 0, w.Shape[0]), index, y);
    }

    void IPackedKernel.Read(QuantizedTensor w, int firstRow, Tensor y)
    {
        int step = PieceRows(w);
        for (int first = 0; first < y.Shape[0]; first += step)
        {
            using var scope = TensorScope.Begin();
            int count = Math.Min(step, y.Shape[0] - first);
            Copy(Expanded(w, firstRow + first, count), y.Slice(first, count));
        }
    }

    /// <summary>Rows of a piece, by shape alone; a format without rows of its own is expanded whole.</summary>
    private int PieceRows(QuantizedTensor w) =>
        IsRowless(w) ? Math.Max(1, w.Shape[0]) : (int)Math.Clamp(ExpandedElements / Math.Max(1, w.Shape[1]), 1, Math.Max(1, w.Shape[0]));

    /// <summary>The numbers in the dtype that the product with x runs in.</summary>
    private Tensor Narrowed(Tensor wide, DType x)
    {
        if (wide.DType == x || !_can.Has(AscendKernel.MatMul, x)) return wide;
        Tensor y = Typed(wide, x);
        Note(y);
        return y;
    }

    /// <summary>Columns [first, first + count) of a matrix.</summary>
    private static Tensor Cut(Tensor x, int first, int count) => x.View([x.Shape[0], count], [.. x.Strides], x.Offset + (long)first * x.Strides[1]);

    /// <summary>Rows of a weight in F32, [count, in]: by the card, or by the host where the format has no look-up.</summary>
    private Tensor Expanded(QuantizedTensor w, int first, int count)
    {
        if (PackedRowParts(w) is { } parts)
            return ExpandRows(w.Format, [.. parts.Select(p => p.Shape.Rank == 2 && p.Shape[0] == w.Shape[0] && p.Shape[0] > 0 ? p.Slice(first, count) : p)], count, w.Shape[1]);
        return w.Format switch
        {
            BnbFourBitFormat flat => Rows(ExpandFlat(flat, w)),
            Float8Format blocks => Rows(ExpandBlocks(blocks, w)),
            _ => ExpandedByHost(w, first, count),
        };

        Tensor Rows(Tensor whole) => first == 0 && count == whole.Shape[0] ? whole : whole.Slice(first, count);
    }

    /// <summary>Expanded by the host, which holds a copy of the packed weight: counted each time.</summary>
    private Tensor ExpandedByHost(QuantizedTensor w, int first, int count)
    {
        Tensor y = Tensor.Empty(this, [count, w.Shape[1]]);
        CountHostWork($"expand {w.Format}", y);
        QuantizedTensor copy = _hostCopies.GetValue(w, CopyBelow);
        using Tensor rows = Tensor.Empty(_host!, y.Shape);
        ((IPackedKernel)_host!).Read(copy, first, rows);
        Upload(HostBytes(rows), y);
        return y;
    }

    private readonly System.Runtime.CompilerServices.ConditionalWeakTable<QuantizedTensor, QuantizedTensor> _hostCopies = [];

    private QuantizedTensor CopyBelow(QuantizedTensor w)
    {
        _host ??= new CpuBackend(1);
        QuantizedTensor copy = QuantizedTensor.Empty(_host, w.Name, w.Shape, w.Format);
        for (int i = 0; i < w.Parts.Count; i++) Download(w.Parts[i], HostBytes(copy.Parts[i]));
        return copy;
    }
}

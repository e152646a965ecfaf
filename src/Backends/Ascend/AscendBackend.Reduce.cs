using Pure.Tuner.Ascend;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend
{
    /// <inheritdoc/>
    public override void Reduce(ReduceKind kind, Tensor x, Tensor y, bool accumulate = false)
    {
        PrimitiveChecks.Reduce(PrimitiveChecks.Name(kind), x, y);
        if (y.Shape.Count == 0) return;
        if (x.Shape.Last == 0)
        {
            if (kind == ReduceKind.Max) Fill(y, double.NegativeInfinity);
            else if (!accumulate) Fill(y, 0);
            return;
        }
        if (x.Shape.Rank > MaxRank)
        {
            for (int i = 0; i < x.Shape[0]; i++) using (Tensor px = Part(x, i), py = Part(y, i)) Reduce(kind, px, py, accumulate);
            return;
        }
        using var scope = TensorScope.Begin();
        Tensor source = _can.Computes(x.DType) ? x : x.Widened();
        if (kind == ReduceKind.SumSquares)
        {
            Tensor wide = x.Widened();
            source = Tensor.EmptyLike(wide);
            Binary(BinaryKind.Mul, wide, wide, source);
        }
        // There the sum of truth values is whether any is true, and one of bytes stays a byte.
        if (kind == ReduceKind.Sum && source.DType is DType.Bool or DType.U8) source = Typed(source, DType.I32);
        // Sums are kept in F32 whatever the elements; the largest element is one of them.
        DType type = kind == ReduceKind.Max ? source.DType : source.DType.IsFloat ? DType.F32 : source.DType;
        bool isDirect = !accumulate && y.DType == type;
        Tensor result = isDirect ? y : Tensor.Empty(this, y.Shape, type);
        if (kind == ReduceKind.Max) Largest(source, result);
        else Total(source, result);
        if (!isDirect) Deliver(result, y, 1, accumulate);
    }

    /// <inheritdoc/>
    public override void ArgMax(Tensor x, Tensor y)
    {
        PrimitiveChecks.ArgMax(x, y);
        if (y.Shape.Count == 0) return;
        using var scope = TensorScope.Begin();
        Tensor source = _can.Computes(x.DType) ? x : x.Widened();
        if (source.DType.IsFloat)                    // there a NaN is the largest, here it is never one
        {
            Tensor numbers = Tensor.EmptyLike(source);
            if (Card.Saturates)                      // the older cards have no NanToNum
            {
                Tensor isNumber = Tensor.EmptyLike(source, DType.Bool), least = Tensor.EmptyLike(source);
                Binary(BinaryKind.Equal, source, source, isNumber);
                Fill(least, double.NegativeInfinity);
                Select(isNumber, source, least, numbers);
            }
            else
            {
                OpCall n = Begin();
                n.aclnnNanToNum(n.In(source), float.NegativeInfinity, float.PositiveInfinity, float.NegativeInfinity, n.Out(numbers));
            }
            source = numbers;
        }
        OpCall c = Begin();
        c.aclnnArgMax(c.In(source), source.Shape.Rank - 1, Kept(source), c.Out(y));
    }

    /// <summary>y = Σ x over the last dimension, in y's dtype: the argument must name it.</summary>
    private void Total(Tensor x, Tensor y)
    {
        OpCall c = Begin();
        c.aclnnReduceSum(c.In(x), c.Integers([x.Shape.Rank - 1]), Kept(x), AclTypes.Of(y.DType), c.Out(y));
    }

    /// <summary>y = the largest of the last dimension.</summary>
    private void Largest(Tensor x, Tensor y)
    {
        OpCall c = Begin();
        c.aclnnAmax(c.In(x), c.Integers([x.Shape.Rank - 1]), Kept(x), c.Out(y));
    }

    /// <summary>A row alone keeps its dimension, since a scalar is handed over as one element.</summary>
    private static byte Kept(Tensor x) => x.Shape.Rank == 1 ? (byte)1 : (byte)0;
}

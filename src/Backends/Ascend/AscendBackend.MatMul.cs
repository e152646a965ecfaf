using Pure.Tuner.Ascend;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend
{
    /// <summary>Dimensions that a product of matrices takes.</summary>
    private const int MaxProductRank = 6;

    /// <inheritdoc/>
    public override void MatMul(Tensor a, Tensor b, Tensor y, float alpha = 1, bool accumulate = false)
    {
        PrimitiveChecks.MatMul(a, b, y);
        if (y.Shape.Count == 0) return;
        if (a.Shape[^1] == 0)                        // a sum of nothing
        {
            if (!accumulate) Fill(y, 0);
            return;
        }
        if (y.Shape.Rank > MaxProductRank)
        {
            for (int i = 0; i < y.Shape[0]; i++) using (Tensor pa = Part(a, i), pb = Part(b, i), py = Part(y, i)) MatMul(pa, pb, py, alpha, accumulate);
            return;
        }
        using var scope = TensorScope.Begin();
        DType type = OperandType(a.DType, b.DType, y.DType);
        Tensor ta = Operand(OnceABatch(a), type), tb = Operand(OnceABatch(b), type);
        bool isWide = type != DType.F32 && y.DType == DType.F32 && _can.Has(AscendKernel.WideProduct, type) && MayTry(AscendKernel.WideProduct, (long)type);
        if (isWide && TryWide(ta, tb, y, alpha, accumulate)) return;
        DType sum = type;
        bool isDirect = y.DType == sum && y.IsContiguous && !accumulate;
        Tensor p = isDirect ? y : Tensor.Empty(this, y.Shape, sum);
        if (Card.CubeMathType(type) == 0) Multiply(ta, tb, p);
        else MultiplyInHalves(ta, tb, p);
        if (type == DType.F16) Note(p);
        if (isDirect) ScaleInPlace(y, alpha);
        else Deliver(p, y, alpha, accumulate);
    }

    /// <summary>The product of 16-bit operands with its sums in F32.</summary>
    private bool TryWide(Tensor a, Tensor b, Tensor y, float alpha, bool accumulate)
    {
        bool isDirect = y.IsContiguous && !accumulate;
        Tensor p = isDirect ? y : Tensor.Empty(this, y.Shape);
        try { Multiply(a, b, p, asks: true); }
        catch (AclException e) when (IsRefusal(e))
        {
            Refused(AscendKernel.WideProduct, (long)a.DType, e);
            return false;
        }
        if (a.DType == DType.F16) Note(p);           // the sum may have been rounded to F16 on its way
        if (isDirect) ScaleInPlace(y, alpha);
        else Deliver(p, y, alpha, accumulate);
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>BF16 and F16 where the card's cube unit has them; F32 everywhere, on the older cards as three products of halves.</remarks>
    public override bool Multiplies(DType type) => type == DType.F32 || type.IsFloat && _can.Has(AscendKernel.MatMul, type);

    private void Multiply(Tensor a, Tensor b, Tensor y, bool asks = false)
    {
        Tensor left = OnceABatch(a), right = OnceABatch(b);
        OpCall c = Begin(asks);
        c.aclnnMatmul(c.In(left), c.In(right), c.Out(y), Card.CubeMathType(left.DType));
    }

    /// <summary>
    /// F32 on cards that round its operands to f16: x = high + low, both of which f16 holds, and high · high + high · low + low · high,
    /// each summed in F32. What is left out is near 2⁻²² of a term; one product alone would be off by 2⁻¹¹.
    /// </summary>
    private void MultiplyInHalves(Tensor a, Tensor b, Tensor y)
    {
        (Tensor highA, Tensor lowA) = Halves(a);
        (Tensor highB, Tensor lowB) = Halves(b);
        Tensor rest = Tensor.EmptyLike(y);
        Multiply(highA, highB, y);
        Multiply(highA, lowB, rest);
        AddTo(y, rest, 1 / LowScale);
        Multiply(lowA, highB, rest);
        AddTo(y, rest, 1 / LowScale);
    }

    /// <summary>Keeps the low halves away from the smallest numbers of f16.</summary>
    private const double LowScale = 2048;

    private (Tensor High, Tensor Low) Halves(Tensor x)
    {
        Tensor source = OnceABatch(x), high = Tensor.EmptyLike(source), low = Tensor.EmptyLike(source), half = Tensor.EmptyLike(source, DType.F16);
        Copy(source, half);
        Copy(half, high);
        Binary(BinaryKind.Sub, source, high, low);
        ScaleInPlace(low, LowScale);
        return (high, low);
    }

    /// <summary>
    /// The dtype that both operands of a product are brought to: the one that was asked for. Else narrow times narrow into narrow stays, since
    /// the card sums in F32 and rounds once, and into F32 the operands are widened, so that nothing is lost.
    /// </summary>
    private DType OperandType(DType a, DType b, DType y) =>
        ProductType != DType.F32 ? ProductType : a == b && y != DType.F32 && _can.Has(AscendKernel.MatMul, a) ? a : DType.F32;

    /// <summary>A batch dimension that repeats one matrix, as a length of 1: the operator repeats it without copying.</summary>
    private static Tensor OnceABatch(Tensor x)
    {
        bool repeats = false;
        for (int i = 0; i < x.Shape.Rank - 2; i++) repeats |= x.Strides[i] == 0 && x.Shape[i] > 1;
        if (!repeats) return x;
        int[] lengths = [.. x.Shape.Lengths], strides = [.. x.Strides];
        for (int i = lengths.Length - 3; i >= 0; i--)
            if (strides[i] == 0) (lengths[i], strides[i]) = (1, lengths[i + 1] * Math.Max(1, strides[i + 1]));
        return x.View(new Shape(lengths), strides, x.Offset);
    }
}

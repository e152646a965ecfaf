using Pure.Tuner.Ascend;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend
{
    /// <inheritdoc/>
    public override void Fill(Tensor y, double value)
    {
        if (y.Shape.Count == 0) return;              // no tensor without elements ever reaches the library
        if (y.Shape.Rank > MaxRank)
        {
            for (int i = 0; i < y.Shape[0]; i++) using (Tensor part = Part(y, i)) Fill(part, value);
            return;
        }
        if (!_can.Computes(y.DType))
        {
            using Tensor wide = Alone(y.Shape, DType.F32);
            Fill(wide, value);
            Copy(wide, y);
            return;
        }
        OpCall c = Begin();
        if (value == 0 && !double.IsNegative(value))
        {
            c.aclnnInplaceZero(c.Out(y));
            return;
        }
        c.aclnnInplaceFillScalar(c.Out(y), c.Scalar(y.DType == DType.Bool ? value != 0 ? 1 : 0 : value, !y.DType.IsFloat));
    }

    /// <inheritdoc/>
    public override void Unary(UnaryKind kind, Tensor x, Tensor y)
    {
        PrimitiveChecks.Unary(kind, x, y);
        if (y.Shape.Count == 0) return;
        if (y.Shape.Rank > MaxRank)
        {
            for (int i = 0; i < y.Shape[0]; i++) using (Tensor from = Part(x, i), to = Part(y, i)) Unary(kind, from, to);
            return;
        }
        if (!_can.Computes(y.DType))
        {
            using Tensor wide = Wide(x);
            Unary(kind, wide, wide);
            Copy(wide, y);
            return;
        }
        OpCall c = Begin();
        switch (kind)
        {
            case UnaryKind.Neg: c.aclnnNeg(c.In(x), c.Out(y)); break;
            case UnaryKind.Abs: c.aclnnAbs(c.In(x), c.Out(y)); break;
            case UnaryKind.Sign: c.aclnnSign(c.In(x), c.Out(y)); break;
            case UnaryKind.Square: c.aclnnMul(c.In(x), c.In(x), c.Out(y)); break;     // A2 has no Square
            case UnaryKind.Sqrt: c.aclnnSqrt(c.In(x), c.Out(y)); break;
            case UnaryKind.Rsqrt: c.aclnnRsqrt(c.In(x), c.Out(y)); break;
            case UnaryKind.Reciprocal: c.aclnnReciprocal(c.In(x), c.Out(y)); break;
            case UnaryKind.Exp: c.aclnnExp(c.In(x), c.Out(y)); break;
            case UnaryKind.Log: c.aclnnLog(c.In(x), c.Out(y)); break;
            case UnaryKind.Tanh: c.aclnnTanh(c.In(x), c.Out(y)); break;
            case UnaryKind.Sigmoid: c.aclnnSigmoid(c.In(x), c.Out(y)); break;
            case UnaryKind.Erf: c.aclnnErf(c.In(x), c.Out(y)); break;
            case UnaryKind.Sin: c.aclnnSin(c.In(x), c.Out(y)); break;
            case UnaryKind.Cos: c.aclnnCos(c.In(x), c.Out(y)); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown function");
        }
    }

    /// <inheritdoc/>
    public override void Binary(BinaryKind kind, Tensor a, Tensor b, Tensor y)
    {
        PrimitiveChecks.Binary(kind, a, b, y);
        if (y.Shape.Count == 0) return;
        if (y.Shape.Rank > MaxRank)
        {
            for (int i = 0; i < y.Shape[0]; i++) using (Tensor pa = Part(a, i), pb = Part(b, i), py = Part(y, i)) Binary(kind, pa, pb, py);
            return;
        }
        if (!_can.Computes(a.DType))
        {
            using Tensor wa = Wide(a), wb = Wide(b), wy = Alone(y.Shape, kind.IsComparison ? DType.Bool : DType.F32);
            Binary(kind, wa, wb, wy);
            Copy(wy, y);
            return;
        }
        if (!a.DType.IsFloat && kind is BinaryKind.Div or BinaryKind.Pow)
        {
            BinaryOnHost(kind, a, b, y);             // a quotient of integers is a float there
            return;
        }
        OpCall c = Begin();
        switch (kind)
        {
            case BinaryKind.Add: c.aclnnAdd(c.In(a), c.In(b), c.Scalar(1, !a.DType.IsFloat), c.Out(y)); break;
            case BinaryKind.Sub: c.aclnnSub(c.In(a), c.In(b), c.Scalar(1, !a.DType.IsFloat), c.Out(y)); break;
            case BinaryKind.Mul: c.aclnnMul(c.In(a), c.In(b), c.Out(y)); break;
            case BinaryKind.Div: c.aclnnDiv(c.In(a), c.In(b), c.Out(y)); break;
            case BinaryKind.Max: c.aclnnMaximum(c.In(a), c.In(b), c.Out(y)); break;
            case BinaryKind.Min: c.aclnnMinimum(c.In(a), c.In(b), c.Out(y)); break;
            case BinaryKind.Pow: c.aclnnPowTensorTensor(c.In(a), c.In(b), c.Out(y)); break;
            case BinaryKind.Equal: c.aclnnEqTensor(c.In(a), c.In(b), c.Out(y)); break;
            case BinaryKind.Less: c.aclnnLtTensor(c.In(a), c.In(b), c.Out(y)); break;
            case BinaryKind.Greater: c.aclnnGtTensor(c.In(a), c.In(b), c.Out(y)); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown function");
        }
    }

    /// <inheritdoc/>
    public override void Binary(BinaryKind kind, Tensor a, double b, Tensor y)
    {
        PrimitiveChecks.Binary(kind, a, null, y);
        if (y.Shape.Count == 0) return;
        if (y.Shape.Rank > MaxRank)
        {
            for (int i = 0; i < y.Shape[0]; i++) using (Tensor pa = Part(a, i), py = Part(y, i)) Binary(kind, pa, b, py);
            return;
        }
        if (!_can.Computes(a.DType))
        {
            using Tensor wa = Wide(a), wy = Alone(y.Shape, kind.IsComparison ? DType.Bool : DType.F32);
            Binary(kind, wa, b, wy);
            Copy(wy, y);
            return;
        }
        bool whole = !a.DType.IsFloat;
        if (whole && (b != Math.Truncate(b) || kind is BinaryKind.Div or BinaryKind.Pow))
        {
            BinaryOnHost(kind, a, b, y);
            return;
        }
        OpCall c = Begin();
        switch (kind)
        {
            case BinaryKind.Add: c.aclnnAdds(c.In(a), c.Scalar(b, whole), c.Scalar(1, whole), c.Out(y)); break;
            case BinaryKind.Sub: c.aclnnSubs(c.In(a), c.Scalar(b, whole), c.Scalar(1, whole), c.Out(y)); break;
            case BinaryKind.Mul: c.aclnnMuls(c.In(a), c.Scalar(b, whole), c.Out(y)); break;
            case BinaryKind.Div: c.aclnnDivs(c.In(a), c.Scalar(b, whole), c.Out(y)); break;
            case BinaryKind.Max: c.aclnnClampMin(c.In(a), c.Scalar(b, whole), c.Out(y)); break;
            case BinaryKind.Min: c.aclnnClampMax(c.In(a), c.Scalar(b, whole), c.Out(y)); break;
            case BinaryKind.Pow: c.aclnnPowTensorScalar(c.In(a), c.Scalar(b, whole), c.Out(y)); break;
            case BinaryKind.Equal: c.aclnnEqScalar(c.In(a), c.Compared(b, whole), c.Out(y)); break;
            case BinaryKind.Less: c.aclnnLtScalar(c.In(a), c.Compared(b, whole), c.Out(y)); break;
            case BinaryKind.Greater: c.aclnnGtScalar(c.In(a), c.Compared(b, whole), c.Out(y)); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown function");
        }
    }

    // Apart, so that a call that stays on the card makes no closure.
    private void BinaryOnHost(BinaryKind kind, Tensor a, Tensor b, Tensor y) => OnHost(kind.ToString(), y, [a, b], (host, x, to) => host.Binary(kind, x[0], x[1], to));

    private void BinaryOnHost(BinaryKind kind, Tensor a, double b, Tensor y) => OnHost(kind.ToString(), y, [a], (host, x, to) => host.Binary(kind, x[0], b, to));

    /// <inheritdoc/>
    public override void Select(Tensor condition, Tensor a, Tensor b, Tensor y)
    {
        PrimitiveChecks.Select(condition, a, b, y);
        if (y.Shape.Count == 0) return;
        if (y.Shape.Rank > MaxRank)
        {
            for (int i = 0; i < y.Shape[0]; i++) using (Tensor pc = Part(condition, i), pa = Part(a, i), pb = Part(b, i), py = Part(y, i)) Select(pc, pa, pb, py);
            return;
        }
        if (!_can.Computes(y.DType))
        {
            using Tensor wa = Wide(a), wb = Wide(b), wy = Alone(y.Shape, DType.F32);
            Select(condition, wa, wb, wy);
            Copy(wy, y);
            return;
        }
        OpCall c = Begin();
        c.aclnnSWhere(c.In(condition), c.In(a), c.In(b), c.Out(y));
    }

    /// <summary>y += alpha · x, of one dtype.</summary>
    private void AddTo(Tensor y, Tensor x, double alpha = 1)
    {
        if (y.Shape.Count == 0) return;
        OpCall c = Begin();
        c.aclnnInplaceAdd(c.Out(y), c.In(x), c.Scalar(alpha, isInteger: !y.DType.IsFloat));
    }

    /// <summary>y *= factor</summary>
    private void ScaleInPlace(Tensor y, double factor)
    {
        if (y.Shape.Count == 0 || factor == 1) return;
        OpCall c = Begin();
        c.aclnnInplaceMuls(c.Out(y), c.Scalar(factor));
    }

    /// <summary>Element i of the first dimension: how more dimensions than the library takes are worked off.</summary>
    private static Tensor Part(Tensor x, int i)
    {
        using (TensorScope.Suspend())
            return x.View(new Shape(x.Shape.Lengths[1..]), [.. x.Strides[1..]], x.Offset + (long)i * x.Strides[0]);
    }

    /// <summary>A new tensor that belongs to no scope: the caller disposes it.</summary>
    private Tensor Alone(Shape shape, DType dtype)
    {
        using (TensorScope.Suspend())
            return Tensor.Empty(this, shape, dtype);
    }

    /// <summary>An F32 copy that belongs to no scope.</summary>
    private Tensor Wide(Tensor x)
    {
        Tensor wide = Alone(x.Shape, DType.F32);
        try { Copy(x, wide); }
        catch
        {
            wide.Dispose();
            throw;
        }
        return wide;
    }
}

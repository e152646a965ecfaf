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
        if (value == 0 && !double.IsNegative(value))
        {
            using OpCall zero = Begin("InplaceZero", _acl.aclnnInplaceZeroGetWorkspaceSize);
            zero.Launch(_acl.aclnnInplaceZeroGetWorkspaceSize(zero.Out(y), zero.Size, zero.Executor), _acl.aclnnInplaceZero);
            return;
        }
        using OpCall c = Begin("InplaceFillScalar", _acl.aclnnInplaceFillScalarGetWorkspaceSize);
        c.Launch(_acl.aclnnInplaceFillScalarGetWorkspaceSize(c.Out(y), c.Scalar(y.DType == DType.Bool ? value != 0 ? 1 : 0 : value, !y.DType.IsFloat), c.Size, c.Executor), _acl.aclnnInplaceFillScalar);
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
        switch (kind)
        {
            case UnaryKind.Neg: Map("Neg", _acl.aclnnNegGetWorkspaceSize, _acl.aclnnNeg, x, y); break;
            case UnaryKind.Abs: Map("Abs", _acl.aclnnAbsGetWorkspaceSize, _acl.aclnnAbs, x, y); break;
            case UnaryKind.Sign: Map("Sign", _acl.aclnnSignGetWorkspaceSize, _acl.aclnnSign, x, y); break;
            case UnaryKind.Square: Two("Mul", _acl.aclnnMulGetWorkspaceSize, _acl.aclnnMul, x, x, y); break;     // A2 has no Square
            case UnaryKind.Sqrt: Map("Sqrt", _acl.aclnnSqrtGetWorkspaceSize, _acl.aclnnSqrt, x, y); break;
            case UnaryKind.Rsqrt: Map("Rsqrt", _acl.aclnnRsqrtGetWorkspaceSize, _acl.aclnnRsqrt, x, y); break;
            case UnaryKind.Reciprocal: Map("Reciprocal", _acl.aclnnReciprocalGetWorkspaceSize, _acl.aclnnReciprocal, x, y); break;
            case UnaryKind.Exp: Map("Exp", _acl.aclnnExpGetWorkspaceSize, _acl.aclnnExp, x, y); break;
            case UnaryKind.Log: Map("Log", _acl.aclnnLogGetWorkspaceSize, _acl.aclnnLog, x, y); break;
            case UnaryKind.Tanh: Map("Tanh", _acl.aclnnTanhGetWorkspaceSize, _acl.aclnnTanh, x, y); break;
            case UnaryKind.Sigmoid: Map("Sigmoid", _acl.aclnnSigmoidGetWorkspaceSize, _acl.aclnnSigmoid, x, y); break;
            case UnaryKind.Erf: Map("Erf", _acl.aclnnErfGetWorkspaceSize, _acl.aclnnErf, x, y); break;
            case UnaryKind.Sin: Map("Sin", _acl.aclnnSinGetWorkspaceSize, _acl.aclnnSin, x, y); break;
            case UnaryKind.Cos: Map("Cos", _acl.aclnnCosGetWorkspaceSize, _acl.aclnnCos, x, y); break;
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
            OnHost(kind.ToString(), y, [a, b], (host, x, to) => host.Binary(kind, x[0], x[1], to));     // a quotient of integers is a float there
            return;
        }
        switch (kind)
        {
            case BinaryKind.Add:
                using (OpCall c = Begin("Add", _acl.aclnnAddGetWorkspaceSize))
                    c.Launch(_acl.aclnnAddGetWorkspaceSize(c.In(a), c.In(b), c.Scalar(1, !a.DType.IsFloat), c.Out(y), c.Size, c.Executor), _acl.aclnnAdd);
                break;
            case BinaryKind.Sub:
                using (OpCall c = Begin("Sub", _acl.aclnnSubGetWorkspaceSize))
                    c.Launch(_acl.aclnnSubGetWorkspaceSize(c.In(a), c.In(b), c.Scalar(1, !a.DType.IsFloat), c.Out(y), c.Size, c.Executor), _acl.aclnnSub);
                break;
            case BinaryKind.Mul: Two("Mul", _acl.aclnnMulGetWorkspaceSize, _acl.aclnnMul, a, b, y); break;
            case BinaryKind.Div: Two("Div", _acl.aclnnDivGetWorkspaceSize, _acl.aclnnDiv, a, b, y); break;
            case BinaryKind.Max: Two("Maximum", _acl.aclnnMaximumGetWorkspaceSize, _acl.aclnnMaximum, a, b, y); break;
            case BinaryKind.Min: Two("Minimum", _acl.aclnnMinimumGetWorkspaceSize, _acl.aclnnMinimum, a, b, y); break;
            case BinaryKind.Pow: Two("PowTensorTensor", _acl.aclnnPowTensorTensorGetWorkspaceSize, _acl.aclnnPowTensorTensor, a, b, y); break;
            case BinaryKind.Equal: Two("EqTensor", _acl.aclnnEqTensorGetWorkspaceSize, _acl.aclnnEqTensor, a, b, y); break;
            case BinaryKind.Less: Two("LtTensor", _acl.aclnnLtTensorGetWorkspaceSize, _acl.aclnnLtTensor, a, b, y); break;
            case BinaryKind.Greater: Two("GtTensor", _acl.aclnnGtTensorGetWorkspaceSize, _acl.aclnnGtTensor, a, b, y); break;
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
            OnHost(kind.ToString(), y, [a], (host, x, to) => host.Binary(kind, x[0], b, to));
            return;
        }
        switch (kind)
        {
            case BinaryKind.Add:
                using (OpCall c = Begin("Adds", _acl.aclnnAddsGetWorkspaceSize))
                    c.Launch(_acl.aclnnAddsGetWorkspaceSize(c.In(a), c.Scalar(b, whole), c.Scalar(1, whole), c.Out(y), c.Size, c.Executor), _acl.aclnnAdds);
                break;
            case BinaryKind.Sub:
                using (OpCall c = Begin("Subs", _acl.aclnnSubsGetWorkspaceSize))
                    c.Launch(_acl.aclnnSubsGetWorkspaceSize(c.In(a), c.Scalar(b, whole), c.Scalar(1, whole), c.Out(y), c.Size, c.Executor), _acl.aclnnSubs);
                break;
            case BinaryKind.Mul: WithNumber("Muls", _acl.aclnnMulsGetWorkspaceSize, _acl.aclnnMuls, a, b, y); break;
            case BinaryKind.Div: WithNumber("Divs", _acl.aclnnDivsGetWorkspaceSize, _acl.aclnnDivs, a, b, y); break;
            case BinaryKind.Max: WithNumber("ClampMin", _acl.aclnnClampMinGetWorkspaceSize, _acl.aclnnClampMin, a, b, y); break;
            case BinaryKind.Min: WithNumber("ClampMax", _acl.aclnnClampMaxGetWorkspaceSize, _acl.aclnnClampMax, a, b, y); break;
            case BinaryKind.Pow: WithNumber("PowTensorScalar", _acl.aclnnPowTensorScalarGetWorkspaceSize, _acl.aclnnPowTensorScalar, a, b, y); break;
            case BinaryKind.Equal: WithNumber("EqScalar", _acl.aclnnEqScalarGetWorkspaceSize, _acl.aclnnEqScalar, a, b, y); break;
            case BinaryKind.Less: WithNumber("LtScalar", _acl.aclnnLtScalarGetWorkspaceSize, _acl.aclnnLtScalar, a, b, y); break;
            case BinaryKind.Greater: WithNumber("GtScalar", _acl.aclnnGtScalarGetWorkspaceSize, _acl.aclnnGtScalar, a, b, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown function");
        }
    }

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
        using OpCall c = Begin("SWhere", _acl.aclnnSWhereGetWorkspaceSize);
        c.Launch(_acl.aclnnSWhereGetWorkspaceSize(c.In(condition), c.In(a), c.In(b), c.Out(y), c.Size, c.Executor), _acl.aclnnSWhere);
    }

    /// <summary>y = f(x)</summary>
    private void Map(string name, delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int> plan, delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int> run, Tensor x, Tensor y)
    {
        using OpCall c = Begin(name, plan);
        c.Launch(plan(c.In(x), c.Out(y), c.Size, c.Executor), run);
    }

    /// <summary>y = f(a, b)</summary>
    private void Two(string name, delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int> plan, delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int> run, Tensor a, Tensor b, Tensor y)
    {
        using OpCall c = Begin(name, plan);
        c.Launch(plan(c.In(a), c.In(b), c.Out(y), c.Size, c.Executor), run);
    }

    /// <summary>y = f(a, number)</summary>
    private void WithNumber(string name, delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int> plan, delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int> run, Tensor a, double number, Tensor y)
    {
        using OpCall c = Begin(name, plan);
        c.Launch(plan(c.In(a), c.Scalar(number, !a.DType.IsFloat), c.Out(y), c.Size, c.Executor), run);
    }

    /// <summary>y += alpha · x, of one dtype.</summary>
    private void AddTo(Tensor y, Tensor x, double alpha = 1)
    {
        if (y.Shape.Count == 0) return;
        using OpCall c = Begin("InplaceAdd", _acl.aclnnInplaceAddGetWorkspaceSize);
        c.Launch(_acl.aclnnInplaceAddGetWorkspaceSize(c.Out(y), c.In(x), c.Scalar(alpha, isInteger: !y.DType.IsFloat), c.Size, c.Executor), _acl.aclnnInplaceAdd);
    }

    /// <summary>y *= factor</summary>
    private void ScaleInPlace(Tensor y, double factor)
    {
        if (y.Shape.Count == 0 || factor == 1) return;
        using OpCall c = Begin("InplaceMuls", _acl.aclnnInplaceMulsGetWorkspaceSize);
        c.Launch(_acl.aclnnInplaceMulsGetWorkspaceSize(c.Out(y), c.Scalar(factor), c.Size, c.Executor), _acl.aclnnInplaceMuls);
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

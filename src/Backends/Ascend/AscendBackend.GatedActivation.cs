using Pure.Tuner.Ascend;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend : IGatedActivationKernel
{
    Support IGatedActivationKernel.Supports(in GatedActivationSpec spec) => spec.DType.IsFloat ? Support.Both : Support.None;

    void IGatedActivationKernel.Forward(in GatedActivationSpec spec, Tensor gate, Tensor? up, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        using var scope = TensorScope.Begin();
        if (spec.Activation == Activation.Silu && up is not null && Joint(gate, up) is { } joint && y.IsContiguous && (Card.Series != AscendSeries.Ascend310P || IsOfWholeLines(joint)) && _can.Has(AscendKernel.SwiGlu, spec.DType) && MayTry(AscendKernel.SwiGlu, joint.Shape[1]))
            try
            {
                Tensor rows = y.View([joint.Shape[0], joint.Shape[1] / 2]);
                OpCall c = Begin(asks: true);
                c.aclnnSwiGlu(c.In(joint), -1, c.Out(rows));
                return;
            }
            catch (AclException e) when (IsRefusal(e)) { Refused(AscendKernel.SwiGlu, joint.Shape[1], e); }
        // Silu has an operator of its own in every dtype; the others are made of several, in F32 and rounded once.
        DType type = spec.Activation == Activation.Silu && _can.Computes(spec.DType) ? spec.DType : DType.F32;
        Tensor act = Tensor.Empty(this, gate.Shape, type);
        Activate(spec.Activation, Typed(gate, type), act);
        if (up is null)
        {
            Copy(act, y);
            return;
        }
        Tensor product = type == y.DType ? y : act;
        Binary(BinaryKind.Mul, act, Typed(up, type), product);
        if (!ReferenceEquals(product, y)) Copy(product, y);
    }

    void IGatedActivationKernel.Backward(in GatedActivationSpec spec, Tensor gate, Tensor? up, Tensor dy, Into dgate, Into dup)
    {
        if (dgate.IsEmpty && dup.IsEmpty || gate.Shape.Count == 0) return;
        using var scope = TensorScope.Begin();
        if (spec.Activation == Activation.Silu && up is not null && !dgate.IsEmpty && !dup.IsEmpty && Joint(gate, up) is { } joint && SwiGluBackward(spec, joint, dy, dgate, dup)) return;
        DType type = spec.Activation == Activation.Silu && _can.Computes(spec.DType) ? spec.DType : DType.F32;
        Tensor x = Typed(gate, type), g = Typed(dy, type);
        if (!dup.IsEmpty)
        {
            Tensor act = Tensor.Empty(this, gate.Shape, type);
            Activate(spec.Activation, x, act);
            Binary(BinaryKind.Mul, act, g, act);
            Deliver(act, dup.Target, 1, dup.Accumulate);
        }
        if (dgate.IsEmpty) return;
        Tensor product = Tensor.Empty(this, gate.Shape, type), result = Tensor.Empty(this, gate.Shape, type);
        if (up is null) Copy(g, product);
        else Binary(BinaryKind.Mul, g, Typed(up, type), product);
        if (spec.Activation == Activation.Silu)
        {
            OpCall c = Begin();
            c.aclnnSiluBackward(c.In(product), c.In(x), c.Out(result));
        }
        else
        {
            Slope(spec.Activation, x, result);
            Binary(BinaryKind.Mul, result, product, result);
        }
        Deliver(result, dgate.Target, 1, dgate.Accumulate);
    }

    /// <summary>The gradient of both halves at once. The operator wants rows of whole 64 bytes.</summary>
    private bool SwiGluBackward(in GatedActivationSpec spec, Tensor joint, Tensor dy, Into dgate, Into dup)
    {
        int rows = joint.Shape[0], width = joint.Shape[1] / 2;
        if (!_can.Has(AscendKernel.SwiGlu, spec.DType) || !IsOfWholeLines(joint) || !MayTry(AscendKernel.SwiGlu, joint.Shape[1])) return false;
        Tensor g = Matrix(dy, rows, width, spec.DType), both = Tensor.EmptyLike(joint);
        try
        {
            OpCall c = Begin(asks: true);
            c.aclnnSwiGluGrad(c.In(g), c.In(joint), -1, c.Out(both));
        }
        catch (AclException e) when (IsRefusal(e))
        {
            Refused(AscendKernel.SwiGlu, joint.Shape[1], e);
            return false;
        }
        Deliver(Half(0), dgate.Target, 1, dgate.Accumulate);
        Deliver(Half(width), dup.Target, 1, dup.Accumulate);
        return true;

        Tensor Half(int first) => both.View([rows, width], [2 * width, 1], first).Packed().View(dgate.Target.Shape);
    }

    /// <summary>Whether a row is whole 64 bytes, as the gradient asks for; on 310P the operator itself asks it of half a row.</summary>
    private bool IsOfWholeLines(Tensor joint) => (long)joint.Shape[1] * joint.DType.Size % (Card.Series == AscendSeries.Ascend310P ? 128 : 64) == 0;

    /// <summary>Gate and up as one matrix [rows, 2 · width] where they lie as its left and right halves: what one joint product leaves behind.</summary>
    private static Tensor? Joint(Tensor gate, Tensor up)
    {
        if (gate.Shape.Rank != 2 || !ReferenceEquals(gate.Storage, up.Storage)) return null;
        int rows = gate.Shape[0], width = gate.Shape[1];
        if (gate.Strides[1] != 1 || up.Strides[1] != 1 || gate.Strides[0] != 2 * width || up.Strides[0] != 2 * width || up.Offset != gate.Offset + width) return null;
        return gate.View([rows, 2 * width], [2 * width, 1], gate.Offset);
    }

    /// <summary>y = act(x)</summary>
    private void Activate(Activation activation, Tensor x, Tensor y)
    {
        switch (activation)
        {
            case Activation.Silu:
                OpCall c = Begin();
                c.aclnnSilu(c.In(x), c.Out(y));
                break;
            case Activation.Sigmoid: Unary(UnaryKind.Sigmoid, x, y); break;
            case Activation.Tanh: Unary(UnaryKind.Tanh, x, y); break;
            case Activation.Identity: Copy(x, y); break;
            case Activation.Relu: Binary(BinaryKind.Max, x, 0, y); break;
            case Activation.ReluSquared:
                Binary(BinaryKind.Max, x, 0, y);
                Unary(UnaryKind.Square, y, y);
                break;
            case Activation.GeluQuick:
                Binary(BinaryKind.Mul, x, 1.702, y);
                Unary(UnaryKind.Sigmoid, y, y);
                Binary(BinaryKind.Mul, x, y, y);
                break;
            case Activation.Gelu:
                Binary(BinaryKind.Mul, x, Math.Sqrt(0.5), y);
                Unary(UnaryKind.Erf, y, y);
                Binary(BinaryKind.Add, y, 1, y);
                Binary(BinaryKind.Mul, y, x, y);
                ScaleInPlace(y, 0.5);
                break;
            case Activation.GeluTanh:
                GeluInner(x, y);
                Unary(UnaryKind.Tanh, y, y);
                Binary(BinaryKind.Add, y, 1, y);
                Binary(BinaryKind.Mul, y, x, y);
                ScaleInPlace(y, 0.5);
                break;
            default: throw new ArgumentOutOfRangeException(nameof(activation), activation, "unknown function");
        }
    }

    /// <summary>y = act'(x), in F32.</summary>
    private void Slope(Activation activation, Tensor x, Tensor y)
    {
        Tensor t = Tensor.EmptyLike(x);
        switch (activation)
        {
            case Activation.Identity: Fill(y, 1); break;
            case Activation.Relu: Step(x, y); break;
            case Activation.ReluSquared:
                Binary(BinaryKind.Max, x, 0, y);
                ScaleInPlace(y, 2);
                break;
            case Activation.Sigmoid:                 // s (1 - s)
                Unary(UnaryKind.Sigmoid, x, t);
                Unary(UnaryKind.Square, t, y);
                Binary(BinaryKind.Sub, t, y, y);
                break;
            case Activation.Tanh:                    // 1 - t²
                Unary(UnaryKind.Tanh, x, t);
                OneMinusSquare(t, y);
                break;
            case Activation.GeluQuick:               // s + 1.702 x s (1 - s)
                Binary(BinaryKind.Mul, x, 1.702, t);
                Unary(UnaryKind.Sigmoid, t, t);
                Unary(UnaryKind.Square, t, y);
                Binary(BinaryKind.Sub, t, y, y);
                Binary(BinaryKind.Mul, y, x, y);
                ScaleInPlace(y, 1.702);
                Binary(BinaryKind.Add, y, t, y);
                break;
            case Activation.Gelu:                    // (1 + erf(x/√2))/2 + x e^(-x²/2)/√2π
                Unary(UnaryKind.Square, x, t);
                ScaleInPlace(t, -0.5);
                Unary(UnaryKind.Exp, t, t);
                Binary(BinaryKind.Mul, t, x, t);
                Binary(BinaryKind.Mul, x, Math.Sqrt(0.5), y);
                Unary(UnaryKind.Erf, y, y);
                Binary(BinaryKind.Add, y, 1, y);
                ScaleInPlace(y, 0.5);
                AddTo(y, t, 1 / Math.Sqrt(2 * Math.PI));
                break;
            case Activation.GeluTanh:                // (1 + t)/2 + x (1 - t²)/2 · √(2/π) (1 + 3 · 0.044715 x²)
                GeluInner(x, t);
                Unary(UnaryKind.Tanh, t, t);
                OneMinusSquare(t, y);
                Binary(BinaryKind.Mul, y, x, y);
                Tensor inner = Tensor.EmptyLike(x);
                Unary(UnaryKind.Square, x, inner);
                ScaleInPlace(inner, 3 * 0.044715);
                Binary(BinaryKind.Add, inner, 1, inner);
                Binary(BinaryKind.Mul, y, inner, y);
                ScaleInPlace(y, Math.Sqrt(2 / Math.PI));
                Binary(BinaryKind.Add, y, t, y);
                Binary(BinaryKind.Add, y, 1, y);
                ScaleInPlace(y, 0.5);
                break;
            default: throw new ArgumentOutOfRangeException(nameof(activation), activation, "unknown function");
        }
    }

    /// <summary>y = √(2/π) (x + 0.044715 x³)</summary>
    private void GeluInner(Tensor x, Tensor y)
    {
        Unary(UnaryKind.Square, x, y);
        ScaleInPlace(y, 0.044715);
        Binary(BinaryKind.Add, y, 1, y);
        Binary(BinaryKind.Mul, y, x, y);
        ScaleInPlace(y, Math.Sqrt(2 / Math.PI));
    }

    /// <summary>y = 1 - x²</summary>
    private void OneMinusSquare(Tensor x, Tensor y)
    {
        Unary(UnaryKind.Square, x, y);
        ScaleInPlace(y, -1);
        Binary(BinaryKind.Add, y, 1, y);
    }

    /// <summary>y = 1 where x is above 0, else 0.</summary>
    private void Step(Tensor x, Tensor y)
    {
        Tensor above = Tensor.EmptyLike(x, DType.Bool);
        Binary(BinaryKind.Greater, x, 0, above);
        Copy(above, y);
    }
}

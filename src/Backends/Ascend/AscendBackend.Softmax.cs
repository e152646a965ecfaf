using Pure.Tuner.Ascend;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend : ISoftmaxKernel
{
    Support ISoftmaxKernel.Supports(in SoftmaxSpec spec) =>
        spec.Width > 0 && spec.DType.IsFloat && _can.Computes(spec.DType) && _acl.aclnnSoftmaxGetWorkspaceSize != null && _acl.aclnnLogSoftmaxGetWorkspaceSize != null && _acl.aclnnSoftmaxBackwardGetWorkspaceSize != null
            ? Support.Both : Support.None;

    void ISoftmaxKernel.Forward(in SoftmaxSpec spec, Tensor x, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        using var scope = TensorScope.Begin();
        Tensor xs = Matrix(x, spec.Rows, spec.Width, spec.DType);
        bool isDirect = y.IsContiguous;
        Tensor ys = isDirect ? y.View([spec.Rows, spec.Width]) : Tensor.Empty(this, [spec.Rows, spec.Width], spec.DType);
        SoftmaxRows(xs, ys, spec.Log);
        if (!isDirect) Copy(ys.View(y.Shape), y);
    }

    void ISoftmaxKernel.Backward(in SoftmaxSpec spec, Tensor y, Tensor dy, Into dx)
    {
        if (dx.IsEmpty || dx.Target.Shape.Count == 0) return;
        using var scope = TensorScope.Begin();
        if (spec.Log)
        {
            // dy - eʸ Σ dy, in F32: the sum of a row of narrow numbers would lose too much.
            Tensor p = Matrix(y, spec.Rows, spec.Width, DType.F32), g = Matrix(dy, spec.Rows, spec.Width, DType.F32), e = Tensor.EmptyLike(p), sum = Tensor.Empty(this, [spec.Rows]);
            Unary(UnaryKind.Exp, p, e);
            Total(g, sum);
            Binary(BinaryKind.Mul, e, sum.AcrossRow(spec.Width), e);
            Binary(BinaryKind.Sub, g, e, e);
            Deliver(e.View(dx.Target.Shape), dx.Target, 1, dx.Accumulate);
            return;
        }
        Tensor ys = Matrix(y, spec.Rows, spec.Width, spec.DType), dys = Matrix(dy, spec.Rows, spec.Width, spec.DType), room = Room(dx, spec.DType), rows = room.View([spec.Rows, spec.Width]);
        OpCall c = Begin();
        c.aclnnSoftmaxBackward(c.In(dys), c.In(ys), 1, c.Out(rows));
        Deliver(room, dx);
    }

    /// <summary>y = softmax of each row, or its logarithm.</summary>
    private void SoftmaxRows(Tensor x, Tensor y, bool log)
    {
        if (log)
        {
            OpCall l = Begin();
            l.aclnnLogSoftmax(l.In(x), 1, l.Out(y));
            return;
        }
        OpCall c = Begin();
        c.aclnnSoftmax(c.In(x), 1, c.Out(y));
    }
}

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
        DType type = ProductType(a.DType, b.DType, y.DType);
        Tensor ta = OnceABatch(Typed(a, type)), tb = OnceABatch(Typed(b, type));
        bool isDirect = y.DType == type && y.IsContiguous && !accumulate;
        Tensor p = isDirect ? y : Tensor.Empty(this, y.Shape, type);
        using (OpCall c = Begin("Matmul", _acl.aclnnMatmulGetWorkspaceSize))
            c.Launch(_acl.aclnnMatmulGetWorkspaceSize(c.In(ta), c.In(tb), c.Out(p), Card.CubeMathType(type), c.Size, c.Executor), _acl.aclnnMatmul);
        if (isDirect) ScaleInPlace(y, alpha);
        else Deliver(p, y, alpha, accumulate);
    }

    /// <summary>
    /// The dtype that a product runs in. Narrow times narrow into narrow stays, since the card sums in F32 and rounds once. Into F32 the
    /// operands are widened: the kernel would round the sum to their dtype before it is added to a gradient or put through a softmax.
    /// </summary>
    private DType ProductType(DType a, DType b, DType y) => a == b && y != DType.F32 && _can.Has(AscendKernel.MatMul, a) ? a : DType.F32;

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

namespace Pure.Tuner.Kernels;

/// <summary>Views that kernels take of their arguments; each belongs to the scope it is made in.</summary>
internal static class KernelViews
{
    /// <summary>[m, n] seen as [n, m].</summary>
    internal static Tensor Transposed(this Tensor x) =>
        x.View([x.Shape[1], x.Shape[0]], [x.Strides[1], x.Strides[0]], x.Offset);

    /// <summary>Rows [start, start + count) of the first dimension.</summary>
    internal static Tensor Slice(this Tensor x, int start, int count)
    {
        int[] lengths = [.. x.Shape.Lengths];
        lengths[0] = count;
        return x.View(Shape.Owning(lengths), [.. x.Strides], x.Offset + (long)start * x.Strides[0]);
    }

    /// <summary>[...] seen as [..., n], each element standing for a row.</summary>
    internal static Tensor AcrossRow(this Tensor x, int n) =>
        x.View(new Shape([.. x.Shape.Lengths, n]), [.. x.Strides, 0], x.Offset);

    /// <summary>The tensor itself when it is F32, else a widened copy.</summary>
    internal static Tensor Widened(this Tensor x)
    {
        if (x.DType == DType.F32) return x;
        Tensor y = Tensor.EmptyLike(x, DType.F32);
        x.Backend.Copy(x, y);
        return y;
    }
}

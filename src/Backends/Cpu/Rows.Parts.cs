namespace Pure.Tuner.Kernels;

/// <summary>Parts of tensors by offset from the first element: for kernels whose rows are heads, or pieces of a flat tensor.</summary>
internal static unsafe partial class Rows
{
    /// <summary>n contiguous elements of any float dtype as F32: themselves when they are F32, else widened into <paramref name="buffer"/>.</summary>
    public static ReadOnlySpan<float> ReadPart(Tensor x, long offset, int n, Span<float> buffer)
    {
        if (x.DType == DType.F32) return new((float*)x.Address + offset, n);
        CopyPart(x, offset, buffer[..n]);
        return buffer[..n];
    }

    /// <summary>n contiguous elements of any float dtype, widened into <paramref name="y"/>.</summary>
    public static void CopyPart(Tensor x, long offset, Span<float> y)
    {
        switch (x.DType)
        {
            case DType.F32: new ReadOnlySpan<float>((float*)x.Address + offset, y.Length).CopyTo(y); break;
            case DType.BF16: Widen(new ReadOnlySpan<BFloat16>((BFloat16*)x.Address + offset, y.Length), y); break;
            case DType.F16: Widen(new ReadOnlySpan<Half>((Half*)x.Address + offset, y.Length), y); break;
            default: throw new ArgumentException($"row: {x.DType.Name} is no float dtype");
        }
    }

    /// <summary>Where to compute n elements of y: themselves when they are F32, else <paramref name="buffer"/>, holding what is there when the caller will add; then call <see cref="WritePart"/>.</summary>
    public static Span<float> OpenPart(Tensor y, long offset, int n, bool accumulate, Span<float> buffer)
    {
        if (y.DType == DType.F32) return new((float*)y.Address + offset, n);
        if (accumulate) CopyPart(y, offset, buffer[..n]);
        return buffer[..n];
    }

    /// <summary>Narrows what was computed in a buffer; nothing to do for F32.</summary>
    public static void WritePart(ReadOnlySpan<float> elements, Tensor y, long offset)
    {
        if (y.DType == DType.BF16) Narrow(elements, new Span<BFloat16>((BFloat16*)y.Address + offset, elements.Length));
        else if (y.DType == DType.F16) Narrow(elements, new Span<Half>((Half*)y.Address + offset, elements.Length));
    }

    /// <summary>Element i of an F32 vector with any stride.</summary>
    public static ref float At(this Tensor x, int i) => ref ((float*)x.Address)[(long)i * x.Strides[0]];
}

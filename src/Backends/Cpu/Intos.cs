namespace Pure.Tuner.Kernels;

/// <summary>Destinations as rows.</summary>
internal static class Intos
{
    /// <summary>Where to compute a row that will be written or added to: the row itself when it is F32, else the buffer, holding what is there when adding; then <c>WriteRow</c>.</summary>
    public static Span<float> OpenRow(this Into into, long row, int d, Span<float> buffer)
    {
        Tensor y = into.Target;
        if (into.Accumulate && y.DType != DType.F32) ReadRow(y, row, d, buffer);
        return Rows.OpenRow(y, row, d, buffer);
    }
}

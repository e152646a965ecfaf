namespace Pure.Tuner;

/// <summary>PiSSA: an adapter that starts as the leading part of the weight's singular value decomposition, on a base that keeps the rest. Meng, Wang and Zhang 2024, arXiv:2404.02948.</summary>
/// <remarks>
/// W = U S V; A = √(S/s) V, B = U √(S/s), the first r of them, s the adapter's scale; the base becomes W - s B A.
/// The decomposition is always the exact one in F64: the reference's fast one (pissa_niter_N) comes near it with every iteration.
/// </remarks>
internal sealed class PissaStart
{
    private PissaStart(float[] a, float[] b, float[] residual) => (A, B, Residual) = (a, b, residual);

    /// <summary>[r, in]</summary>
    internal float[] A { get; }

    /// <summary>[out, r]</summary>
    internal float[] B { get; }

    /// <summary>What remains in the base, [out, in].</summary>
    internal float[] Residual { get; }

    /// <summary>Whether a start of that name is one.</summary>
    internal static bool Is(string initLoraWeights) => initLoraWeights == "pissa" || initLoraWeights.StartsWith("pissa_niter_", StringComparison.Ordinal);

    /// <summary>Takes a weight apart.</summary>
    /// <exception cref="UsageException">The weight has fewer directions than the rank asks for.</exception>
    internal static PissaStart Of(Parameter weight, int rank, float scale)
    {
        int rows = weight.Shape[0], columns = weight.Shape[1];
        if (rank > Math.Min(rows, columns)) throw new UsageException($"lora_rank: pissa_init takes {rank} directions out of {weight.Name}, which has {Math.Min(rows, columns)}; lower lora_rank");
        float[] w;
        using (TensorScope.Begin()) w = weight.Value.Detach().To(DType.F32).ToArray<float>();
        if (weight.Value.Backend.IsMeasuring) return new PissaStart(new float[rank * columns], new float[rows * rank], w);
        SingularVectors found = SingularVectors.Leading(w, rows, columns, rank);
        float[] a = new float[rank * columns], b = new float[rows * rank];
        for (int k = 0; k < rank; k++)
        {
            double root = Math.Sqrt(found.Values[k] / scale);
            for (int c = 0; c < columns; c++) a[k * columns + c] = (float)(root * found.Right[k * columns + c]);
            for (int r = 0; r < rows; r++) b[r * rank + k] = (float)(root * found.Left[k * rows + r]);
        }
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
            {
                double part = 0;
                for (int k = 0; k < rank; k++) part += (double)b[r * rank + k] * a[k * columns + c];
                w[r * columns + c] = (float)(w[r * columns + c] - scale * part);
            }
        return new PissaStart(a, b, w);
    }
}

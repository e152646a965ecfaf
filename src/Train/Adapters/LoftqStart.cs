namespace Pure.Tuner;

/// <summary>LoftQ: an adapter that starts as the best low-rank part of what rounding took away, so that Q + s B A is nearer to W than Q. Li et al. 2023, arXiv:2310.08659.</summary>
/// <remarks>
/// W - Q = U S V; A = √(S/s) V, B = U √(S/s), the first r of them, s the adapter's scale. One round: Q stays what rounding W gives, so
/// that the adapter fits the same base wherever it is rounded again (as PEFT's replace_lora_weights_loftq). The directions are found by
/// subspace iteration from a start that the weight's name decides. Halko, Martinsson and Tropp 2009, arXiv:0909.4061.
/// </remarks>
internal sealed class LoftqStart
{
    private const int Iterations = 8, Extra = 8;

    private LoftqStart(float[] a, float[] b, double before, double after) => (A, B, Before, After) = (a, b, before, after);

    /// <summary>[r, in]</summary>
    internal float[] A { get; }

    /// <summary>[out, r]</summary>
    internal float[] B { get; }

    /// <summary>‖W - Q‖</summary>
    internal double Before { get; }

    /// <summary>‖W - Q - s B A‖</summary>
    internal double After { get; }

    /// <summary>The start for one layer.</summary>
    /// <param name="packed">Q.</param>
    /// <param name="original">Rows of W.</param>
    /// <param name="rank">r.</param>
    /// <param name="scale">s.</param>
    internal static LoftqStart Of(QuantizedTensor packed, RowReader original, int rank, float scale)
    {
        int rows = packed.Shape[0], columns = packed.Shape[1], width = Math.Min(rank + Extra, Math.Min(rows, columns));
        if (rank > Math.Min(rows, columns)) throw new UsageException($"lora_rank: loftq_init takes {rank} directions out of {packed.Name}, which has {Math.Min(rows, columns)}; lower lora_rank");
        Backend backend = packed.Backend;
        if (backend.IsMeasuring) return new LoftqStart([], [], 0, 0);
        using var scope = TensorScope.Begin();
        var w = new float[(long)rows * columns];
        original(0, w);
        Tensor left = Tensor.From<float>(backend, w, packed.Shape), rounded = Tensor.Empty(backend, packed.Shape);
        packed.Read(.., rounded);
        backend.Binary(Kernels.BinaryKind.Sub, left, rounded, left);
        double before = Norm(left);

        // Rows of v span the directions of the inputs, rows of u those of the outputs.
        float[] v = Orthonormal(FreshStart.Normal((long)width * columns, packed.Name), width, columns), u = [];
        for (int i = 0; i < Iterations; i++)
        {
            u = Orthonormal(Product(v, left, width, transposed: false), width, rows);
            v = Product(u, left, width, transposed: true);
            if (i < Iterations - 1) v = Orthonormal(v, width, columns);
        }
        // Now u left = v: its small decomposition turns both into singular vectors.
        SingularVectors small = SingularVectors.Leading(v, width, columns, rank);
        float[] a = new float[rank * columns], b = new float[rows * rank];
        for (int k = 0; k < rank; k++)
        {
            double root = Math.Sqrt(small.Values[k] / scale);
            for (int c = 0; c < columns; c++) a[k * columns + c] = (float)(root * small.Right[k * columns + c]);
            for (int r = 0; r < rows; r++)
            {
                double sum = 0;
                for (int j = 0; j < width; j++) sum += small.Left[k * width + j] * u[(long)j * rows + r];
                b[r * rank + k] = (float)(root * sum);
            }
        }
        backend.MatMul(Tensor.From<float>(backend, b, [rows, rank]), Tensor.From<float>(backend, a, [rank, columns]), left, -scale, accumulate: true);
        return new LoftqStart(a, b, before, Norm(left));

        float[] Product(float[] x, Tensor matrix, int count, bool transposed)
        {
            using var inner = TensorScope.Begin();
            Tensor rowsOfX = Tensor.From<float>(backend, x, [count, x.Length / count]), y = Tensor.Empty(backend, [count, transposed ? columns : rows]);
            backend.MatMul(rowsOfX, transposed ? matrix : matrix.Transpose(), y);
            return y.ToArray<float>();
        }
    }

    private static double Norm(Tensor x)
    {
        double sum = 0;
        foreach (float value in x.ToArray<float>()) sum += (double)value * value;
        return Math.Sqrt(sum);
    }

    /// <summary>Rows made orthonormal, twice over, in F64: Gram and Schmidt.</summary>
    private static float[] Orthonormal(float[] x, int count, int length)
    {
        double[] wide = Array.ConvertAll(x, e => (double)e);
        for (int i = 0; i < count; i++)
        {
            Span<double> row = wide.AsSpan(i * length, length);
            for (int pass = 0; pass < 2; pass++)
                for (int j = 0; j < i; j++)
                {
                    ReadOnlySpan<double> other = wide.AsSpan(j * length, length);
                    System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(other, -System.Numerics.Tensors.TensorPrimitives.Dot<double>(row, other), row, row);
                }
            double norm = System.Numerics.Tensors.TensorPrimitives.Norm<double>(row);
            if (norm > 0) System.Numerics.Tensors.TensorPrimitives.Divide(row, norm, row);
        }
        return Array.ConvertAll(wide, e => (float)e);
    }
}

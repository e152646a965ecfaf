using System.Numerics.Tensors;

namespace Pure.Tuner;

/// <summary>The upper factor of the inverse of a positive definite matrix: A⁻¹ = Uᵀ U, without making the inverse.</summary>
/// <remarks>
/// With rows and columns in reverse, A = L Lᵀ (Cholesky); then L⁻¹ in reverse is U. All in F64; each number is one sum in one order, whatever the number of threads.
/// </remarks>
internal static class InverseFactor
{
    private const int Block = 64;

    /// <summary>U, n by n, row after row, zeros below its diagonal; or null where A is not positive definite. A is overwritten.</summary>
    /// <param name="a">Symmetric; only what is on and above the diagonal is read.</param>
    /// <param name="n">Its size.</param>
    internal static double[]? Upper(double[] a, int n)
    {
        Reverse(a, n);
        if (!Cholesky(a, n)) return null;
        double[] u = InverseOfLower(a, n);
        Array.Reverse(u);
        return u;
    }

    /// <summary>The upper half as the lower half of the matrix in reverse: a turn by half a circle leaves the lower half filled.</summary>
    private static void Reverse(double[] a, int n) => Array.Reverse(a, 0, n * n);

    /// <summary>L in place of the lower half; what is above stays as it is.</summary>
    private static bool Cholesky(double[] a, int n)
    {
        for (int begin = 0; begin < n; begin += Block)
        {
            int end = Math.Min(n, begin + Block), first = begin;
            for (int i = begin; i < end; i++)
            {
                Solve(a, n, i, first, i);
                double rest = a[i * n + i] - TensorPrimitives.SumOfSquares<double>(a.AsSpan(i * n, i));
                if (!(rest > 0) || double.IsInfinity(rest)) return false;
                a[i * n + i] = Math.Sqrt(rest);
            }
            Parallel.For(0, (n - end + Block - 1) / Block, part =>
            {
                for (int i = end + part * Block; i < Math.Min(n, end + (part + 1) * Block); i++) Solve(a, n, i, first, end);
            });
        }
        return true;
    }

    /// <summary>L[i, j] for j from first on: what is left of A[i, j] after the columns before it.</summary>
    private static void Solve(double[] a, int n, int i, int first, int end)
    {
        for (int j = first; j < end; j++)
            a[i * n + j] = (a[i * n + j] - TensorPrimitives.Dot<double>(a.AsSpan(i * n, j), a.AsSpan(j * n, j))) / a[j * n + j];
    }

    /// <summary>M = L⁻¹, a strip of columns at a time: M[i] = (e[i] - Σ L[i, k] M[k]) / L[i, i].</summary>
    private static double[] InverseOfLower(double[] l, int n)
    {
        var m = new double[n * n];
        Parallel.For(0, (n + Block - 1) / Block, part =>
        {
            int begin = part * Block, width = Math.Min(Block, n - begin);
            for (int i = begin; i < n; i++)
            {
                Span<double> row = m.AsSpan(i * n + begin, width);
                if (i < begin + width) row[i - begin] = 1;
                for (int k = begin; k < i; k++)
                {
                    double factor = -l[i * n + k];
                    if (factor != 0) TensorPrimitives.MultiplyAdd(m.AsSpan(k * n + begin, width), factor, row, row);
                }
                TensorPrimitives.Divide(row, l[i * n + i], row);
            }
        });
        return m;
    }
}

using System.Numerics.Tensors;

namespace Pure.Tuner;

/// <summary>The leading singular values and vectors of a matrix, x ≈ Σ s uᵀ v, by the eigenvectors of its smaller Gram matrix.</summary>
/// <remarks>
/// Computed in F64 in one fixed order, so the same bits for every number of threads. A pair (u, v) is only known up to a common sign:
/// the component of <see cref="Short"/> that is largest in size, the first of equals, is made positive.
/// </remarks>
internal sealed class SingularVectors
{
    private SingularVectors(int rows, int columns, double[] values, double[] left, double[] right) =>
        (Rows, Columns, Values, Left, Right) = (rows, columns, values, left, right);

    internal int Rows { get; }
    internal int Columns { get; }

    /// <summary>Singular values from the largest to the smallest.</summary>
    internal double[] Values { get; }

    /// <summary>u, one a row, [count, rows].</summary>
    internal double[] Left { get; }

    /// <summary>v, one a row, [count, columns].</summary>
    internal double[] Right { get; }

    /// <summary>The side with fewer components.</summary>
    internal double[] Short => Rows < Columns ? Left : Right;

    /// <summary>Decomposes x [rows, columns].</summary>
    /// <param name="x">Elements, row after row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="count">How many; never more than the smaller side has.</param>
    internal static SingularVectors Leading(ReadOnlySpan<float> x, int rows, int columns, int count)
    {
        if (x.Length != (long)rows * columns) throw new ArgumentException($"singular vectors: {x.Length} elements for [{rows}, {columns}]");
        bool wide = rows < columns;
        int n = Math.Min(rows, columns), m = Math.Max(rows, columns);
        count = Math.Min(count, n);
        double[] a = Widened(x, rows, columns, transposed: !wide, out double scale);        // [n, m]: the smaller side's vectors are its rows
        var gram = new double[n * n];
        for (int i = 0; i < n; i++)
            for (int j = i; j < n; j++) gram[i * n + j] = gram[j * n + i] = TensorPrimitives.Dot<double>(a.AsSpan(i * m, m), a.AsSpan(j * m, m));
        (_, double[] vectors) = SymmetricEigen.Decompose(gram, n);

        double[] values = new double[count], small = vectors[..(count * n)], large = new double[count * m];
        for (int k = 0; k < count; k++)
        {
            Span<double> v = small.AsSpan(k * n, n), u = large.AsSpan(k * m, m);
            FixSign(v);
            for (int i = 0; i < n; i++) TensorPrimitives.MultiplyAdd(a.AsSpan(i * m, m), v[i], u, u);
            double length = Math.Sqrt(TensorPrimitives.SumOfSquares<double>(u));
            values[k] = length * scale;
            Orthonormalize(large, k, m, length);
        }
        return wide ? new(rows, columns, values, small, large) : new(rows, columns, values, large, small);
    }

    /// <summary>x divided by its largest element, in F64.</summary>
    private static double[] Widened(ReadOnlySpan<float> x, int rows, int columns, bool transposed, out double scale)
    {
        scale = 0;
        foreach (float value in x) scale = Math.Max(scale, Math.Abs(value));
        double inverse = scale > 0 ? 1 / scale : 0;
        var y = new double[x.Length];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) y[transposed ? c * rows + r : r * columns + c] = x[r * columns + c] * inverse;
        return y;
    }

    private static void FixSign(Span<double> v)
    {
        int largest = 0;
        for (int i = 1; i < v.Length; i++)
            if (Math.Abs(v[i]) > Math.Abs(v[largest])) largest = i;
        if (v[largest] < 0) TensorPrimitives.Negate(v, v);
    }

    /// <summary>Makes row k a unit vector that is orthogonal to the rows before; a direction that x does not have is chosen by index.</summary>
    private static void Orthonormalize(double[] rows, int k, int m, double length)
    {
        Span<double> u = rows.AsSpan(k * m, m);
        for (int candidate = -1; candidate < m; candidate++)
        {
            if (candidate >= 0)
            {
                u.Clear();
                u[candidate] = length = 1;
            }
            else if (length == 0) continue;
            TensorPrimitives.Divide(u, length, u);
            for (int pass = 0; pass < 2; pass++)
                for (int j = 0; j < k; j++)
                {
                    Span<double> before = rows.AsSpan(j * m, m);
                    TensorPrimitives.MultiplyAdd(before, -TensorPrimitives.Dot<double>(before, u), u, u);
                }
            double rest = Math.Sqrt(TensorPrimitives.SumOfSquares<double>(u));
            if (rest < 0.5 * (candidate >= 0 ? 1e-3 : 1)) continue;                          // it was a sum of those before
            TensorPrimitives.Divide(u, rest, u);
            return;
        }
    }
}

using System.Numerics.Tensors;

namespace Pure.Tuner;

/// <summary>Eigenvalues and eigenvectors of a symmetric matrix: Householder reduction to three diagonals, then implicit QL.</summary>
/// <remarks>Golub and Van Loan, "Matrix Computations", 8.3. All in F64 and in one fixed order.</remarks>
internal sealed class SymmetricEigen
{
    private const int MostSweeps = 100;
    private readonly int _n;
    private readonly double[] _z, _d, _e;

    private SymmetricEigen(double[] a, int n)
    {
        _n = n;
        (_d, _e) = (new double[n], new double[n]);
        _z = Reduce(a);
        Diagonalize();
    }

    /// <summary>Decomposes a, which is overwritten.</summary>
    /// <param name="a">Symmetric, n by n, row after row.</param>
    /// <param name="n">Its size.</param>
    /// <returns>Values from the largest to the smallest, and their vectors, one a row.</returns>
    internal static (double[] Values, double[] Vectors) Decompose(double[] a, int n)
    {
        var eigen = new SymmetricEigen(a, n);
        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(i => eigen._d[i])];          // stable: equal values keep their order
        var vectors = new double[n * n];
        for (int i = 0; i < n; i++) eigen.Row(order[i]).CopyTo(vectors.AsSpan(i * n));
        return ([.. order.Select(i => eigen._d[i])], vectors);
    }

    private Span<double> Row(int i) => _z.AsSpan(i * _n, _n);

    /// <summary>a = Q T Qᵀ: fills both diagonals of T and returns Qᵀ.</summary>
    private double[] Reduce(double[] a)
    {
        int n = _n;
        var scales = new double[n];
        double[] w = new double[n];
        for (int k = 0; k < n - 2; k++)
        {
            int first = k + 1, m = n - first;
            // The column below the diagonal equals the row right of it; the reflector is kept in its place.
            Span<double> v = a.AsSpan(k * n + first, m), p = w.AsSpan(0, m);
            double length = Math.Sqrt(TensorPrimitives.SumOfSquares<double>(v));
            _e[k] = v[0] > 0 ? -length : length;
            if (length == 0) continue;
            v[0] -= _e[k];
            double scale = scales[k] = 2 / TensorPrimitives.SumOfSquares<double>(v);
            for (int i = 0; i < m; i++) p[i] = scale * TensorPrimitives.Dot<double>(a.AsSpan((first + i) * n + first, m), v);
            TensorPrimitives.MultiplyAdd(v, -0.5 * scale * TensorPrimitives.Dot<double>(p, v), p, p);
            for (int i = 0; i < m; i++)
            {
                Span<double> row = a.AsSpan((first + i) * n + first, m);
                TensorPrimitives.MultiplyAdd(p, -v[i], row, row);
                TensorPrimitives.MultiplyAdd(v, -p[i], row, row);
            }
        }
        if (n > 1) _e[n - 2] = a[(n - 2) * n + n - 1];
        for (int i = 0; i < n; i++) _d[i] = a[i * n + i];

        var q = new double[n * n];
        for (int i = 0; i < n; i++) q[i * n + i] = 1;
        for (int k = n - 3; k >= 0; k--)
        {
            if (scales[k] == 0) continue;
            int first = k + 1, m = n - first;
            Span<double> v = a.AsSpan(k * n + first, m), sum = w.AsSpan(0, m);
            sum.Clear();
            for (int i = 0; i < m; i++) TensorPrimitives.MultiplyAdd(q.AsSpan((first + i) * n + first, m), v[i], sum, sum);
            for (int i = 0; i < m; i++)
            {
                Span<double> row = q.AsSpan((first + i) * n + first, m);
                TensorPrimitives.MultiplyAdd(sum, -scales[k] * v[i], row, row);
            }
        }
        for (int i = 0; i < n; i++)
            for (int j = i + 1; j < n; j++) (q[i * n + j], q[j * n + i]) = (q[j * n + i], q[i * n + j]);
        return q;
    }

    /// <summary>T = Z D Zᵀ by plane rotations, each applied to two rows of Qᵀ.</summary>
    private void Diagonalize()
    {
        for (int l = 0; l < _n; l++)
            for (int sweep = 0; ; sweep++)
            {
                int m = l;
                while (m < _n - 1 && !(Math.Abs(_e[m]) <= double.Epsilon + 1e-16 * (Math.Abs(_d[m]) + Math.Abs(_d[m + 1])))) m++;
                if (m == l) break;
                if (sweep == MostSweeps) throw new InvalidOperationException("eigenvalues: no convergence; the matrix holds values that are no numbers");
                Sweep(l, m);
            }
    }

    private void Sweep(int l, int m)
    {
        double g = (_d[l + 1] - _d[l]) / (2 * _e[l]), r = double.Hypot(g, 1);
        g = _d[m] - _d[l] + _e[l] / (g + Math.CopySign(r, g));
        double s = 1, c = 1, p = 0;
        for (int i = m - 1; i >= l; i--)
        {
            double f = s * _e[i], b = c * _e[i];
            _e[i + 1] = r = double.Hypot(f, g);
            if (r == 0)
            {
                _d[i + 1] -= p;
                _e[m] = 0;
                return;
            }
            (s, c) = (f / r, g / r);
            g = _d[i + 1] - p;
            r = (_d[i] - g) * s + 2 * c * b;
            p = s * r;
            _d[i + 1] = g + p;
            g = c * r - b;
            Rotate(Row(i), Row(i + 1), c, s);
        }
        _d[l] -= p;
        _e[l] = g;
        _e[m] = 0;
    }

    private static void Rotate(Span<double> x, Span<double> y, double c, double s)
    {
        int j = 0;
        if (System.Numerics.Vector.IsHardwareAccelerated)
        {
            var cs = new System.Numerics.Vector<double>(c);
            var ss = new System.Numerics.Vector<double>(s);
            for (; j <= x.Length - System.Numerics.Vector<double>.Count; j += System.Numerics.Vector<double>.Count)
            {
                var a = new System.Numerics.Vector<double>(x[j..]);
                var b = new System.Numerics.Vector<double>(y[j..]);
                (ss * a + cs * b).CopyTo(y[j..]);
                (cs * a - ss * b).CopyTo(x[j..]);
            }
        }
        for (; j < x.Length; j++) (x[j], y[j]) = (c * x[j] - s * y[j], s * x[j] + c * y[j]);
    }
}

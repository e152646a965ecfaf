using System.Runtime.Intrinsics;

namespace Pure.Tuner;

/// <summary>Looks for the scale (and minimum) of a few numbers that leaves the least squared error.</summary>
/// <remarks>
/// Each candidate scale gives codes; for given codes the best scale is a least squares problem; with that scale the codes are made again
/// until nothing changes. The best of all candidates wins, so that the result is a function of the numbers alone.
/// </remarks>
internal static class ScaleSearch
{
    private const int Refits = 3, Lanes = 8;   // sub-blocks are 16 or 32 numbers
    private const float Smallest = 1e-30f;   // below it, products of the numbers and F16 scales are 0 anyway

    // Few different numbers fit many scales without any error. Then the first one tried must win, and not the noise of F32 sums: neighbours
    // that hold the same numbers get the same scale, which their common F16 scale can hold.
    private const double Noise = 5e-7, Promising = 1.1;

    /// <summary>x ≈ a q, a of either sign.</summary>
    /// <returns>a and Σ w (x - a q)².</returns>
    public static (float Scale, double Error) Scale<T>(ReadOnlySpan<float> x, ReadOnlySpan<float> w) where T : struct, ICodeBook
    {
        float extreme = BlockScale.Extreme(x);
        double all = SumOfSquares(x, w, 0);
        if (Math.Abs(extreme) < Smallest) return (0, all);
        float best = 0;
        double most = 0, least = Noise * all;
        // The end of the range that is longer meets the extreme, and codes beyond it may be cut off; or the other end does.
        for (int n = 0; n <= 9; n++)
        {
            Try(extreme / (T.Lowest * (1 + 0.035f * n)), x, w);
            Try(extreme / (T.Highest * (1 + 0.035f * n)), x, w);
            if (n == 0) continue;
            Try(extreme / (T.Lowest * (1 - 0.035f * n)), x, w);
            Try(extreme / (T.Highest * (1 - 0.035f * n)), x, w);
        }
        return (best, Math.Max(0, all - most));

        void Try(float a, ReadOnlySpan<float> x, ReadOnlySpan<float> w)
        {
            for (int i = 0; i < Refits; i++)
            {
                (double xq, double qq) = Products<T>(x, w, 1 / a);
                // Σ w (x - a q)² with the best a is Σ w x² - (Σ w x q)² / Σ w q².
                double gain = qq > 0 ? xq * xq / qq : 0;
                if (gain <= most + least && i > 0 || qq <= 0 || xq == 0) return;
                float next = (float)(xq / qq);
                if (gain > most + least) (most, best) = (gain, next);
                if (next == a) return;
                a = next;
            }
        }
    }

    /// <summary>x ≈ a q where a is stored as F16 and nothing else is: how it is rounded counts.</summary>
    public static float StoredScale<T>(ReadOnlySpan<float> x, ReadOnlySpan<float> w) where T : struct, ICodeBook
    {
        float extreme = BlockScale.Extreme(x), best = 0, least = float.PositiveInfinity;
        if (Math.Abs(extreme) < Smallest) return 0;
        double all = SumOfSquares(x, w, 0);
        for (int n = -9; n <= 9; n++)
        {
            Try(extreme / (T.Lowest * (1 + 0.035f * n)), x, w);
            Try(extreme / (T.Highest * (1 + 0.035f * n)), x, w);
        }
        return best;

        void Try(float a, ReadOnlySpan<float> x, ReadOnlySpan<float> w)
        {
            for (int i = 0; i < Refits; i++)
            {
                (double xq, double qq) = Products<T>(x, w, 1 / a);
                // Even before it is rounded the scale must do about as well.
                if (qq <= 0 || xq == 0 || all - xq * xq / qq > Promising * least + Noise * all) return;
                float next = SuperBlock.AsHalf((float)(xq / qq)), error = Error<T>(x, w, next, 0);
                if (!(error < least) && i > 0) return;
                if (error < least) (least, best) = (error, next);
                if (next == a || next == 0) return;
                a = next;
            }
        }
    }

    /// <summary>Σ w x q and Σ w q², q the codes at an inverse scale.</summary>
    public static (double XQ, double QQ) Products<T>(ReadOnlySpan<float> x, ReadOnlySpan<float> w, float inverse) where T : struct, ICodeBook
    {
        Vector256<float> xq = default, qq = default;
        for (; x.Length >= Lanes; x = x[Lanes..], w = w[Lanes..])
        {
            Vector256<float> v = Vector256.Create(x), q = T.Nearest(v * inverse), wq = Vector256.Create(w) * q;
            xq += wq * v;
            qq += wq * q;
        }
        return (Vector256.Sum(xq), Vector256.Sum(qq));
    }

    /// <summary>x ≈ a q - m, a and m not negative.</summary>
    /// <remarks>All sums are of v = x - low, so that numbers far from 0 and near each other lose nothing.</remarks>
    /// <returns>a, m and Σ w (x - (a q - m))².</returns>
    public static (float Scale, float Min, double Error) ScaleAndMin<T>(ReadOnlySpan<float> x, ReadOnlySpan<float> w) where T : struct, ICodeBook
    {
        float low = Math.Min(0, TensorPrimitives.Min(x)), high = TensorPrimitives.Max(x);
        if (!(high - low > Smallest)) return (0, -low, 0);
        double sw = TensorPrimitives.Sum(w), sv = 0, svv = SumOfSquares(x, w, -low);
        for (int i = 0; i < x.Length; i++) sv += (double)w[i] * (x[i] - low);
        (float bestA, float bestM) = (0, -low);
        double least = double.PositiveInfinity;
        for (int n = 0; n <= 8; n++)
        {
            // From the range of the numbers to one that is wider, and one that cuts off both ends.
            From(n, x, w);
            if (n > 0) From(-n, x, w);
        }
        return (bestA, bestM, Math.Max(0, least));

        void From(int n, ReadOnlySpan<float> x, ReadOnlySpan<float> w)
        {
            float reach = T.Highest + 0.15f * n * (T.Highest < 8 ? 0.6f : 1), a = (high - low) / reach;
            Try(a, -low, x, w);
            if (n != 0) Try(a, -low - 0.5f * (reach - T.Highest) * a, x, w);
        }

        void Try(float a, float m, ReadOnlySpan<float> x, ReadOnlySpan<float> w)
        {
            for (int i = 0; i < Refits; i++)
            {
                Vector256<float> vq = default, vqq = default, vvq = default, shift = Vector256.Create(m), floor = Vector256.Create(low);
                float inverse = 1 / a;
                for (int k = 0; k < x.Length; k += Lanes)
                {
                    Vector256<float> v = Vector256.Create(x[k..]), q = T.Nearest((v + shift) * inverse), wq = Vector256.Create(w[k..]) * q;
                    vq += wq;
                    vqq += wq * q;
                    vvq += wq * (v - floor);
                }
                double sq = Vector256.Sum(vq), sqq = Vector256.Sum(vqq), svq = Vector256.Sum(vvq);
                // v = a q - e with e = m + low.
                double determinant = sw * sqq - sq * sq, nextA = (sw * svq - sv * sq) / determinant, e = (sq * svq - sqq * sv) / determinant;
                // Where all codes are one and the same, scale and minimum cannot be told apart.
                if (!(determinant > 1e-6 * sw * sqq) || e < low) (nextA, e) = (sqq > 0 ? (svq + low * sq) / sqq : 0, low);
                if (!(nextA > 0)) return;
                double error = svv + nextA * nextA * sqq + e * e * sw - 2 * nextA * svq + 2 * e * sv - 2 * nextA * e * sq;
                if (error < least - Noise * svv) (least, bestA, bestM) = (error, (float)nextA, (float)(e - low));
                else if (i > 0) return;
                (a, m) = ((float)nextA, (float)(e - low));
            }
        }
    }

    /// <summary>Σ w (x + shift)²</summary>
    private static double SumOfSquares(ReadOnlySpan<float> x, ReadOnlySpan<float> w, float shift)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++) sum += (double)w[i] * (x[i] + shift) * (x[i] + shift);
        return sum;
    }

    /// <summary>Σ w (x - (a q - m))², q the best codes.</summary>
    public static float Error<T>(ReadOnlySpan<float> x, ReadOnlySpan<float> w, float a, float m) where T : struct, ICodeBook
    {
        float inverse = BlockScale.Inverse(a);
        Vector256<float> error = default, shift = Vector256.Create(m);
        for (; x.Length >= Lanes; x = x[Lanes..], w = w[Lanes..])
        {
            Vector256<float> v = Vector256.Create(x) + shift, e = T.Nearest(v * inverse) * a - v;
            error += Vector256.Create(w) * e * e;
        }
        return Vector256.Sum(error);
    }
}

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

    /// <summary>x ≈ a q, a of either sign.</summary>
    public static float Scale<T>(ReadOnlySpan<float> x, ReadOnlySpan<float> w) where T : struct, ICodeBook
    {
        float extreme = BlockScale.Extreme(x);
        if (Math.Abs(extreme) < Smallest) return 0;
        float best = 0;
        double most = 0;
        // The end of the range that is longer meets the extreme, and codes beyond it may be cut off; or the other end does.
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
                // Σ w (x - a q)² with the best a is Σ w x² - (Σ w x q)² / Σ w q².
                double gain = qq > 0 ? xq * xq / qq : 0;
                if (gain <= most && i > 0 || qq <= 0 || xq == 0) return;
                float next = (float)(xq / qq);
                if (gain > most) (most, best) = (gain, next);
                if (next == a) return;
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
    public static (float Scale, float Min) ScaleAndMin<T>(ReadOnlySpan<float> x, ReadOnlySpan<float> w) where T : struct, ICodeBook
    {
        float low = Math.Min(0, TensorPrimitives.Min(x)), high = TensorPrimitives.Max(x);
        if (!(high - low > Smallest)) return (0, -low);
        float sw = TensorPrimitives.Sum(w), sx = TensorPrimitives.Dot(w, x), sxx = 0;
        for (int i = 0; i < x.Length; i++) sxx += w[i] * x[i] * x[i];
        (float bestA, float bestM) = (0, -low);
        float least = float.PositiveInfinity;
        for (int n = -8; n <= 8; n++)
        {
            // From a range that is wider than the numbers' to one that cuts off both ends.
            float reach = T.Highest + 0.15f * n * (T.Highest < 8 ? 0.6f : 1), a = (high - low) / reach;
            Try(a, -low, x, w);
            Try(a, -low - 0.5f * (reach - T.Highest) * a, x, w);
        }
        return (bestA, bestM);

        void Try(float a, float m, ReadOnlySpan<float> x, ReadOnlySpan<float> w)
        {
            for (int i = 0; i < Refits; i++)
            {
                Vector256<float> vq = default, vqq = default, vxq = default, shift = Vector256.Create(m);
                float inverse = 1 / a;
                for (int k = 0; k < x.Length; k += Lanes)
                {
                    Vector256<float> v = Vector256.Create(x[k..]), q = T.Nearest((v + shift) * inverse), wq = Vector256.Create(w[k..]) * q;
                    vq += wq;
                    vqq += wq * q;
                    vxq += wq * v;
                }
                float sq = Vector256.Sum(vq), sqq = Vector256.Sum(vqq), sxq = Vector256.Sum(vxq);
                float determinant = sw * sqq - sq * sq;
                float nextA = (sw * sxq - sx * sq) / determinant, nextM = (sq * sxq - sqq * sx) / determinant;
                // Where all codes are one and the same, scale and minimum cannot be told apart.
                if (!(determinant > 1e-6f * sw * sqq) || nextM < 0) (nextA, nextM) = (sqq > 0 ? sxq / sqq : 0, 0);
                if (!(nextA > 0)) return;
                float error = sxx + nextA * nextA * sqq + nextM * nextM * sw - 2 * nextA * sxq + 2 * nextM * sx - 2 * nextA * nextM * sq;
                if (error < least) (least, bestA, bestM) = (error, nextA, nextM);
                else if (i > 0) return;
                (a, m) = (nextA, nextM);
            }
        }
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

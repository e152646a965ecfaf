namespace Pure.Tuner;

/// <summary>Scales of the sub-blocks of 256 numbers, as small whole numbers that share one F16 scale, or one for scales and one for minima.</summary>
/// <remarks>
/// First every sub-block by itself (<see cref="ScaleSearch"/>). Then the shared scale, so that the largest takes the largest whole number;
/// then for every sub-block the whole numbers next to its scale, by their true error; then the shared scale again by least squares over
/// all 256 numbers, as long as the error falls.
/// </remarks>
internal static class SuperBlock
{
    private const int Rounds = 3, FewUnits = 6, Farther = 3;

    // Above so many times the error that the sub-blocks would have with scales of their own, it is the rounding of their scales that hurts.
    private const double Tolerable = 1.25;

    /// <summary>x ≈ (d s) q with s from lowest to highest, lowest negative.</summary>
    /// <param name="x">256 numbers.</param>
    /// <param name="w">Weights of their squared errors.</param>
    /// <param name="lowest">Lowest s; the sub-block with the largest scale takes it.</param>
    /// <param name="highest">Highest s.</param>
    /// <param name="scales">A whole number for each sub-block.</param>
    /// <returns>d, an F16 number.</returns>
    public static float Scales<T>(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int lowest, int highest, Span<int> scales) where T : struct, ICodeBook
    {
        int size = x.Length / scales.Length;
        Span<float> wanted = stackalloc float[scales.Length];
        double alone = 0;
        for (int j = 0; j < scales.Length; j++)
        {
            (wanted[j], double error) = ScaleSearch.Scale<T>(x.Slice(j * size, size), w.Slice(j * size, size));
            alone += error;
        }
        float extreme = BlockScale.Extreme(wanted), best = 0, least = float.PositiveInfinity;
        Span<int> tried = stackalloc int[scales.Length];
        scales.Clear();
        // Where one sub-block towers above the others their scales are a few units of d, and it matters which.
        ReadOnlySpan<float> starts = [extreme / lowest, extreme / highest, BlockScale.Extreme(x) / (T.Lowest * lowest), CommonUnit(wanted, extreme, lowest, highest)];
        for (int i = 0; i < starts.Length && (i < starts.Length - 1 || least > Tolerable * alone); i++)
        {
            bool isLast = i == starts.Length - 1;
            float d = AsHalf(starts[i]), before = float.PositiveInfinity;
            for (int round = 0; round < Rounds && d != 0; round++)
            {
                float error = 0;
                double xq = 0, qq = 0;
                for (int j = 0; j < scales.Length; j++)
                {
                    ReadOnlySpan<float> part = x.Slice(j * size, size), weights = w.Slice(j * size, size);
                    error += isLast ? Best<T>(part, weights, d, lowest, highest, out tried[j]) : Nearby<T>(part, weights, d, wanted[j], lowest, highest, out tried[j]);
                    if (tried[j] == 0) continue;
                    (double a, double b) = ScaleSearch.Products<T>(part, weights, 1 / (d * tried[j]));
                    xq += a * tried[j];
                    qq += b * tried[j] * tried[j];
                }
                if (error < least)
                {
                    (least, best) = (error, d);
                    tried.CopyTo(scales);
                }
                float next = qq > 0 ? AsHalf((float)(xq / qq)) : 0;
                if (next == d || error >= before) break;
                (d, before) = (next, error);
            }
        }
        return best;
    }

    /// <summary>The least error of the whole numbers next to a scale, and of those of the other sign where so few are left that these may do better.</summary>
    private static float Nearby<T>(ReadOnlySpan<float> x, ReadOnlySpan<float> w, float d, float wanted, int lowest, int highest, out int scale) where T : struct, ICodeBook
    {
        float least = float.PositiveInfinity, units = MathF.Round(wanted / d);
        int near = (int)Math.Clamp(units, lowest, highest);
        scale = 0;
        for (int s = Math.Max(lowest, near - 1); s <= Math.Min(highest, near + 1); s++) Try(s, x, w, ref scale);
        if (Math.Abs(near) > FewUnits && near == units) return least;
        // With the other sign the other end of the codes, which is not as far from 0, meets the extreme.
        near = (int)Math.Clamp(MathF.Round(units * Math.Max(T.Highest / T.Lowest, -1)), lowest, highest);
        for (int s = Math.Max(lowest, near - 1); s <= Math.Min(highest, near + 1); s++) Try(s, x, w, ref scale);
        return least;

        void Try(int s, ReadOnlySpan<float> x, ReadOnlySpan<float> w, ref int scale)
        {
            float error = ScaleSearch.Error<T>(x, w, d * s, 0);
            if (error < least) (least, scale) = (error, s);
        }
    }

    /// <summary>The least error of all whole numbers.</summary>
    private static float Best<T>(ReadOnlySpan<float> x, ReadOnlySpan<float> w, float d, int lowest, int highest, out int scale) where T : struct, ICodeBook
    {
        float least = float.PositiveInfinity;
        scale = 0;
        for (int s = lowest; s <= highest; s++)
        {
            float error = ScaleSearch.Error<T>(x, w, d * s, 0);
            if (error < least) (least, scale) = (error, s);
        }
        return least;
    }

    /// <summary>x ≈ (d s) q - dmin m with s and m from 0 to highest.</summary>
    /// <param name="x">256 numbers.</param>
    /// <param name="w">Weights of their squared errors.</param>
    /// <param name="highest">Highest s and m.</param>
    /// <param name="scales">s for each sub-block.</param>
    /// <param name="mins">m for each sub-block.</param>
    /// <returns>d and dmin, F16 numbers.</returns>
    public static (float D, float DMin) ScalesAndMins<T>(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int highest, Span<int> scales, Span<int> mins) where T : struct, ICodeBook
    {
        int count = scales.Length, size = x.Length / count;
        Span<float> wantedScale = stackalloc float[count], wantedMin = stackalloc float[count];
        double alone = 0;
        for (int j = 0; j < count; j++)
        {
            (wantedScale[j], wantedMin[j], double error) = ScaleSearch.ScaleAndMin<T>(x.Slice(j * size, size), w.Slice(j * size, size));
            alone += error;
        }
        (float mostScale, float mostMin) = (TensorPrimitives.Max<float>(wantedScale), TensorPrimitives.Max<float>(wantedMin));
        (float bestD, float bestDMin, float least) = (0, 0, float.PositiveInfinity);
        Span<int> triedScales = stackalloc int[count], triedMins = stackalloc int[count];
        Refine(1, AsHalf(mostScale / highest), AsHalf(mostMin / highest), x, w, scales, mins, wantedScale, wantedMin, triedScales, triedMins);
        if (least > Tolerable * alone)
            Refine(Farther, CommonUnit(wantedScale, mostScale, 0, highest), CommonUnit(wantedMin, mostMin, 0, highest), x, w, scales, mins, wantedScale, wantedMin, triedScales, triedMins);
        return (bestD, bestDMin);

        void Refine(int reach, float d, float dmin, ReadOnlySpan<float> x, ReadOnlySpan<float> w, Span<int> scales, Span<int> mins, ReadOnlySpan<float> wantedScale, ReadOnlySpan<float> wantedMin, Span<int> triedScales, Span<int> triedMins)
        {
            for (int round = 0; round < Rounds; round++)
            {
                float error = 0;
                // Of the normal equations for x = d u - dmin m, u = s q.
                double uu = 0, um = 0, mm = 0, xu = 0, xm = 0;
                for (int j = 0; j < count; j++)
                {
                    ReadOnlySpan<float> part = x.Slice(j * size, size), weights = w.Slice(j * size, size);
                    error += Nearby<T>(part, weights, (d, dmin), (wantedScale[j], wantedMin[j]), highest, reach, out int s, out int m);
                    (triedScales[j], triedMins[j]) = (s, m);
                    float inverse = BlockScale.Inverse(d * s), min = dmin * m;
                    for (int k = 0; k < part.Length; k++)
                    {
                        float u = s * T.Nearest((part[k] + min) * inverse), wu = weights[k] * u, wm = weights[k] * m;
                        uu += wu * u;
                        um += wu * m;
                        mm += wm * m;
                        xu += wu * part[k];
                        xm += wm * part[k];
                    }
                }
                if (error >= least) break;
                (least, bestD, bestDMin) = (error, d, dmin);
                triedScales.CopyTo(scales);
                triedMins.CopyTo(mins);
                double determinant = uu * mm - um * um;
                (float nextD, float nextDMin) = determinant > 0
                    ? (AsHalf((float)((xu * mm - xm * um) / determinant)), AsHalf((float)((xu * um - xm * uu) / determinant)))
                    : (uu > 0 ? AsHalf((float)(xu / uu)) : d, dmin);
                if (!(nextD >= 0) || !(nextDMin >= 0) || nextD == d && nextDMin == dmin) break;
                (d, dmin) = (nextD, nextDMin);
            }
        }
    }

    /// <summary>The F16 number of which all scales are nearest to whole multiples: where sub-blocks hold a few different numbers, one may fit all of them.</summary>
    /// <param name="wanted">Scale of each sub-block.</param>
    /// <param name="extreme">The largest in magnitude.</param>
    /// <param name="lowest">Lowest multiple.</param>
    /// <param name="highest">Highest multiple.</param>
    private static float CommonUnit(ReadOnlySpan<float> wanted, float extreme, int lowest, int highest)
    {
        float best = 0;
        double least = double.PositiveInfinity;
        for (int n = lowest; n <= highest; n++)
        {
            if (Math.Abs(n) < (highest + 1) / 2) continue;
            float d = AsHalf(extreme / n);
            if (d == 0) continue;
            double error = 0;
            foreach (float scale in wanted)
            {
                double rest = scale - (double)d * Math.Clamp(Math.Round(scale / (double)d), lowest, highest);
                error += rest * rest;
            }
            if (error < least) (least, best) = (error, d);
        }
        return best;
    }

    private static float Nearby<T>(ReadOnlySpan<float> x, ReadOnlySpan<float> w, (float Scale, float Min) unit, (float Scale, float Min) wanted, int highest, int reach, out int scale, out int min) where T : struct, ICodeBook
    {
        int Near(float value, float unit) => unit == 0 ? 0 : (int)Math.Clamp(MathF.Round(value / unit), 0, highest);
        int nearScale = Near(wanted.Scale, unit.Scale), nearMin = Near(wanted.Min, unit.Min);
        float least = float.PositiveInfinity;
        (scale, min) = (0, 0);
        for (int s = Math.Max(0, nearScale - reach); s <= Math.Min(highest, nearScale + reach); s++)
            for (int m = Math.Max(0, nearMin - reach); m <= Math.Min(highest, nearMin + reach); m++)
            {
                float error = ScaleSearch.Error<T>(x, w, unit.Scale * s, unit.Min * m);
                if (error < least) (least, scale, min) = (error, s, m);
            }
        return least;
    }

    /// <summary>The nearest F16 number.</summary>
    internal static float AsHalf(float value) => (float)(Half)Math.Clamp(value, -Blocks.LargestHalf, Blocks.LargestHalf);
}

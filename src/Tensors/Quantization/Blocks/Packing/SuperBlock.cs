namespace Pure.Tuner;

/// <summary>Scales of the sub-blocks of 256 numbers, as small whole numbers that share one F16 scale, or one for scales and one for minima.</summary>
/// <remarks>
/// First every sub-block by itself (<see cref="ScaleSearch"/>). Then the shared scale, so that the largest takes the largest whole number;
/// then for every sub-block the whole numbers next to its scale, by their true error; then the shared scale again by least squares over
/// all 256 numbers, as long as the error falls.
/// </remarks>
internal static class SuperBlock
{
    private const int Rounds = 3, FewUnits = 6;

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
        for (int j = 0; j < scales.Length; j++) wanted[j] = ScaleSearch.Scale<T>(x.Slice(j * size, size), w.Slice(j * size, size));
        float extreme = BlockScale.Extreme(wanted), best = 0, least = float.PositiveInfinity;
        Span<int> tried = stackalloc int[scales.Length];
        scales.Clear();
        // Where one sub-block towers above the others their scales are a few units of d, and it matters which.
        foreach (float start in (ReadOnlySpan<float>)[extreme / lowest, extreme / highest, BlockScale.Extreme(x) / (T.Lowest * lowest)])
        {
            float d = AsHalf(start), before = float.PositiveInfinity;
            for (int round = 0; round < Rounds && d != 0; round++)
            {
                float error = 0;
                double xq = 0, qq = 0;
                for (int j = 0; j < scales.Length; j++)
                {
                    ReadOnlySpan<float> part = x.Slice(j * size, size), weights = w.Slice(j * size, size);
                    error += Nearby<T>(part, weights, d, wanted[j], lowest, highest, out tried[j]);
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
        for (int j = 0; j < count; j++) (wantedScale[j], wantedMin[j]) = ScaleSearch.ScaleAndMin<T>(x.Slice(j * size, size), w.Slice(j * size, size));
        float d = AsHalf(TensorPrimitives.Max<float>(wantedScale) / highest), dmin = AsHalf(TensorPrimitives.Max<float>(wantedMin) / highest);
        (float bestD, float bestDMin, float least) = (0, 0, float.PositiveInfinity);
        Span<int> triedScales = stackalloc int[count], triedMins = stackalloc int[count];
        for (int round = 0; round < Rounds; round++)
        {
            float error = 0;
            // Of the normal equations for x = d u - dmin m, u = s q.
            double uu = 0, um = 0, mm = 0, xu = 0, xm = 0;
            for (int j = 0; j < count; j++)
            {
                ReadOnlySpan<float> part = x.Slice(j * size, size), weights = w.Slice(j * size, size);
                error += Nearby<T>(part, weights, (d, dmin), (wantedScale[j], wantedMin[j]), highest, out int s, out int m);
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
        return (bestD, bestDMin);
    }

    private static float Nearby<T>(ReadOnlySpan<float> x, ReadOnlySpan<float> w, (float Scale, float Min) unit, (float Scale, float Min) wanted, int highest, out int scale, out int min) where T : struct, ICodeBook
    {
        int Near(float value, float unit) => unit == 0 ? 0 : (int)Math.Clamp(MathF.Round(value / unit), 0, highest);
        int nearScale = Near(wanted.Scale, unit.Scale), nearMin = Near(wanted.Min, unit.Min);
        float least = float.PositiveInfinity;
        (scale, min) = (0, 0);
        for (int s = Math.Max(0, nearScale - 1); s <= Math.Min(highest, nearScale + 1); s++)
            for (int m = Math.Max(0, nearMin - 1); m <= Math.Min(highest, nearMin + 1); m++)
            {
                float error = ScaleSearch.Error<T>(x, w, unit.Scale * s, unit.Min * m);
                if (error < least) (least, scale, min) = (error, s, m);
            }
        return least;
    }

    /// <summary>The nearest F16 number.</summary>
    private static float AsHalf(float value) => (float)(Half)Math.Clamp(value, -Blocks.LargestHalf, Blocks.LargestHalf);
}

namespace Pure.Tuner.Tests.Emitted;

/// <summary>The products of integers in plain C#, from matrices that nobody packed: exact sums in groups of 32, then scales and minima in the order that all units keep.</summary>
internal static class Int8Twin
{
    /// <summary>A group of a row: codes of 8 bits and their scale.</summary>
    public static (int[] Codes, float Scale) Round(ReadOnlySpan<float> x)
    {
        float largest = 0;
        foreach (float v in x) largest = MathF.Max(largest, MathF.Abs(v));
        if (!float.IsFinite(largest)) return (new int[x.Length], float.NaN);
        float scale = largest / 127, inverse = scale < 1e-37f ? 0 : 127 / largest;
        var codes = new int[x.Length];
        for (int i = 0; i < codes.Length; i++) codes[i] = (int)MathF.Round(x[i] * inverse, MidpointRounding.ToEven);
        return (codes, scale);
    }

    /// <summary>y + Σ over groups: F32(Σ codes) · scale of b · scale of a, then minimum of b · (scale · Σ codes of a).</summary>
    /// <param name="a">A row, whole.</param>
    /// <param name="codes">Codes of b at k, with their sign.</param>
    /// <param name="scales">b's scale of a group.</param>
    /// <param name="minima">b's minimum of a group; null where the format has none.</param>
    /// <param name="y">What the sum begins with.</param>
    public static float Sum(ReadOnlySpan<float> a, Func<int, int> codes, Func<int, float> scales, Func<int, float>? minima, float y)
    {
        for (int p = 0, group = 0; p < a.Length; p += 32, group++)
        {
            (int[] q, float scale) = Round(a.Slice(p, 32));
            int dot = 0, sum = 0;
            for (int i = 0; i < 32; i++)
            {
                dot += q[i] * codes(p + i);
                sum += q[i];
            }
            float scaled = dot * scales(group);
            y = MathF.FusedMultiplyAdd(scaled, scale, y);
            if (minima is not null) y = MathF.FusedMultiplyAdd(minima(group), scale * sum, y);
        }
        return y;
    }
}

using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>The products of the units in plain C#: the same roundings in the same order, from matrices that nobody packed.</summary>
internal static class PanelTwin
{
    /// <summary>y[m, n] = (load: y, else 0) + Σ over k of round(a) · round(b), in the unit's order.</summary>
    /// <param name="kind">The unit.</param>
    /// <param name="a">a[m, k].</param>
    /// <param name="b">b[k, n].</param>
    /// <param name="y">What the sum begins with.</param>
    /// <param name="k">Terms; the order is that of whole steps with zeros behind.</param>
    public static float Sum(PanelKind kind, Func<int, float> a, Func<int, float> b, float y, int k)
    {
        for (int step = 0; step < k; step += PanelUnit.StepK)
        {
            if (kind == PanelKind.Tiles)
            {
                // Two chains for the length of a tile, from 0: even and odd k; their sum comes onto y.
                float even = 0, odd = 0;
                for (int p = step; p < step + PanelUnit.StepK; p += 2)
                {
                    even = Flush(MathF.FusedMultiplyAdd(At(a, p), At(b, p), even));
                    odd = Flush(MathF.FusedMultiplyAdd(At(a, p + 1), At(b, p + 1), odd));
                }
                y = Flush(Flush(y) + Flush(even + odd));
                continue;
            }
            for (int p = step; p < step + PanelUnit.StepK; p += 2)
            {
                y = Flush(MathF.FusedMultiplyAdd(At(a, p + 1), At(b, p + 1), Flush(y)));
                y = Flush(MathF.FusedMultiplyAdd(At(a, p), At(b, p), y));
            }
        }
        return y;

        float At(Func<int, float> x, int p) => p < k ? Flush((BFloat16)x(p)) : 0;
        float Flush(float x) => kind != PanelKind.Narrow && float.IsSubnormal(x) ? MathF.CopySign(0, x) : x;      // the units count what is below the normal numbers as 0, AVX2 does not
    }
}

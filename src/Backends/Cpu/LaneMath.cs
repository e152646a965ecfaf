using System.Runtime.CompilerServices;

namespace Pure.Tuner.Kernels;

/// <summary>Transcendental functions of lanes, to a few units in the last place; NaN stays NaN.</summary>
/// <remarks>Polynomials interpolate at Chebyshev nodes of the reduced range; the error named is theirs, before rounding.</remarks>
internal static class LaneMath
{
    /// <summary>eˣ; 0 below -87.3, where results would not be normal numbers; stays at e⁸⁸ beyond 88.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x) where T : struct, ILanes<T> => ExpOfNegative(T.Min(T.All(88.02f), x));

    /// <summary>eˣ for x up to 88: the same numbers without a look at the upper end; beyond it anything.</summary>
    /// <remarks>x = n ln 2 + r with |r| ≤ ln 2 / 2; adding 1.5 · 2²³ rounds to n and leaves it in the low bits. Relative error 1e-8.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ExpOfNegative<T>(T x) where T : struct, ILanes<T>
    {
        T low = T.All(-87.3f), magic = T.All(12582912f);
        T z = T.Max(low, x);
        T n = T.MulAdd(z, T.All(1.44269504f), magic);
        T m = n - magic;
        T r = T.MulAdd(m, T.All(-0.693359375f), z);                          // the first part of ln 2 has few bits: m times it is exact
        r = T.MulAdd(m, T.All(2.12194440e-4f), r);
        T p = T.MulAdd(T.All(1.39263760e-3f), r, T.All(8.36333308e-3f));
        p = T.MulAdd(p, r, T.All(4.16665535e-2f));
        p = T.MulAdd(p, r, T.All(0.166665761f));
        p = T.MulAdd(p, r, T.All(0.5f));
        p = T.MulAdd(p, r, T.All(1f));
        p = T.MulAdd(p, r, T.All(1f));
        return T.IfLess(x, low, T.All(0), T.TimesPowerOfTwo(p, n));
    }

    /// <summary>1/(1 + e⁻ˣ)</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x) where T : struct, ILanes<T>
    {
        T e = Exp(T.All(0) - T.Abs(x)), s = T.All(1) / (T.All(1) + e);       // e ≤ 1: small results keep their digits
        return T.IfLess(x, T.All(0), e * s, s);
    }

    /// <summary>Hyperbolic tangent.</summary>
    /// <remarks>Near 0 x + x³ q(x²), relative error 1e-9; else 1 - 2/(e²ˣ + 1).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<T>(T x) where T : struct, ILanes<T>
    {
        T size = T.Abs(x), z = x * x;
        T far = T.All(1) - T.All(2) / (Exp(size + size) + T.All(1));
        far = T.IfLess(x, T.All(0), T.All(0) - far, far);
        T q = T.MulAdd(T.All(2.27715491e-3f), z, T.All(-8.33007679e-3f));
        q = T.MulAdd(q, z, T.All(2.17646492e-2f));
        q = T.MulAdd(q, z, T.All(-5.39587307e-2f));
        q = T.MulAdd(q, z, T.All(0.133333013f));
        q = T.MulAdd(q, z, T.All(-0.333333332f));
        T near = T.MulAdd(x * z, q, x);
        return T.IfLess(size, T.All(0.63f), near, far);
    }

    /// <summary>Φ(x) = (1 + erf(x/√2)) / 2, and its slope e^(-x²/2) / √(2π).</summary>
    /// <remarks>Φ(-|x|) = e^(-x²/2) · t q(t) with t = 1/(1 + 0.3 |x|), relative error 5e-9.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T NormalCdf<T>(T x, out T density) where T : struct, ILanes<T>
    {
        T size = T.Abs(x), e = Exp(T.All(-0.5f) * x * x);
        T t = T.All(1) / T.MulAdd(T.All(0.3f), size, T.All(1));
        T q = T.MulAdd(T.All(-0.0209143597f), t, T.All(0.114040272f));
        q = T.MulAdd(q, t, T.All(-0.232038483f));
        q = T.MulAdd(q, t, T.All(0.196940677f));
        q = T.MulAdd(q, t, T.All(-0.0837425488f));
        q = T.MulAdd(q, t, T.All(0.09848074f));
        q = T.MulAdd(q, t, T.All(0.0775890644f));
        q = T.MulAdd(q, t, T.All(0.11040518f));
        q = T.MulAdd(q, t, T.All(0.119551763f));
        q = T.MulAdd(q, t, T.All(0.119687693f));
        T tail = e * t * q;
        density = T.All(0.398942280f) * e;
        return T.IfLess(x, T.All(0), tail, T.All(1) - tail);
    }
}

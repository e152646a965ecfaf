using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>Functions of sixteen F32 lanes, within a few units in the last place; NaN and infinities as the function says.</summary>
/// <remarks>The coefficients interpolate at Chebyshev nodes of the interval named beside them.</remarks>
internal static class VectorMath
{
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693359375f;              // nine bits: its product with a whole number is exact
    private const float Ln2Low = -2.12194440e-4f;
    private const float RoundingBias = 12582912f;            // 1.5 · 2²³: adding it leaves the nearest whole number in the low bits

    /// <summary>eˣ: e^r · 2ⁿ, x = n ln 2 + r; gradual underflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        Vector512<float> high = Vector512.Create(89f), low = Vector512.Create(-104f);
        x = Vector512.ConditionalSelect(Vector512.GreaterThan(x, high), high, x);          // a NaN is neither and stays
        x = Vector512.ConditionalSelect(Vector512.LessThan(x, low), low, x);
        Vector512<float> biased = Vector512.MultiplyAddEstimate(x, Vector512.Create(Log2E), Vector512.Create(RoundingBias));
        Vector512<float> n = biased - Vector512.Create(RoundingBias);
        Vector512<float> r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-Ln2High), x);
        r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-Ln2Low), r);
        Vector512<float> p = Vector512.Create(ExpC5);
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(ExpC4));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(ExpC3));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(ExpC2));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(ExpC1));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(ExpC0));
        p = Vector512.MultiplyAddEstimate(p, r * r, r) + Vector512<float>.One;
        // In two steps: 2ⁿ itself may lie outside the format though e^r · 2ⁿ does not.
        Vector512<int> whole = biased.AsInt32() - Vector512.Create(BitConverter.SingleToInt32Bits(RoundingBias));
        Vector512<int> half = whole >> 1;
        return p * PowerOfTwo(half) * PowerOfTwo(whole - half);
    }

    // (e^r - 1 - r) / r² on |r| <= ln 2 / 2
    private const float ExpC0 = 0.5f, ExpC1 = 0.166666672f, ExpC2 = 0.0416664667f, ExpC3 = 0.00833331048f, ExpC4 = 0.00139336474f, ExpC5 = 0.000198909882f;

    /// <summary>Natural logarithm: -∞ at 0, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log(Vector512<float> x)
    {
        // Subnormal numbers have no exponent of their own.
        Vector512<float> tiny = Vector512.LessThan(x, Vector512.Create(1.17549435e-38f));
        Vector512<float> scaled = Vector512.ConditionalSelect(tiny, x * Vector512.Create(8388608f), x);
        // m in [√½, √2): the exponent of m's double relative to √½
        Vector512<int> bits = scaled.AsInt32(), offset = bits - Vector512.Create(0x3F3504F3);
        Vector512<int> e = offset >> 23;
        Vector512<float> f = (bits - (e << 23)).AsSingle() - Vector512<float>.One;
        Vector512<float> n = Vector512.ConvertToSingle(e) - Vector512.ConditionalSelect(tiny, Vector512.Create(23f), Vector512<float>.Zero);
        Vector512<float> p = Vector512.Create(LogC8);
        p = Vector512.MultiplyAddEstimate(p, f, Vector512.Create(LogC7));
        p = Vector512.MultiplyAddEstimate(p, f, Vector512.Create(LogC6));
        p = Vector512.MultiplyAddEstimate(p, f, Vector512.Create(LogC5));
        p = Vector512.MultiplyAddEstimate(p, f, Vector512.Create(LogC4));
        p = Vector512.MultiplyAddEstimate(p, f, Vector512.Create(LogC3));
        p = Vector512.MultiplyAddEstimate(p, f, Vector512.Create(LogC2));
        p = Vector512.MultiplyAddEstimate(p, f, Vector512.Create(LogC1));
        p = Vector512.MultiplyAddEstimate(p, f, Vector512.Create(LogC0));
        Vector512<float> f2 = f * f;
        Vector512<float> y = Vector512.MultiplyAddEstimate(n, Vector512.Create(Ln2Low), p * f2 * f);
        y = Vector512.MultiplyAddEstimate(f2, Vector512.Create(-0.5f), y) + f;
        y = Vector512.MultiplyAddEstimate(n, Vector512.Create(Ln2High), y);
        y = Vector512.ConditionalSelect(Vector512.Equals(x, Vector512.Create(float.PositiveInfinity)), x, y);
        y = Vector512.ConditionalSelect(Vector512.Equals(x, Vector512<float>.Zero), Vector512.Create(float.NegativeInfinity), y);
        return Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(x, Vector512<float>.Zero), y, Vector512.Create(float.NaN));
    }

    // (ln(1 + f) - f + f²/2) / f³ on [√½ - 1, √2 - 1]
    private const float LogC0 = 0.333333313f, LogC1 = -0.24999997f, LogC2 = 0.200007156f, LogC3 = -0.166678026f, LogC4 = 0.142490581f;
    private const float LogC5 = -0.124256872f, LogC6 = 0.116854198f, LogC7 = -0.114797339f, LogC8 = 0.0697161108f;

    /// <summary>Hyperbolic tangent: a polynomial near 0, 1 - 2 / (e²ˣ + 1) beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x)
    {
        Vector512<float> z = x * x, a = Vector512.Abs(x);
        Vector512<float> p = Vector512.Create(TanhC5);
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhC4));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhC3));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhC2));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhC1));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhC0));
        Vector512<float> near = Vector512.MultiplyAddEstimate(p * z, x, x);
        Vector512<float> far = Vector512<float>.One - Vector512.Create(2f) / (Exp(a + a) + Vector512<float>.One);
        return Vector512.ConditionalSelect(Vector512.LessThan(a, Vector512.Create(0.625f)), near, WithSignOf(far, x));
    }

    // (tanh(√z)/√z - 1) / z on [0, 0.4]
    private const float TanhC0 = -0.333333343f, TanhC1 = 0.133332998f, TanhC2 = -0.0539584607f, TanhC3 = 0.0217625033f, TanhC4 = -0.00832318701f, TanhC5 = 0.00226950157f;

    /// <summary>1/(1 + e⁻ˣ), and eˣ where that is all that is left of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x)
    {
        // e^-|x| never overflows: 1/(1 + e) on the right, e/(1 + e) on the left.
        Vector512<float> e = Exp(-Vector512.Abs(x)), one = Vector512<float>.One;
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), e, one) / (one + e);
    }

    /// <summary>Error function: x + x times a polynomial in x² below 1, 1 - e^q beyond, q a polynomial for ln erfc; 1 from 4 on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Erf(Vector512<float> x)
    {
        Vector512<float> z = x * x, a = Vector512.Abs(x), four = Vector512.Create(4f);
        Vector512<float> p = Vector512.Create(ErfC7);
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfC6));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfC5));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfC4));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfC3));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfC2));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfC1));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfC0));
        Vector512<float> t = Vector512.ConditionalSelect(Vector512.GreaterThan(a, four), four, a);
        Vector512<float> q = Vector512.Create(ErfcC8);
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfcC7));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfcC6));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfcC5));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfcC4));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfcC3));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfcC2));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfcC1));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfcC0));
        Vector512<float> far = Vector512<float>.One - Exp(q);
        return Vector512.ConditionalSelect(Vector512.LessThan(a, Vector512<float>.One), Vector512.MultiplyAddEstimate(p, x, x), WithSignOf(far, x));
    }

    // erf(√z)/√z - 1 on [0, 1]
    private const float ErfC0 = 0.128379167f, ErfC1 = -0.376126379f, ErfC2 = 0.112837821f, ErfC3 = -0.0268654302f, ErfC4 = 0.00522103161f;
    private const float ErfC5 = -0.000848408032f, ErfC6 = 0.000112659589f, ErfC7 = -9.66704465e-06f;

    // ln erfc(t) on [1, 4]
    private const float ErfcC0 = 0.00032013806f, ErfcC1 = -1.13023341f, ErfcC2 = -0.631826043f, ErfcC3 = -0.110080086f, ErfcC4 = 0.0264211353f;
    private const float ErfcC5 = -0.0047595962f, ErfcC6 = 0.00059680565f, ErfcC7 = -4.60580413e-05f, ErfcC8 = 1.6371514e-06f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> WithSignOf(Vector512<float> magnitude, Vector512<float> sign) =>
        Vector512.ConditionalSelect(Vector512.Create(int.MinValue).AsSingle(), sign, magnitude);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> PowerOfTwo(Vector512<int> n) => ((n + Vector512.Create(127)) << 23).AsSingle();
}

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>Reductions of rows. The order of summation is fixed by the length alone (TensorPrimitives' follows the address too).</summary>
/// <remarks>Blocks of 4096 are summed in 64 lanes of F32, the lanes and the blocks in F64: long rows lose no more than short ones.</remarks>
internal static unsafe partial class Rows
{
    private const int SumBlock = 4096;

    /// <summary>Σ x</summary>
    public static float Sum(ReadOnlySpan<float> x) => (float)Sum<Plain>(x, x);

    /// <summary>Σ x, not rounded to F32.</summary>
    public static double WideSum(ReadOnlySpan<float> x) => Sum<Plain>(x, x);

    /// <summary>Σ x²</summary>
    public static float SumSquares(ReadOnlySpan<float> x) => (float)Sum<Product>(x, x);

    /// <summary>Σ x², not rounded to F32.</summary>
    public static double WideSumSquares(ReadOnlySpan<float> x) => Sum<Product>(x, x);

    /// <summary>Σ a b</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => (float)Sum<Product>(a, b);

    /// <summary>The largest element, NaN if any is, -∞ of none.</summary>
    public static float Max(ReadOnlySpan<float> x) => x.IsEmpty ? float.NegativeInfinity : TensorPrimitives.Max(x);

    /// <summary>The largest element that is a number, -∞ when there is none.</summary>
    public static float MaxNumber(ReadOnlySpan<float> x)
    {
        float largest = float.NegativeInfinity;
        int i = 0;
        if (Vector128.IsHardwareAccelerated && x.Length >= Lanes)
        {
            ref float p = ref MemoryMarshal.GetReference(x);
            Vector512<float> lanes = Vector512.Create(float.NegativeInfinity);
            for (; i <= x.Length - Lanes; i += Lanes)
            {
                Vector512<float> v = Vector512.LoadUnsafe(ref p, (nuint)i);
                lanes = Vector512.ConditionalSelect(Vector512.GreaterThan(v, lanes), v, lanes);     // no comparison with a NaN holds
            }
            for (int lane = 0; lane < Lanes; lane++) largest = MathF.Max(largest, lanes[lane]);
        }
        for (; i < x.Length; i++)
            if (x[i] > largest) largest = x[i];
        return largest;
    }

    private static double Sum<TTerm>(ReadOnlySpan<float> a, ReadOnlySpan<float> b) where TTerm : struct, ITerm
    {
        int n = a.Length;
        Longer(b.Length, n);
        if (n > SumBlock)
        {
            double total = 0;
            for (int i = 0; i < n; i += SumBlock)
            {
                int length = Math.Min(SumBlock, n - i);
                total += Sum<TTerm>(a.Slice(i, length), b.Slice(i, length));
            }
            return total;
        }
        ref float pa = ref MemoryMarshal.GetReference(a), pb = ref MemoryMarshal.GetReference(b);
        if (!Vector128.IsHardwareAccelerated)
        {
            double plain = 0;
            for (int i = 0; i < n; i++) plain += TTerm.Of(a[i], b[i]);
            return plain;
        }
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        nuint at = 0;
        for (; at + 64 <= (nuint)n; at += 64)
        {
            s0 = TTerm.Add(Vector512.LoadUnsafe(ref pa, at), Vector512.LoadUnsafe(ref pb, at), s0);
            s1 = TTerm.Add(Vector512.LoadUnsafe(ref pa, at + 16), Vector512.LoadUnsafe(ref pb, at + 16), s1);
            s2 = TTerm.Add(Vector512.LoadUnsafe(ref pa, at + 32), Vector512.LoadUnsafe(ref pb, at + 32), s2);
            s3 = TTerm.Add(Vector512.LoadUnsafe(ref pa, at + 48), Vector512.LoadUnsafe(ref pb, at + 48), s3);
        }
        for (; at + 16 <= (nuint)n; at += 16) s0 = TTerm.Add(Vector512.LoadUnsafe(ref pa, at), Vector512.LoadUnsafe(ref pb, at), s0);
        double rest = 0;
        for (; at < (nuint)n; at++) rest += TTerm.Of(a[(int)at], b[(int)at]);
        Vector512<float> low = s0 + s1, high = s2 + s3;
        return Vector512.Sum(Vector512.WidenLower(low) + Vector512.WidenUpper(low) + (Vector512.WidenLower(high) + Vector512.WidenUpper(high))) + rest;
    }

    private interface ITerm
    {
        static abstract float Of(float a, float b);
        static abstract Vector512<float> Add(Vector512<float> a, Vector512<float> b, Vector512<float> sum);
    }

    private readonly struct Plain : ITerm
    {
        public static float Of(float a, float b) => a;
        public static Vector512<float> Add(Vector512<float> a, Vector512<float> b, Vector512<float> sum) => sum + a;
    }

    private readonly struct Product : ITerm
    {
        public static float Of(float a, float b) => a * b;
        public static Vector512<float> Add(Vector512<float> a, Vector512<float> b, Vector512<float> sum) => Vector512.MultiplyAddEstimate(a, b, sum);
    }

    /// <summary>a · s + b</summary>
    private readonly struct MultiplyAdd : IRowOp
    {
        public static float Invoke(float a, float b, float s) => a * s + b;
        public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b, Vector512<float> s) => Vector512.MultiplyAddEstimate(a, s, b);
    }
}

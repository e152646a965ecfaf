using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>-x</summary>
internal readonly struct NegOp : IUnaryRowOp
{
    public static float Invoke(float x) => -x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => -x;
}

/// <summary>|x|</summary>
internal readonly struct AbsOp : IUnaryRowOp
{
    public static float Invoke(float x) => MathF.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => Vector512.Abs(x);
}

/// <summary>-1, 0 or 1, NaN for NaN</summary>
internal readonly struct SignOp : IUnaryRowOp
{
    public static float Invoke(float x) => float.IsNaN(x) ? x : MathF.Sign(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x)
    {
        Vector512<float> one = Vector512<float>.One, zero = Vector512<float>.Zero;
        Vector512<float> sign = (Vector512.GreaterThan(x, zero) & one) - (Vector512.LessThan(x, zero) & one);
        return Vector512.ConditionalSelect(Vector512.Equals(x, x), sign, x);
    }
}

/// <summary>x²</summary>
internal readonly struct SquareOp : IUnaryRowOp
{
    public static float Invoke(float x) => x * x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => x * x;
}

/// <summary>√x</summary>
internal readonly struct SqrtOp : IUnaryRowOp
{
    public static float Invoke(float x) => MathF.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => Vector512.Sqrt(x);
}

/// <summary>1/√x</summary>
internal readonly struct RsqrtOp : IUnaryRowOp
{
    public static float Invoke(float x) => 1 / MathF.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => Vector512<float>.One / Vector512.Sqrt(x);
}

/// <summary>1/x</summary>
internal readonly struct ReciprocalOp : IUnaryRowOp
{
    public static float Invoke(float x) => 1 / x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => Vector512<float>.One / x;
}

/// <summary>eˣ</summary>
internal readonly struct ExpOp : IUnaryRowOp
{
    public static float Invoke(float x) => MathF.Exp(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => VectorMath.Exp(x);
}

/// <summary>ln x</summary>
internal readonly struct LogOp : IUnaryRowOp
{
    public static float Invoke(float x) => MathF.Log(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => VectorMath.Log(x);
}

/// <summary>tanh x</summary>
internal readonly struct TanhOp : IUnaryRowOp
{
    public static float Invoke(float x) => MathF.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => VectorMath.Tanh(x);
}

/// <summary>1/(1 + e⁻ˣ)</summary>
internal readonly struct SigmoidOp : IUnaryRowOp
{
    public static float Invoke(float x)
    {
        float e = MathF.Exp(-MathF.Abs(x));
        return (x < 0 ? e : 1) / (1 + e);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => VectorMath.Sigmoid(x);
}

/// <summary>erf x</summary>
internal readonly struct ErfOp : IUnaryRowOp
{
    public static float Invoke(float x) => (float)Scalar.Erf(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> x) => VectorMath.Erf(x);
}

/// <summary>a + b</summary>
internal readonly struct AddOp : IBinaryRowOp
{
    public static float Invoke(float a, float b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => a + b;
}

/// <summary>a - b</summary>
internal readonly struct SubOp : IBinaryRowOp
{
    public static float Invoke(float a, float b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => a - b;
}

/// <summary>a · b</summary>
internal readonly struct MulOp : IBinaryRowOp
{
    public static float Invoke(float a, float b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => a * b;
}

/// <summary>a / b</summary>
internal readonly struct DivOp : IBinaryRowOp
{
    public static float Invoke(float a, float b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => a / b;
}

/// <summary>The larger; NaN if either is.</summary>
internal readonly struct MaxOp : IBinaryRowOp
{
    public static float Invoke(float a, float b) => MathF.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Vector512.Max(a, b);
}

/// <summary>The smaller; NaN if either is.</summary>
internal readonly struct MinOp : IBinaryRowOp
{
    public static float Invoke(float a, float b) => MathF.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Vector512.Min(a, b);
}

/// <summary>1 where a = b, else 0</summary>
internal readonly struct EqualOp : IBinaryRowOp
{
    public static float Invoke(float a, float b) => a == b ? 1 : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Vector512.Equals(a, b) & Vector512<float>.One;
}

/// <summary>1 where a &lt; b, else 0</summary>
internal readonly struct LessOp : IBinaryRowOp
{
    public static float Invoke(float a, float b) => a < b ? 1 : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Vector512.LessThan(a, b) & Vector512<float>.One;
}

/// <summary>1 where a &gt; b, else 0</summary>
internal readonly struct GreaterOp : IBinaryRowOp
{
    public static float Invoke(float a, float b) => a > b ? 1 : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> a, Vector512<float> b) => Vector512.GreaterThan(a, b) & Vector512<float>.One;
}

/// <summary>a where c is not 0, else b</summary>
internal readonly struct SelectOp : IRowOp
{
    public static float Invoke(float c, float a, float b) => c != 0 ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Invoke(Vector512<float> c, Vector512<float> a, Vector512<float> b) =>
        Vector512.ConditionalSelect(Vector512.Equals(c, Vector512<float>.Zero), b, a);
}

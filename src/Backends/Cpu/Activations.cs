using System.Runtime.CompilerServices;

namespace Pure.Tuner.Kernels;

/// <summary>An activation function and its slope, in lanes.</summary>
internal interface IActivation
{
    /// <summary>f(x), and f'(x); the caller who does not want the slope pays nothing for it once inlined.</summary>
    static abstract T Value<T>(T x, out T slope) where T : struct, ILanes<T>;
}

/// <summary>x s(x); slope s (1 + x (1 - s))</summary>
internal readonly struct Silu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, out T slope) where T : struct, ILanes<T>
    {
        T s = LaneMath.Sigmoid(x), y = x * s;
        slope = T.MulAdd(y, T.All(1) - s, s);
        return y;
    }
}

/// <summary>x Φ(x); slope Φ + x φ</summary>
internal readonly struct Gelu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, out T slope) where T : struct, ILanes<T>
    {
        T cdf = LaneMath.NormalCdf(x, out T density);
        slope = T.MulAdd(x, density, cdf);
        return x * cdf;
    }
}

/// <summary>x s(2u), u = √(2/π) (x + 0.044715 x³): the same as x/2 (1 + tanh u), but small results keep their digits.</summary>
internal readonly struct GeluTanh : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, out T slope) where T : struct, ILanes<T>
    {
        const float Twice = 1.59576912f;                                     // 2 √(2/π)
        T z = x * x;
        T s = LaneMath.Sigmoid(x * T.MulAdd(T.All(Twice * 0.044715f), z, T.All(Twice))), y = x * s;
        slope = T.MulAdd(y * (T.All(1) - s), T.MulAdd(T.All(3 * Twice * 0.044715f), z, T.All(Twice)), s);
        return y;
    }
}

/// <summary>x s(1.702 x)</summary>
internal readonly struct GeluQuick : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, out T slope) where T : struct, ILanes<T>
    {
        T s = LaneMath.Sigmoid(T.All(1.702f) * x), y = x * s;
        slope = T.MulAdd(T.All(1.702f) * y, T.All(1) - s, s);
        return y;
    }
}

/// <summary>max(x, 0)</summary>
internal readonly struct Relu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, out T slope) where T : struct, ILanes<T>
    {
        slope = T.IfLess(T.All(0), x, T.All(1), T.All(0));
        return T.Max(T.All(0), x);
    }
}

/// <summary>max(x, 0)²</summary>
internal readonly struct ReluSquared : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, out T slope) where T : struct, ILanes<T>
    {
        T y = T.Max(T.All(0), x);
        slope = y + y;
        return y * y;
    }
}

/// <summary>s(x)</summary>
internal readonly struct Sigmoid : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, out T slope) where T : struct, ILanes<T>
    {
        T s = LaneMath.Sigmoid(x);
        slope = s * (T.All(1) - s);
        return s;
    }
}

/// <summary>tanh x</summary>
internal readonly struct Tanh : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, out T slope) where T : struct, ILanes<T>
    {
        T y = LaneMath.Tanh(x);
        slope = T.All(1) - y * y;
        return y;
    }
}

/// <summary>x</summary>
internal readonly struct Identity : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, out T slope) where T : struct, ILanes<T>
    {
        slope = T.All(1);
        return x;
    }
}

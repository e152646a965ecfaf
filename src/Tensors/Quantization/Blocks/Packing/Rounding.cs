using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner;

/// <summary>Which values the codes of a block stand for, before the scale.</summary>
internal interface ICodeBook
{
    /// <summary>Value of the lowest code.</summary>
    static abstract float Lowest { get; }

    /// <summary>Value of the highest code.</summary>
    static abstract float Highest { get; }

    /// <summary>The value nearest to x.</summary>
    static abstract float Nearest(float x);

    /// <inheritdoc cref="Nearest(float)"/>
    static abstract Vector256<float> Nearest(Vector256<float> x);
}

/// <summary>0, 1, ... 3.</summary>
internal readonly struct Codes0To3 : ICodeBook
{
    public static float Lowest => 0;
    public static float Highest => 3;
    public static float Nearest(float x) => Rounding.Clamp(x, 0, 3);
    public static Vector256<float> Nearest(Vector256<float> x) => Rounding.Clamp(x, 0, 3);
}

/// <summary>0, 1, ... 15.</summary>
internal readonly struct Codes0To15 : ICodeBook
{
    public static float Lowest => 0;
    public static float Highest => 15;
    public static float Nearest(float x) => Rounding.Clamp(x, 0, 15);
    public static Vector256<float> Nearest(Vector256<float> x) => Rounding.Clamp(x, 0, 15);
}

/// <summary>0, 1, ... 31.</summary>
internal readonly struct Codes0To31 : ICodeBook
{
    public static float Lowest => 0;
    public static float Highest => 31;
    public static float Nearest(float x) => Rounding.Clamp(x, 0, 31);
    public static Vector256<float> Nearest(Vector256<float> x) => Rounding.Clamp(x, 0, 31);
}

/// <summary>-4, -3, ... 3.</summary>
internal readonly struct CodesOf3Bits : ICodeBook
{
    public static float Lowest => -4;
    public static float Highest => 3;
    public static float Nearest(float x) => Rounding.Clamp(x, -4, 3);
    public static Vector256<float> Nearest(Vector256<float> x) => Rounding.Clamp(x, -4, 3);
}

/// <summary>-32, -31, ... 31.</summary>
internal readonly struct CodesOf6Bits : ICodeBook
{
    public static float Lowest => -32;
    public static float Highest => 31;
    public static float Nearest(float x) => Rounding.Clamp(x, -32, 31);
    public static Vector256<float> Nearest(Vector256<float> x) => Rounding.Clamp(x, -32, 31);
}

/// <summary>The sixteen uneven values of IQ4.</summary>
internal readonly struct UnevenCodes : ICodeBook
{
    public static float Lowest => -127;
    public static float Highest => 113;
    public static float Nearest(float x) => FourBitValues.NonLinear[Code(x)];

    /// <summary>The lowest value, and a step up for every threshold below x.</summary>
    public static Vector256<float> Nearest(Vector256<float> x)
    {
        ReadOnlySpan<sbyte> values = FourBitValues.NonLinear;
        Vector256<float> y = Vector256.Create((float)values[0]);
        for (int code = 1; code < 16; code++)
            y += Vector256.GreaterThan(x, Vector256.Create(0.5f * (values[code - 1] + values[code]))) & Vector256.Create((float)(values[code] - values[code - 1]));
        return y;
    }

    /// <summary>The code whose value is nearest.</summary>
    public static int Code(float x)
    {
        ReadOnlySpan<sbyte> values = FourBitValues.NonLinear;
        int code = x > 0.5f * (values[7] + values[8]) ? 8 : 0;
        for (int step = 4; step > 0; step /= 2)
            if (x > 0.5f * (values[code + step - 1] + values[code + step])) code += step;
        return code;
    }
}

/// <summary>What the code books share.</summary>
internal static class Rounding
{
    /// <summary>The nearest whole number inside a range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Clamp(float x, float low, float high) => MathF.Round(Math.Min(Math.Max(x, low), high));

    /// <inheritdoc cref="Clamp(float, float, float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Clamp(Vector256<float> x, float low, float high) =>
        Vector256.Round(Vector256.MinNative(Vector256.MaxNative(x, Vector256.Create(low)), Vector256.Create(high)));
}

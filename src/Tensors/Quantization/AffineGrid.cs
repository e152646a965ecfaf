using System.Numerics.Tensors;

namespace Pure.Tuner;

/// <summary>The grid of one group: scale · (q - zero), q from 0 to 2^bits - 1. The scale is a number that F16 holds, so that what is measured is what is stored.</summary>
/// <param name="Scale">Distance of neighbouring numbers.</param>
/// <param name="Zero">The code of 0.</param>
/// <param name="Top">Largest code.</param>
internal readonly record struct AffineGrid(float Scale, byte Zero, int Top)
{
    /// <summary>From the smallest to the largest number, 0 among them; symmetric: as far below 0 as above.</summary>
    /// <param name="w">The group.</param>
    /// <param name="bits">Bits of a code.</param>
    /// <param name="isSymmetric">Whether the code of 0 is the one in the middle.</param>
    /// <param name="lowestZero">Smallest code of 0. Files of version 1 store it minus one, so that 0 is best avoided there.</param>
    /// <param name="isOther">Whether the scale is the F16 number on the other side of the exact one, not the nearest.</param>
    internal static AffineGrid Of(ReadOnlySpan<double> w, int bits, bool isSymmetric, int lowestZero = 0, bool isOther = false)
    {
        int top = (1 << bits) - 1;
        double least = Math.Min(0, TensorPrimitives.Min(w)), most = Math.Max(0, TensorPrimitives.Max(w));
        if (least == 0 && most == 0) (least, most) = (-1, 1);
        if (isSymmetric) return new AffineGrid(Stored(2 * Math.Max(-least, most) / top, isOther), (byte)(1 << bits - 1), top);
        float scale = Stored((most - least) / top, isOther);
        int zero = Zeroed(least, scale, top);
        if (zero >= lowestZero) return new AffineGrid(scale, (byte)zero, top);
        return new AffineGrid(Stored((most - least) / (top - lowestZero), isOther), (byte)lowestZero, top);
    }

    /// <summary>The number as F16 keeps it, never 0.</summary>
    internal static float Stored(double scale, bool isOther = false)
    {
        var nearest = (Half)scale;
        if (isOther) nearest = (double)nearest < scale ? Half.BitIncrement(nearest) : Half.BitDecrement(nearest);
        return (float)Half.Clamp(nearest, Half.Epsilon, Half.MaxValue);
    }

    internal static int Zeroed(double least, float scale, int top) => (int)Math.Clamp(Math.Round(-least / scale), 0, top);

    /// <summary>The code nearest to a number; a tie goes to the even one.</summary>
    internal byte Code(double w) => (byte)Math.Clamp(Math.Round(w / Scale) + Zero, 0, Top);

    internal double Value(byte code) => (double)Scale * (code - Zero);
}

namespace Pure.Tuner;

/// <summary>How far a result may be from its definition: an element by this share of itself and of the root mean square of its tensor.</summary>
public static class OpTolerance
{
    /// <summary>Sums of some hundred terms in another order, and approximations good to a few units of 2⁻²⁴.</summary>
    public const double F32 = 2e-5;

    /// <summary>A few roundings of 2⁻¹¹ at other places than in the definition.</summary>
    public const double F16 = 3e-3;

    /// <summary>A few roundings of 2⁻⁸ at other places than in the definition.</summary>
    public const double BF16 = 2.4e-2;

    /// <summary>For tensors that are zero in the definition: what is left of sums that cancel.</summary>
    public const double Floor = 1e-6;

    /// <summary>Finite differences of a loss whose terms are stored in F32, by the norm of the gradient.</summary>
    public const double Gradient = 1e-3;

    /// <summary>The tolerance of a dtype.</summary>
    public static double Of(DType dtype) => dtype switch { DType.BF16 => BF16, DType.F16 => F16, _ => F32 };

    /// <summary>The largest error in units of the tolerance, and where.</summary>
    internal static (double Worst, string? Fault) Compare(string what, ReadOnlySpan<double> actual, ReadOnlySpan<double> expected, DType dtype, double factor = 1)
    {
        if (actual.Length != expected.Length) return (double.PositiveInfinity, $"{what}: {actual.Length} elements where {expected.Length} are expected");
        double squares = 0;
        foreach (double e in expected)
        {
            if (!double.IsFinite(e)) return (double.PositiveInfinity, $"{what}: the definition gives {e}");
            squares += factor * factor * e * e;
        }
        double tolerance = Of(dtype), scale = tolerance * Math.Sqrt(squares / Math.Max(1, expected.Length)) + Floor, worst = 0;
        int at = -1;
        for (int i = 0; i < actual.Length; i++)
        {
            double error = Math.Abs(actual[i] - factor * expected[i]) / (scale + tolerance * Math.Abs(factor * expected[i]));
            if (error <= worst) continue;                    // a NaN is not
            (worst, at) = (double.IsNaN(error) ? double.PositiveInfinity : error, i);
            if (worst == double.PositiveInfinity) break;
        }
        return worst <= 1 ? (worst, null) : (worst, $"{what}[{at}] is {actual[at]:G7} where {factor * expected[at]:G7} is expected ({worst:G3} times the tolerance of {dtype.Name})");
    }
}

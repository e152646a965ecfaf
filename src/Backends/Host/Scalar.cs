namespace Pure.Tuner.Kernels;

/// <summary>The primitive functions of numbers, in F64: the definition that vector code is tested against.</summary>
internal static class Scalar
{
    public static double Unary(UnaryKind kind, double x) => kind switch
    {
        UnaryKind.Neg => -x,
        UnaryKind.Abs => Math.Abs(x),
        UnaryKind.Sign => double.IsNaN(x) ? x : x > 0 ? 1 : x < 0 ? -1 : 0,
        UnaryKind.Square => x * x,
        UnaryKind.Sqrt => Math.Sqrt(x),
        UnaryKind.Rsqrt => 1 / Math.Sqrt(x),
        UnaryKind.Reciprocal => 1 / x,
        UnaryKind.Exp => Math.Exp(x),
        UnaryKind.Log => Math.Log(x),
        UnaryKind.Tanh => Math.Tanh(x),
        UnaryKind.Sigmoid => 1 / (1 + Math.Exp(-x)),
        UnaryKind.Erf => Erf(x),
        UnaryKind.Sin => Math.Sin(x),
        UnaryKind.Cos => Math.Cos(x),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown function"),
    };

    public static double Binary(BinaryKind kind, double a, double b) => kind switch
    {
        BinaryKind.Add => a + b,
        BinaryKind.Sub => a - b,
        BinaryKind.Mul => a * b,
        BinaryKind.Div => a / b,
        BinaryKind.Max => Math.Max(a, b),
        BinaryKind.Min => Math.Min(a, b),
        BinaryKind.Pow => Math.Pow(a, b),
        BinaryKind.Equal => a == b ? 1 : 0,
        BinaryKind.Less => a < b ? 1 : 0,
        BinaryKind.Greater => a > b ? 1 : 0,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown function"),
    };

    /// <summary>Error function: the Maclaurin series near 0, the continued fraction of erfc (by Lentz's method) beyond.</summary>
    public static double Erf(double x)
    {
        if (double.IsNaN(x)) return x;
        double z = Math.Abs(x);
        if (z > 6) return Math.Sign(x);
        if (z < 2.5)
        {
            double term = x, sum = x;
            for (int n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
            {
                term *= -x * x / n;
                sum += term / (2 * n + 1);
            }
            return 2 / Math.Sqrt(Math.PI) * sum;
        }
        double f = z;
        for (int n = 60; n >= 1; n--) f = z + n / 2.0 / f;
        return Math.Sign(x) * (1 - Math.Exp(-z * z) / (f * Math.Sqrt(Math.PI)));
    }
}

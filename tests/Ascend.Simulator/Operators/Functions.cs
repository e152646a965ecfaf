namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Functions that the platform does not have.</summary>
internal static class Functions
{
    /// <summary>2/√π ∫₀ˣ exp(-t²) dt: its power series near zero, the continued fraction of its complement beyond.</summary>
    public static double Erf(double x)
    {
        if (double.IsNaN(x)) return x;
        double a = Math.Abs(x);
        if (a > 6) return Math.Sign(x);
        if (a < 2.5)
        {
            double term = x, sum = x;
            for (int n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum) && n < 200; n++)
            {
                term *= -x * x / n;
                sum += term / ((2 * n) + 1);
            }
            return 2 / Math.Sqrt(Math.PI) * sum;
        }
        double fraction = 0;
        for (int n = 60; n > 0; n--) fraction = n / 2.0 / (a + fraction);
        return Math.Sign(x) * (1 - (Math.Exp(-a * a) / Math.Sqrt(Math.PI) / (a + fraction)));
    }

    public static float Sigmoid(float x) => 1f / (1f + MathF.Exp(-x));

    /// <summary>x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))): the form that the cards compute.</summary>
    public static float Gelu(float x) => 0.5f * x * (1f + MathF.Tanh(0.7978845608f * (x + (0.044715f * x * x * x))));

    public static float GeluSlope(float x)
    {
        float t = MathF.Tanh(0.7978845608f * (x + (0.044715f * x * x * x)));
        return (0.5f * (1f + t)) + (0.5f * x * (1f - (t * t)) * 0.7978845608f * (1f + (3f * 0.044715f * x * x)));
    }

    public static float Silu(float x) => x * Sigmoid(x);

    public static float SiluSlope(float x)
    {
        float s = Sigmoid(x);
        return s * (1f + (x * (1f - s)));
    }
}

using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>How positions become angles.</summary>
internal sealed record RopeConfig
{
    /// <summary>Elements of a head that turn.</summary>
    public required int Rotary { get; init; }
    public double Theta { get; init; } = 10000;
    public RopeLayout Layout { get; init; }
    /// <summary>default, linear, dynamic, llama3, yarn or longrope.</summary>
    public string Kind { get; init; } = "default";
    public double Factor { get; init; } = 1;
    public int MaxPositions { get; init; } = 2048;
    public double OriginalMaxPositions { get; init; }
    /// <summary>longrope: how many times longer than in training the positions may be; the settings' factor where the original length is not given.</summary>
    public double LongFactor { get; init; } = 1;
    public double LowFrequency { get; init; } = 1;
    public double HighFrequency { get; init; } = 4;
    public double BetaFast { get; init; } = 32;
    public double BetaSlow { get; init; } = 1;
    public double? AttentionFactor { get; init; }
    public double? MScale { get; init; }
    public double? MScaleAllDim { get; init; }
    public bool Truncate { get; init; } = true;
    public double[]? ShortFactors { get; init; }
    public double[]? LongFactors { get; init; }

    /// <summary>Whether the angles depend on the longest sequence of the call.</summary>
    public bool DependsOnLength => Kind is "dynamic" or "longrope";

    /// <summary>Calls whose lengths are of one class get the same angles; class 0 holds all lengths up to a limit.</summary>
    public int AngleClass(int length) => Kind switch
    {
        "dynamic" when length > MaxPositions => length,
        "longrope" when length > OriginalMaxPositions => 1,
        _ => 0,
    };

    /// <summary>inv[k] = theta^(-2k/d) after scaling, and the factor of cos and sin.</summary>
    /// <param name="length">Largest position of the call plus one.</param>
    public (double[] Inverse, double Factor) Frequencies(int length)
    {
        int d = Rotary;
        double theta = Theta;
        if (Kind == "dynamic" && length > MaxPositions)
            theta *= Math.Pow(Factor * length / MaxPositions - (Factor - 1), d / (d - 2.0));
        var inv = new double[d / 2];
        for (int k = 0; k < inv.Length; k++) inv[k] = Math.Pow(theta, -2.0 * k / d);
        switch (Kind)
        {
            case "linear":
                for (int k = 0; k < inv.Length; k++) inv[k] /= Factor;
                return (inv, 1);
            case "llama3":
                for (int k = 0; k < inv.Length; k++) inv[k] = Llama3(inv[k]);
                return (inv, 1);
            case "yarn":
                Yarn(inv);
                return (inv, AttentionFactor ?? (MScale is { } m && MScaleAllDim is { } all ? YarnScale(m) / YarnScale(all) : YarnScale(1)));
            case "longrope":
                double[] factors = (length > OriginalMaxPositions ? LongFactors : ShortFactors)!;
                for (int k = 0; k < inv.Length; k++) inv[k] /= factors[k];
                double ratio = LongFactor;
                return (inv, AttentionFactor ?? (ratio <= 1 ? 1 : Math.Sqrt(1 + Math.Log(ratio) / Math.Log(OriginalMaxPositions))));
            default:
                return (inv, 1);
        }
    }

    private double Llama3(double inv)
    {
        double wave = 2 * Math.PI / inv;
        if (wave > OriginalMaxPositions / LowFrequency) return inv / Factor;
        if (wave < OriginalMaxPositions / HighFrequency) return inv;
        double smooth = (OriginalMaxPositions / wave - LowFrequency) / (HighFrequency - LowFrequency);
        return (1 - smooth) * inv / Factor + smooth * inv;
    }

    /// <summary>Peng et al. 2023, arXiv:2309.00071: fast angles stay, slow ones are interpolated, a ramp between.</summary>
    private void Yarn(double[] inv)
    {
        double original = OriginalMaxPositions > 0 ? OriginalMaxPositions : MaxPositions;
        double Correction(double beta) => Rotary * Math.Log(original / (beta * 2 * Math.PI)) / (2 * Math.Log(Theta));
        double low = Correction(BetaFast), high = Correction(BetaSlow);
        if (Truncate) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, Rotary - 1));
        if (low == high) high += 0.001;
        for (int k = 0; k < inv.Length; k++)
        {
            double ramp = Math.Clamp((k - low) / (high - low), 0, 1);
            inv[k] = inv[k] * (1 - ramp) + inv[k] / Factor * ramp;
        }
    }

    private double YarnScale(double m) => Factor <= 1 ? 1 : 0.1 * m * Math.Log(Factor) + 1;
}

using System.Numerics.Tensors;

namespace Pure.Tuner;

/// <summary>What rounding did to one linear layer.</summary>
/// <param name="Name">Its path.</param>
/// <param name="Weights">Number of its weights.</param>
/// <param name="Bytes">What it takes now.</param>
/// <param name="WeightError">‖W - Q‖ / ‖W‖</param>
/// <param name="OutputError">‖X (W - Q)ᵀ‖ / ‖X Wᵀ‖ on the calibration text; null without any.</param>
internal sealed record LayerErrors(string Name, long Weights, long Bytes, double WeightError, double? OutputError)
{
    private const int RowsTogether = 512;

    /// <summary>Where an adapter was merged into a packed matrix B: what rounding left of it along its own direction, ⟨Q - B, W - B⟩.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    internal double Kept { get; private init; }

    /// <summary>‖W - B‖²: what the adapter changed; 0 without one.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    internal double Learned { get; private init; }

    /// <summary>Measures a packed matrix against what it was made from.</summary>
    /// <param name="packed">The matrix.</param>
    /// <param name="w">What it was made from, [out, in].</param>
    /// <param name="energy">Of its inputs; null where there are none.</param>
    /// <param name="scales">What the columns of w were multiplied by after the inputs were seen; null for nothing.</param>
    /// <param name="old">The packed matrix that an adapter was merged into; null where w is the base itself, or its scales are others.</param>
    internal static LayerErrors Of(QuantizedTensor packed, float[] w, OutputEnergy? energy, double[]? scales = null, QuantizedTensor? old = null)
    {
        (int rows, int columns) = (packed.Shape[0], packed.Shape[1]);
        double error = 0, size = 0, outputError = 0, outputs = 0, kept = 0, learned = 0;
        var part = new float[Math.Min(RowsTogether, rows) * columns];
        for (int first = 0; first < rows; first += RowsTogether)
        {
            using var scope = TensorScope.Begin();
            int count = Math.Min(RowsTogether, rows - first);
            Tensor dense = Tensor.Empty(packed.Backend, [count, columns]);
            packed.Read(first..(first + count), dense);
            Span<float> d = part.AsSpan(0, count * columns);
            dense.CopyTo(d);
            Span<float> plain = w.AsSpan(first * columns, count * columns).ToArray();
            if (old is not null)
            {
                old.Read(first..(first + count), dense);
                float[] b = dense.ToArray<float>();
                for (int i = 0; i < b.Length; i++)
                {
                    double change = (double)plain[i] - b[i];
                    kept += change * ((double)d[i] - b[i]);
                    learned += change * change;
                }
            }
            TensorPrimitives.Subtract(plain, d, d);
            error += Square(d);
            size += Square(plain);
            if (energy is null) continue;
            Unscale(d, scales);
            Unscale(plain, scales);
            outputError += energy.Of(d);
            outputs += energy.Of(plain);
        }
        return new LayerErrors(packed.Name, packed.Shape.Count, packed.Bytes, Ratio(error, size), energy is null ? null : Ratio(outputError, outputs)) { Kept = kept, Learned = learned };
    }

    private static double Ratio(double error, double of) => of > 0 ? Math.Sqrt(Math.Max(0, error) / of) : 0;

    private static double Square(ReadOnlySpan<float> x)
    {
        double sum = 0;
        foreach (float v in x) sum += (double)v * v;
        return sum;
    }

    private static void Unscale(Span<float> x, double[]? scales)
    {
        if (scales is null) return;
        for (int i = 0; i < x.Length; i++) x[i] = (float)(x[i] / scales[i % scales.Length]);
    }
}

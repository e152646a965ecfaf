namespace Pure.Tuner;

/// <summary>How far a rounded matrix is from what it was made of: ‖W - Q‖ / ‖W‖.</summary>
/// <param name="Name">Name of the weight.</param>
/// <param name="Error">The ratio.</param>
/// <param name="SquaredError">‖W - Q‖²</param>
/// <param name="Squared">‖W‖²</param>
internal sealed record RoundingError(string Name, double Error, double SquaredError, double Squared)
{
    /// <summary>Over all matrices together.</summary>
    internal static double Total(IEnumerable<RoundingError> errors)
    {
        double error = 0, of = 0;
        foreach (RoundingError e in errors) (error, of) = (error + e.SquaredError, of + e.Squared);
        return of > 0 ? Math.Sqrt(error / of) : 0;
    }
}

/// <summary>Rounds the linear layers of a model anew, one after another in their places: the model is never whole in F32.</summary>
internal static class Requantizing
{
    private const int Rows = 256;

    /// <param name="model">The model; its linear layers are replaced.</param>
    /// <param name="quantizer">The way of rounding for a layer's weight; null leaves it.</param>
    /// <returns>The error of each matrix.</returns>
    internal static List<RoundingError> Run(DecoderModel model, Func<Linear, IQuantizer?> quantizer)
    {
        List<RoundingError> errors = [];
        foreach (Linear layer in (IEnumerable<Linear>)[.. model.Linears, model.Head])
        {
            if (quantizer(layer) is not { } way || ReferenceEquals(layer.Weight, model.Embedding.Weight)) continue;
            Weight before = layer.Weight;
            QuantizedTensor rounded = way.Quantize(model.Backend, before.Name, before.Shape, (row, y) => ReadRows(before, row, y));
            errors.Add(Error(before, rounded));
            model.Replace(layer, rounded);
            before.Dispose();
        }
        return errors;
    }

    /// <summary>Rows of any weight on the host.</summary>
    internal static void ReadRows(Weight weight, int firstRow, Span<float> y)
    {
        using var scope = TensorScope.Begin();
        int rows = y.Length / weight.Shape[1];
        Tensor part = Tensor.Empty(weight.Backend, [rows, weight.Shape[1]]);
        weight.Read(firstRow..(firstRow + rows), part);
        part.CopyTo(y);
    }

    /// <summary>‖W - Q‖ / ‖W‖, a few rows at a time, in F64.</summary>
    internal static RoundingError Error(Weight weight, Weight rounded)
    {
        int width = weight.Shape[1];
        float[] w = new float[Math.Min(Rows, weight.Shape[0]) * width], q = new float[w.Length];
        double error = 0, of = 0;
        for (int row = 0; row < weight.Shape[0]; row += Rows)
        {
            int count = Math.Min(Rows, weight.Shape[0] - row) * width;
            ReadRows(weight, row, w.AsSpan(0, count));
            ReadRows(rounded, row, q.AsSpan(0, count));
            for (int i = 0; i < count; i++)
            {
                double d = (double)w[i] - q[i];
                error += d * d;
                of += (double)w[i] * w[i];
            }
        }
        return new RoundingError(weight.Name, of > 0 ? Math.Sqrt(error / of) : 0, error, of);
    }
}

using System.Numerics.Tensors;

namespace Pure.Tuner;

/// <summary>Weights of a model on the host and back.</summary>
internal static class Matrices
{
    private const int RowsTogether = 1024;

    /// <summary>All of a weight, row after row.</summary>
    internal static float[] Read(Weight weight)
    {
        using var scope = TensorScope.Begin();
        Tensor dense = Tensor.Empty(weight.Backend, weight.Shape);
        weight.Read(.., dense);
        return dense.ToArray<float>();
    }

    /// <summary>The largest magnitude in a parameter.</summary>
    internal static double Largest(Parameter parameter)
    {
        double largest = 0;
        int rows = parameter.Shape[0];
        for (int first = 0; first < rows; first += RowsTogether)
        {
            using var scope = TensorScope.Begin();
            int[] lengths = [.. parameter.Shape.Lengths];
            lengths[0] = Math.Min(RowsTogether, rows - first);
            Tensor part = Tensor.Empty(parameter.Backend, new Shape(lengths));
            parameter.Read(first..(first + lengths[0]), part);
            largest = Math.Max(largest, Math.Abs((double)TensorPrimitives.MaxMagnitude<float>(part.ToArray<float>())));
        }
        return largest;
    }

    /// <summary>Puts a packed weight into a layer and gives the old one's memory back.</summary>
    internal static void Replace(DecoderModel model, Linear linear, QuantizedTensor packed)
    {
        Weight old = linear.Weight;
        model.Replace(linear, packed);
        old.Dispose();
    }

    /// <summary>Divides a vector: a norm's scale, a bias.</summary>
    internal static void Divide(Parameter? vector, double[] by)
    {
        if (vector is null) return;
        float[] values = Read(vector);
        for (int i = 0; i < values.Length; i++) values[i] = (float)(values[i] / by[i]);
        using (TensorScope.Suspend()) vector.Replace(Tensor.From<float>(vector.Backend, values, vector.Shape));
    }
}

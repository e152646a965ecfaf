using System.Numerics.Tensors;

namespace Pure.Tuner;

/// <summary>What calibration keeps of a layer's inputs: Xᵀ X and Σ |x|. Every squared error of the layer's outputs is a form in it, so that no input need be kept.</summary>
/// <remarks>Parts of at most <see cref="PartRows"/> rows are multiplied in F32 on the device and added up in F64.</remarks>
internal sealed class Hessian(int width)
{
    private const int PartRows = 512, TileColumns = 1024;
    private readonly double[] _sum = new double[width * width];       // on and above the diagonal
    private readonly double[] _absolute = new double[width];

    internal int Width => width;

    /// <summary>Rows seen.</summary>
    internal long Rows { get; private set; }

    /// <summary>Adds inputs, [rows, width].</summary>
    internal void Add(Tensor x)
    {
        for (int first = 0; first < x.Shape[0]; first += PartRows)
        {
            using var scope = TensorScope.Begin();
            Tensor part = Tensor.Empty(x.Backend, [Math.Min(PartRows, x.Shape[0] - first), width]);
            x.Backend.Copy(x.View(part.Shape, [x.Strides[0], x.Strides[1]], x.Offset + (long)first * x.Strides[0]), part);
            AddPart(part);
        }
    }

    /// <summary>factor · Xᵀ X, both halves, [width, width].</summary>
    internal double[] Matrix(double factor)
    {
        var full = new double[_sum.Length];
        for (int i = 0; i < width; i++)
            for (int j = i; j < width; j++) full[i * width + j] = full[j * width + i] = factor * _sum[i * width + j];
        return full;
    }

    /// <summary>(Xᵀ X)[i, j]</summary>
    internal double this[int i, int j] => _sum[Math.Min(i, j) * width + Math.Max(i, j)];

    /// <summary>Mean of |x|, [width].</summary>
    internal double[] MeanAbsolute()
    {
        var mean = new double[width];
        TensorPrimitives.Divide(_absolute, Math.Max(1, Rows), mean);
        return mean;
    }

    private void AddPart(Tensor x)
    {
        int rows = x.Shape[0];
        for (int i = 0; i < width; i += TileColumns)
        {
            using var scope = TensorScope.Begin();
            // Only what is right of the strip's first column: the rest is its mirror.
            int columns = Math.Min(TileColumns, width - i), right = width - i;
            Tensor product = Tensor.Empty(x.Backend, [columns, right]);
            x.Backend.MatMul(x.View([columns, rows], [1, width], i), x.View([rows, right], [width, 1], i), product);
            float[] values = product.ToArray<float>();
            Parallel.For(0, columns, c =>
            {
                for (int j = c; j < right; j++) _sum[(i + c) * width + i + j] += values[c * right + j];
            });
        }
        float[] inputs = x.ToArray<float>();
        for (int r = 0; r < rows; r++)
            for (int j = 0; j < width; j++) _absolute[j] += Math.Abs(inputs[r * width + j]);
        Rows += rows;
    }
}

using System.Numerics.Tensors;

namespace Pure.Tuner;

/// <summary>Σ over rows d of D of d (Xᵀ X / n) dᵀ: the mean over n inputs of ‖D x‖². With D = W - Q it is the error of a layer's outputs.</summary>
internal sealed class OutputEnergy : IDisposable
{
    private const int RowsTogether = 512;
    private readonly Tensor _form;
    private readonly int _width;

    internal OutputEnergy(Backend backend, Hessian hessian)
    {
        _width = hessian.Width;
        var form = new float[_width * _width];
        double factor = 1.0 / Math.Max(1, hessian.Rows);
        Parallel.For(0, _width, i =>
        {
            for (int j = 0; j < _width; j++) form[i * _width + j] = (float)(factor * hessian[i, j]);
        });
        using (TensorScope.Suspend()) _form = Tensor.From<float>(backend, form, [_width, _width]);
    }

    /// <param name="d">[rows, width]; the products run in F32, their sum in F64.</param>
    internal double Of(ReadOnlySpan<float> d)
    {
        int rows = d.Length / _width;
        double sum = 0;
        for (int first = 0; first < rows; first += RowsTogether)
        {
            using var scope = TensorScope.Begin();
            ReadOnlySpan<float> part = d.Slice(first * _width, Math.Min(RowsTogether, rows - first) * _width);
            Tensor x = Tensor.From(_form.Backend, part, [part.Length / _width, _width]), y = Tensor.Empty(_form.Backend, x.Shape);
            _form.Backend.MatMul(x, _form, y);
            float[] products = y.ToArray<float>();
            for (int r = 0; r < x.Shape[0]; r++)
                sum += TensorPrimitives.Dot(part.Slice(r * _width, _width), products.AsSpan(r * _width, _width));
        }
        return sum;
    }

    public void Dispose() => _form.Dispose();
}

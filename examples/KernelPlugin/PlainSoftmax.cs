using Pure.Tuner;
using Pure.Tuner.Kernels;

namespace KernelPlugin;

/// <summary>A kernel of one's own in the place of the backend's: softmax in plain loops over F32 rows.</summary>
/// <example><c>pure-tuner ops check op=softmax backend=reference kernels=KernelPlugin.dll</c></example>
public sealed class PlainSoftmax : IKernelPlugin, ISoftmaxKernel
{
    public void Register(Backend backend) => backend.Use<ISoftmaxKernel>(this);

    public Support Supports(in SoftmaxSpec spec) => spec is { DType: DType.F32, Log: false } ? Support.Both : Support.None;

    public void Forward(in SoftmaxSpec spec, Tensor x, Tensor y)
    {
        float[] rows = x.ToArray<float>();
        for (int r = 0; r < spec.Rows; r++)
        {
            Span<float> row = rows.AsSpan(r * spec.Width, spec.Width);
            float max = float.NegativeInfinity, sum = 0;
            foreach (float v in row) max = Math.Max(max, v);
            foreach (ref float v in row) sum += v = MathF.Exp(v - max);
            foreach (ref float v in row) v /= sum;
        }
        Put(rows, y, accumulate: false);
    }

    public void Backward(in SoftmaxSpec spec, Tensor y, Tensor dy, Into dx)
    {
        if (dx.IsEmpty) return;
        float[] rows = y.ToArray<float>(), g = dy.ToArray<float>();
        for (int r = 0; r < spec.Rows; r++)
        {
            double dot = 0;
            int first = r * spec.Width;
            for (int i = first; i < first + spec.Width; i++) dot += (double)g[i] * rows[i];
            for (int i = first; i < first + spec.Width; i++) rows[i] *= (float)(g[i] - dot);
        }
        Put(rows, dx.Target, dx.Accumulate);
    }

    private static void Put(float[] elements, Tensor y, bool accumulate)
    {
        using Tensor x = Tensor.From<float>(y.Backend, elements, y.Shape);
        if (accumulate) y.Backend.Binary(BinaryKind.Add, y, x, y);
        else y.Backend.Copy(x, y);
    }
}

using Pure.Tuner.Kernels;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;      // not the namespace: it has a Tensor too

namespace OwnOperator;

/// <summary>The snake on the processor, F32, on all the backend's threads. A row is a span.</summary>
public sealed class CpuSnake : ISnakeKernel
{
    public Support Supports(in SnakeSpec spec) => spec.DType == DType.F32 ? Support.Both : Support.None;

    public void Forward(in SnakeSpec spec, Tensor x, Tensor alpha, Tensor y) =>
        ((HostBackend)x.Backend).ForRows(spec.Rows, r =>
        {
            ReadOnlySpan<float> xr = HostMemory.Row<float>(x, r), a = HostMemory.Elements<float>(alpha);
            Span<float> yr = HostMemory.Row<float>(y, r);
            TensorPrimitives.Multiply(xr, a, yr);
            TensorPrimitives.Sin(yr, yr);
            TensorPrimitives.Multiply(yr, yr, yr);
            TensorPrimitives.Divide(yr, a, yr);
            TensorPrimitives.Add(yr, xr, yr);
        }, workPerRow: 20L * spec.Width);

    public void Backward(in SnakeSpec spec, Tensor x, Tensor alpha, Tensor dy, Into dx, Into dalpha)
    {
        int rows = spec.Rows, width = spec.Width;
        if (!dx.IsEmpty)
            ((HostBackend)x.Backend).ForRows(rows, r =>
            {
                ReadOnlySpan<float> xr = HostMemory.Row<float>(x, r), g = HostMemory.Row<float>(dy, r), a = HostMemory.Elements<float>(alpha);
                Span<float> to = HostMemory.Row<float>(dx.Target, r);
                for (int i = 0; i < to.Length; i++) to[i] = (dx.Accumulate ? to[i] : 0) + g[i] * (1 + MathF.Sin(2 * a[i] * xr[i]));
            }, workPerRow: 20L * width);
        if (dalpha.IsEmpty) return;
        // A column each, its rows in order: the same bits for every number of threads.
        ((HostBackend)x.Backend).ForRows(width, i =>
        {
            float a = HostMemory.Elements<float>(alpha)[i];
            double sum = 0;
            for (int r = 0; r < rows; r++)
            {
                float v = HostMemory.Row<float>(x, r)[i], s = MathF.Sin(a * v);
                sum += HostMemory.Row<float>(dy, r)[i] * (v * MathF.Sin(2 * a * v) - s * s / a) / a;
            }
            ref float to = ref HostMemory.Elements<float>(dalpha.Target)[i];
            to = (dalpha.Accumulate ? to : 0) + (float)sum;
        }, workPerRow: 20L * rows);
    }
}

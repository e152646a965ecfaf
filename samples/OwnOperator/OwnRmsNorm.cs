using Pure.Tuner.Kernels;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;      // not the namespace: it has a Tensor too

namespace OwnOperator;

/// <summary>A kernel in the place of the backend's own: root mean square normalisation over F32 rows, nothing kept for backward.</summary>
public class OwnRmsNorm : IRmsNormKernel
{
    public Support Supports(in RmsNormSpec spec) => spec is { DType: DType.F32, WeightDType: DType.F32 } ? Support.Both : Support.None;

    public StateSpec State(in RmsNormSpec spec) => StateSpec.None;

    public void Forward(in RmsNormSpec spec, Tensor x, Tensor weight, Tensor y, State state)
    {
        float eps = spec.Epsilon;
        ((HostBackend)x.Backend).ForRows(spec.Rows, r =>
        {
            ReadOnlySpan<float> xr = HostMemory.Row<float>(x, r);
            Span<float> yr = HostMemory.Row<float>(y, r);
            TensorPrimitives.Multiply(xr, Rstd(xr, eps), yr);
            TensorPrimitives.Multiply(yr, HostMemory.Elements<float>(weight), yr);
        }, workPerRow: 4L * spec.Width);
    }

    public void Backward(in RmsNormSpec spec, Tensor x, Tensor weight, State state, Tensor dy, Into dx, Into dweight)
    {
        if (!dweight.IsEmpty && !dweight.Accumulate) HostMemory.Elements<float>(dweight.Target).Clear();
        for (int r = 0; r < spec.Rows; r++)
        {
            ReadOnlySpan<float> xr = HostMemory.Row<float>(x, r), g = HostMemory.Row<float>(dy, r), w = HostMemory.Elements<float>(weight);
            float rstd = Rstd(xr, spec.Epsilon), mean = 0;
            for (int i = 0; i < xr.Length; i++) mean += g[i] * w[i] * xr[i] / xr.Length;
            Span<float> dxr = dx.IsEmpty ? [] : HostMemory.Row<float>(dx.Target, r), dw = dweight.IsEmpty ? [] : HostMemory.Elements<float>(dweight.Target);
            for (int i = 0; i < dxr.Length; i++) dxr[i] = (dx.Accumulate ? dxr[i] : 0) + rstd * (g[i] * w[i] - Correction(xr[i] * rstd * rstd * mean));
            for (int i = 0; i < dw.Length; i++) dw[i] += g[i] * xr[i] * rstd;
        }
    }

    /// <summary>What the common scale of a row adds to each element's gradient.</summary>
    protected virtual float Correction(float value) => value;

    private static float Rstd(ReadOnlySpan<float> x, float eps) => 1 / MathF.Sqrt(TensorPrimitives.SumOfSquares(x) / x.Length + eps);
}

/// <summary>The usual mistake: the gradient as if the scale of a row did not depend on the row.</summary>
internal sealed class WrongRmsNorm : OwnRmsNorm
{
    protected override float Correction(float value) => 0;
}

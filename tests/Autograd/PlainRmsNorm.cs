using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>A kernel in plain loops over F32 rows, right unless it is told to be wrong in one way.</summary>
internal sealed class PlainRmsNorm : IRmsNormKernel
{
    public Support Supported { get; init; } = Support.Both;
    public float WrongEpsilon { get; init; }
    public bool ForgetsMean { get; init; }
    public bool OverwritesWeightGrad { get; init; }
    public bool LeavesLastUnwritten { get; init; }
    public bool WritesBehindTheEnd { get; init; }
    public bool Leaks { get; init; }
    public bool Throws { get; init; }
    public int Calls { get; private set; }

    public Support Supports(in RmsNormSpec spec) => spec.DType == DType.F32 && spec.WeightDType == DType.F32 ? Supported : Support.None;

    public StateSpec State(in RmsNormSpec spec) => new(([spec.Rows], DType.F32));

    public void Forward(in RmsNormSpec spec, Tensor x, Tensor weight, Tensor y, State state)
    {
        Calls++;
        if (Throws) throw new InvalidOperationException("rms_norm: planted");
        int d = spec.Width;
        float[] xs = x.ToArray<float>(), ws = weight.ToArray<float>(), ys = new float[xs.Length], rstds = new float[spec.Rows];
        for (int r = 0; r < spec.Rows; r++)
        {
            rstds[r] = Rstd(xs.AsSpan(r * d, d), spec.Epsilon + WrongEpsilon);
            for (int j = 0; j < d; j++) ys[r * d + j] = xs[r * d + j] * rstds[r] * ws[j];
        }
        if (LeavesLastUnwritten && ys.Length > 0) ys[^1] = float.NaN;
        Write(ys, y);
        if (!state.IsEmpty) Write(rstds, state[0]);
        if (WritesBehindTheEnd && ys.Length > 0) Behind(y)[0] = 1;
        if (Leaks)
            using (TensorScope.Suspend()) _ = Tensor.Zeros(x.Backend, [3]);
    }

    public void Backward(in RmsNormSpec spec, Tensor x, Tensor weight, State state, Tensor dy, Into dx, Into dweight)
    {
        int d = spec.Width;
        float[] xs = x.ToArray<float>(), ws = weight.ToArray<float>(), gs = dy.ToArray<float>(), rstds = state[0].ToArray<float>();
        float[] dxs = Begin(dx, xs.Length), dws = Begin(dweight, d, always: !OverwritesWeightGrad);
        for (int r = 0; r < spec.Rows; r++)
        {
            double mean = 0;
            for (int j = 0; j < d; j++) mean += (double)gs[r * d + j] * ws[j] * xs[r * d + j] / d;
            for (int j = 0; j < d; j++)
            {
                int i = r * d + j;
                dxs[i] += (float)(rstds[r] * (gs[i] * (double)ws[j] - (ForgetsMean ? 0 : xs[i] * (double)rstds[r] * rstds[r] * mean)));
                dws[j] += gs[i] * xs[i] * rstds[r];
            }
        }
        if (!dx.IsEmpty) Write(dxs, dx.Target);
        if (!dweight.IsEmpty) Write(dws, dweight.Target);
    }

    private static unsafe Span<float> Behind(Tensor y) => new((float*)y.Address + y.Shape.Count, 1);

    private static float[] Begin(Into into, int count, bool always = true) =>
        always && !into.IsEmpty && into.Accumulate ? into.Target.ToArray<float>() : new float[count];

    private static float Rstd(ReadOnlySpan<float> x, float eps)
    {
        double sum = 0;
        foreach (float v in x) sum += (double)v * v;
        return (float)(1 / Math.Sqrt(sum / x.Length + eps));
    }

    private static void Write(float[] elements, Tensor y)
    {
        using Tensor host = Tensor.From<float>(y.Backend, elements, y.Shape);
        y.Backend.Copy(host, y);
    }
}

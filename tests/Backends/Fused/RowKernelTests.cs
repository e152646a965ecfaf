using Pure.Tuner.Kernels;
using static Pure.Tuner.Tests.Fused.FusedCheck;

namespace Pure.Tuner.Tests.Fused;

/// <summary>Kernels that work row by row, against plain loops in F64.</summary>
[Trait("Category", "Unit")]
public class RowKernelTests
{
    public static TheoryData<int, int, bool, DType> Rows => new()
    {
        { 1, 1, false, DType.F32 }, { 0, 5, false, DType.F32 }, { 0, 5, true, DType.F32 }, { 1, 7, true, DType.F32 }, { 3, 64, false, DType.F32 }, { 77, 131, true, DType.F32 },
        { 300, 257, false, DType.F32 }, { 65, 96, true, DType.BF16 }, { 9, 33, false, DType.F16 },
    };

    private static double Tolerance(DType dtype) => dtype == DType.F32 ? F32 : BF16;

    [Theory, MemberData(nameof(Rows))]
    public void RmsNorm(int rows, int d, bool accumulate, DType dtype)
    {
        const float Eps = 1e-5f;
        float[] x = Rounded(dtype, Random(1, rows * d)), w = Rounded(dtype, Random(2, d)), dy = Rounded(dtype, Random(3, rows * d));
        float[]? dx0 = accumulate ? Rounded(dtype, Random(4, rows * d)) : null, dw0 = accumulate ? Random(5, d) : null;
        double[] y = new double[rows * d], dx = new double[rows * d], dw = new double[d];
        for (int r = 0; r < rows; r++)
        {
            double squares = 0, dot = 0;
            for (int i = 0; i < d; i++) squares += (double)x[r * d + i] * x[r * d + i];
            double rstd = 1 / Math.Sqrt(squares / d + Eps);
            for (int i = 0; i < d; i++) dot += (double)w[i] * dy[r * d + i] * x[r * d + i];
            for (int i = 0; i < d; i++)
            {
                y[r * d + i] = x[r * d + i] * rstd * w[i];
                dx[r * d + i] = rstd * (w[i] * dy[r * d + i] - x[r * d + i] * rstd * rstd * dot / d);
                dw[i] += dy[r * d + i] * x[r * d + i] * rstd;
            }
        }
        float[][] got = SameForAllThreads(b =>
        {
            IRmsNormKernel kernel = b;
            Tensor tx = Put(b, dtype, x, rows, d), tw = Put(b, dtype, w, d), ty = Tensor.EmptyLike(tx), tdy = Put(b, dtype, dy, rows, d);
            RmsNormSpec spec = RmsNormSpec.Check("rms_norm", tx, tw, Eps);
            var state = new State([Tensor.Empty(b, [rows])]);
            Into tdx = Begin(b, dx0, dtype, rows, d), tdw = Begin(b, dw0, DType.F32, d), onlyX = Begin(b, dx0, dtype, rows, d), onlyW = Begin(b, dw0, DType.F32, d);
            kernel.Forward(spec, tx, tw, ty, default);
            float[] without = Get(ty);
            kernel.Forward(spec, tx, tw, ty, state);
            kernel.Backward(spec, tx, tw, state, tdy, tdx, tdw);
            kernel.Backward(spec, tx, tw, state, tdy, onlyX, default);
            kernel.Backward(spec, tx, tw, state, tdy, default, onlyW);
            kernel.Backward(spec, tx, tw, state, tdy, default, default);
            return [Get(ty), Get(tdx.Target), Get(tdw.Target), without, Get(onlyX.Target), Get(onlyW.Target)];
        });
        Close(y, got[0], Tolerance(dtype), "y");
        Close(Plus(dx, dx0), got[1], Tolerance(dtype), "dx");
        Close(Plus(dw, dw0), got[2], F32, "dw");
        Assert.Equal(got[0], got[3]);
        Assert.Equal(got[1], got[4]);
        Assert.Equal(got[2], got[5]);
    }

    [Theory]
    [InlineData(1, 1, 8, 8, RopeLayout.HalfSplit, false, false)]
    [InlineData(5, 3, 20, 12, RopeLayout.HalfSplit, true, true)]
    [InlineData(5, 3, 20, 12, RopeLayout.Adjacent, true, false)]
    [InlineData(70, 4, 64, 64, RopeLayout.HalfSplit, false, true)]
    [InlineData(70, 2, 64, 64, RopeLayout.Adjacent, false, true)]
    [InlineData(0, 2, 8, 4, RopeLayout.HalfSplit, false, false)]
    public void Rope(int tokens, int heads, int d, int rotary, RopeLayout layout, bool inverse, bool accumulate)
    {
        int half = rotary / 2, room = heads + 2;                             // x and y are heads 1.. of a wider row
        float[] x = Random(1, tokens * room * d), angles = Random(2, tokens * half, 3), begun = Random(3, tokens * room * d);
        float[] c = Array.ConvertAll(angles, MathF.Cos), s = Array.ConvertAll(angles, MathF.Sin);
        double[] y = new double[tokens * heads * d];
        for (int t = 0; t < tokens; t++)
            for (int h = 0; h < heads; h++)
                for (int i = 0; i < d; i++)
                {
                    int at = (t * room + h + 1) * d;
                    int pair = layout == RopeLayout.HalfSplit ? i % half : i / 2;
                    bool first = layout == RopeLayout.HalfSplit ? i < half : i % 2 == 0;
                    double sine = inverse ? -s[t * half + Math.Min(pair, half - 1)] : s[t * half + Math.Min(pair, half - 1)];
                    double turned = i >= rotary ? x[at + i]
                        : first ? x[at + i] * (double)c[t * half + pair] - x[at + i + (layout == RopeLayout.HalfSplit ? half : 1)] * sine
                        : x[at + i] * (double)c[t * half + pair] + x[at + i - (layout == RopeLayout.HalfSplit ? half : 1)] * sine;
                    y[(t * heads + h) * d + i] = turned + (accumulate ? begun[at + i] : 0);
                }
        float[][] got = SameForAllThreads(b =>
        {
            Tensor wide = Put(b, x, tokens, room, d), target = Put(b, begun, tokens, room, d);
            Tensor tx = wide.View([tokens, heads, d], [room * d, d, 1], d), ty = target.View([tokens, heads, d], [room * d, d, 1], d);
            Tensor tc = Put(b, c, tokens, half), ts = Put(b, s, tokens, half);
            RopeSpec spec = RopeSpec.Check("rope", tx, tc, ts, layout) with { Inverse = inverse };
            ((IRopeKernel)b).Rotate(spec, tx, tc, ts, default);
            ((IRopeKernel)b).Rotate(spec, tx, tc, ts, new Into(ty, accumulate));
            return [Get(ty), Get(target)];
        });
        Close(y, got[0], F32);
        for (int t = 0; t < tokens; t++) Assert.Equal(begun[t * room * d], got[1][t * room * d]);   // heads around it stay
    }

    public static TheoryData<Activation, int, int, bool, bool, DType> Gates()
    {
        var data = new TheoryData<Activation, int, int, bool, bool, DType>();
        foreach (Activation a in Enum.GetValues<Activation>())
        {
            data.Add(a, 33, 67, true, true, DType.F32);
            data.Add(a, 2, 300, false, false, DType.F32);
        }
        data.Add(Activation.Silu, 300, 130, true, false, DType.F32);
        data.Add(Activation.Silu, 0, 3, true, false, DType.F32);
        data.Add(Activation.Silu, 1, 1, true, false, DType.F32);
        data.Add(Activation.Silu, 5, 40, true, true, DType.BF16);
        return data;
    }

    [Theory, MemberData(nameof(Gates))]
    public void Gated_activation(Activation activation, int rows, int d, bool hasUp, bool accumulate, DType dtype)
    {
        int n = rows * d;
        float[] g = Rounded(dtype, Random(1, n, 6)), u = Rounded(dtype, Random(2, n)), dy = Rounded(dtype, Random(3, n));
        float[]? dg0 = accumulate ? Rounded(dtype, Random(4, n)) : null, du0 = accumulate ? Rounded(dtype, Random(5, n)) : null;
        double[] y = new double[n], dg = new double[n], du = new double[n];
        for (int i = 0; i < n; i++)
        {
            double up = hasUp ? u[i] : 1, h = 1e-5;
            y[i] = Act(activation, g[i]) * up;
            dg[i] = dy[i] * up * (Act(activation, g[i] + h) - Act(activation, g[i] - h)) / (2 * h);
            du[i] = dy[i] * Act(activation, g[i]);
        }
        float[][] got = SameForAllThreads(b =>
        {
            IGatedActivationKernel kernel = b;
            var spec = new GatedActivationSpec(activation, hasUp, dtype);
            Tensor tg = Put(b, dtype, g, rows, d), ty = Tensor.EmptyLike(tg), tdy = Put(b, dtype, dy, rows, d);
            Tensor? tu = hasUp ? Put(b, dtype, u, rows, d) : null;
            Into tdg = Begin(b, dg0, dtype, rows, d), tdu = hasUp ? Begin(b, du0, dtype, rows, d) : default, only = Begin(b, dg0, dtype, rows, d);
            kernel.Forward(spec, tg, tu, ty);
            kernel.Backward(spec, tg, tu, tdy, tdg, tdu);
            kernel.Backward(spec, tg, tu, tdy, only, default);
            kernel.Backward(spec, tg, tu, tdy, default, default);
            return [Get(ty), Get(tdg.Target), hasUp ? Get(tdu.Target) : [], Get(only.Target)];
        });
        Close(y, got[0], Tolerance(dtype), "y");
        Close(Plus(dg, dg0), got[1], Tolerance(dtype), "dgate");
        if (hasUp) Close(Plus(du, du0), got[2], Tolerance(dtype), "dup");
        Assert.Equal(got[1], got[3]);
    }

    /// <summary>Small results keep their digits: 2e-6 relative from -80 to 80.</summary>
    [Theory, InlineData(Activation.Silu), InlineData(Activation.GeluTanh), InlineData(Activation.Sigmoid), InlineData(Activation.Tanh), InlineData(Activation.Gelu)]
    public void Activations_are_exact_in_the_tails(Activation activation)
    {
        float reach = activation switch { Activation.Silu or Activation.Sigmoid => 80, Activation.GeluTanh => 4, Activation.Gelu => 4, _ => 20 };
        float[] x = [.. Enumerable.Range(0, 4001).Select(i => (i - 2000) / 2000f * reach), float.NaN];
        float[] y = SameForAllThreads(b =>
        {
            Tensor tx = Put(b, x, 1, x.Length), ty = Tensor.EmptyLike(tx);
            ((IGatedActivationKernel)b).Forward(new(activation, false, DType.F32), tx, null, ty);
            return [Get(ty)];
        })[0];
        Assert.True(float.IsNaN(y[^1]));
        for (int i = 0; i < x.Length - 1; i++)
        {
            double expected = Act(activation, x[i]);
            Assert.True(Math.Abs(y[i] - expected) <= 2e-6 * Math.Abs(expected), $"{activation}({x[i]}): {y[i]:R} instead of {expected:R}");
        }
    }

    private static double Act(Activation activation, double x)
    {
        double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
        return activation switch
        {
            Activation.Silu => x * Sigmoid(x),
            Activation.Gelu => x * (x < 0 ? Erfc(-x / Math.Sqrt(2)) / 2 : 1 - Erfc(x / Math.Sqrt(2)) / 2),
            Activation.GeluTanh => x * Sigmoid(2 * Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)),
            Activation.GeluQuick => x * Sigmoid(1.702 * x),
            Activation.Relu => Math.Max(x, 0),
            Activation.ReluSquared => Math.Max(x, 0) * Math.Max(x, 0),
            Activation.Sigmoid => Sigmoid(x),
            Activation.Tanh => Math.Tanh(x),
            _ => x,
        };
    }

    /// <summary>2/√π ∫ₓ^∞ e^(-t²) dt by Simpson's rule: slow, and obviously right.</summary>
    private static double Erfc(double x)
    {
        const int N = 2000;
        double end = x + 6, h = (end - x) / N, sum = 0;
        for (int i = 0; i <= N; i++) sum += Math.Exp(-(x + i * h) * (x + i * h)) * (i == 0 || i == N ? 1 : i % 2 == 1 ? 4 : 2);
        return 2 / Math.Sqrt(Math.PI) * sum * h / 3;
    }

    [Theory]
    [InlineData(1, 1, false, false, DType.F32)]
    [InlineData(0, 4, false, false, DType.F32)]
    [InlineData(37, 131, false, true, DType.F32)]
    [InlineData(200, 515, true, false, DType.F32)]
    [InlineData(12, 40, true, true, DType.F32)]
    [InlineData(12, 40, false, true, DType.BF16)]
    public void Softmax(int rows, int d, bool log, bool accumulate, DType dtype)
    {
        int n = rows * d;
        float[] x = Rounded(dtype, Random(1, n, 30)), dy = Rounded(dtype, Random(2, n));
        if (n > 2) x[1] = float.NegativeInfinity;
        float[]? dx0 = accumulate ? Rounded(dtype, Random(3, n)) : null;
        double[] y = new double[n], dx = new double[n];
        for (int r = 0; r < rows; r++)
        {
            double max = double.NegativeInfinity, sum = 0, dot = 0, total = 0;
            for (int i = 0; i < d; i++) max = Math.Max(max, x[r * d + i]);
            for (int i = 0; i < d; i++) sum += Math.Exp(x[r * d + i] - max);
            for (int i = 0; i < d; i++)
            {
                double p = Math.Exp(x[r * d + i] - max) / sum;
                dot += p * dy[r * d + i];
                total += dy[r * d + i];
                y[r * d + i] = log ? x[r * d + i] - max - Math.Log(sum) : p;
            }
            for (int i = 0; i < d; i++)
            {
                double p = Math.Exp(x[r * d + i] - max) / sum;
                dx[r * d + i] = log ? dy[r * d + i] - p * total : p * (dy[r * d + i] - dot);
            }
        }
        float[][] got = SameForAllThreads(b =>
        {
            var spec = new SoftmaxSpec(rows, d, log, dtype);
            Tensor tx = Put(b, dtype, x, rows, d), ty = Tensor.EmptyLike(tx), tdy = Put(b, dtype, dy, rows, d);
            Into tdx = Begin(b, dx0, dtype, rows, d);
            ((ISoftmaxKernel)b).Forward(spec, tx, ty);
            ((ISoftmaxKernel)b).Backward(spec, ty, tdy, tdx);
            ((ISoftmaxKernel)b).Backward(spec, ty, tdy, default);
            return [Get(ty), Get(tdx.Target)];
        });
        if (n > 2 && log)
        {
            Assert.Equal(float.NegativeInfinity, got[0][1]);
            (y[1], got[0][1]) = (0, 0);
        }
        Close(y, got[0], Tolerance(dtype), "y");
        Close(Plus(dx, dx0), got[1], Tolerance(dtype) * 3, "dx");
    }

    [Theory]
    [InlineData(1, 1, 0.5f, false)]
    [InlineData(3, 5, 0.3f, true)]
    [InlineData(150, 131, 0.1f, false)]
    [InlineData(1, 20000, 0.9f, true)]
    [InlineData(4, 9, 0f, false)]
    [InlineData(0, 9, 0.5f, false)]
    public void Dropout(int rows, int d, float rate, bool accumulate)
    {
        ulong key = CounterRandom.Key(7, 3, 1, "model.layers.0.q_proj");
        float[] x = Random(1, rows * d), begun = Random(2, rows * d);
        float scale = 1 / (1 - rate);
        float[] kept = [.. x.Select((v, i) => CounterRandom.Word(key, i) >= CounterRandom.DropBelow(rate) ? v * scale : 0)];
        float[][] got = SameForAllThreads(b =>
        {
            Tensor tx = Put(b, x, rows, d);
            Into y = Begin(b, accumulate ? begun : null, DType.F32, rows, d);
            Tensor wide = Put(b, new float[rows * (d + 3)], rows, d + 3), narrow = wide.View([rows, d], [d + 3, 1], 0);
            b.Copy(tx, narrow);
            Tensor fromView = Tensor.Empty(b, [rows, d]), toView = Put(b, new float[rows * (d + 3)], rows, d + 3).View([rows, d], [d + 3, 1], 1);
            ((IDropoutKernel)b).Apply(new(key, rate), tx, y);
            ((IDropoutKernel)b).Apply(new(key, rate), narrow, new Into(fromView, false));
            ((IDropoutKernel)b).Apply(new(key, rate), tx, new Into(toView, false));
            ((IDropoutKernel)b).Apply(new(key, rate), tx, default);
            return [Get(y.Target), Get(fromView), Get(toView)];
        });
        Assert.Equal(kept, got[1]);
        Assert.Equal(kept, got[2]);
        if (!accumulate) Assert.Equal(kept, got[0]);
        else Close([.. kept.Select((v, i) => (double)v + begun[i])], got[0], F32);
    }

    /// <summary>Also where the lower half of the counter runs over.</summary>
    [Theory, InlineData(0UL), InlineData(0xFFFF_FFFDUL), InlineData(0x1234_5678_9ABC_DEFFUL)]
    public void Eight_counters_at_a_time_are_the_same_words(ulong first)
    {
        const ulong Key = 0x0123_4567_89AB_CDEF;
        var words = new uint[32];
        PhiloxLanes.Words(Key, first, words);
        for (int i = 0; i < 8; i++)
            Assert.Equal(CounterRandom.Philox(Key, first + (ulong)i), (words[i], words[8 + i], words[16 + i], words[24 + i]));
    }

    [Theory]
    [InlineData(1, false, false, DType.F32)]
    [InlineData(20001, false, true, DType.F32)]
    [InlineData(777, true, false, DType.F32)]
    [InlineData(5000, false, false, DType.BF16)]
    public void AdamW(int n, bool l2, bool amsGrad, DType dtype)
    {
        float[] p = Rounded(dtype, Random(1, n)), g1 = Random(2, n), g2 = Random(3, n, 0.3);
        double[] ep = [.. p], em = new double[n], ev = new double[n], emax = new double[n];
        const double Lr = 1e-2, B1 = 0.9, B2 = 0.99, Eps = 1e-8, Wd = 0.1, Scale = 0.5;
        for (int t = 1; t <= 2; t++)
            for (int i = 0; i < n; i++)
            {
                double g = (t == 1 ? g1[i] : g2[i]) * Scale;
                if (l2) g += Wd * ep[i];
                else ep[i] *= 1 - Lr * Wd;
                em[i] = B1 * em[i] + (1 - B1) * g;
                ev[i] = B2 * ev[i] + (1 - B2) * g * g;
                emax[i] = Math.Max(emax[i], ev[i]);
                ep[i] -= Lr / (1 - Math.Pow(B1, t)) * em[i] / (Math.Sqrt(amsGrad ? emax[i] : ev[i]) / Math.Sqrt(1 - Math.Pow(B2, t)) + Eps);
                if (dtype == DType.BF16) ep[i] = (float)(BFloat16)(float)ep[i];
            }
        float[][] got = SameForAllThreads(b =>
        {
            Tensor tp = Put(b, dtype, p, n), m = Tensor.Zeros(b, [n]), v = Tensor.Zeros(b, [n]);
            Tensor? max = amsGrad ? Tensor.Zeros(b, [n]) : null;
            ((IAdamWKernel)b).Step(new(Lr, B1, B2, Eps, Wd, 1, (float)Scale, l2), tp, Put(b, g1, n), m, v, max);
            ((IAdamWKernel)b).Step(new(Lr, B1, B2, Eps, Wd, 2, (float)Scale, l2), tp, Put(b, g2, n), m, v, max);
            return [Get(tp), Get(m), Get(v)];
        });
        Close(ep, got[0], Tolerance(dtype), "p");
        Close(em, got[1], dtype == DType.F32 || !l2 ? F32 : BF16, "m");
        Close(ev, got[2], F32, "v");
    }
}

using Pure.Tuner.Kernels;
using static Pure.Tuner.Tests.Fused.FusedCheck;

namespace Pure.Tuner.Tests.Fused;

/// <summary>Kernels around a weight, against plain loops in F64.</summary>
[Trait("Category", "Unit")]
public class LinearTests
{
    /// <summary>Without vectors matrix multiply adds 70001 terms to one F32, of which the target's is by far the largest.</summary>
    private const double OneByOne = 1e-4;

    [Theory]
    [InlineData(1, 3, 2, 1f, 0f, false, false)]
    [InlineData(0, 3, 5, 1f, 0f, false, true)]
    [InlineData(0, 3, 5, 1f, 0f, false, false)]
    [InlineData(37, 24, 131, 1f, 0f, true, true)]
    [InlineData(37, 24, 131, 0.5f, 3f, true, true)]
    [InlineData(37, 24, 131, 0.5f, 3f, false, true)]
    [InlineData(37, 24, 131, 0.5f, 3f, true, false)]
    [InlineData(37, 24, 131, 1f, 0f, false, false)]
    [InlineData(20, 8, 70_001, 1f, 0f, true, true)]                          // many pieces of the vocabulary; of the portable kernel more rows than a chunk
    [InlineData(260, 4, 40_003, 1f, 0f, false, false)]
    [InlineData(1030, 5, 70, 1f, 4f, true, true)]                            // blocks of rows
    [InlineData(1030, 5, 2100, 1f, 0f, false, false)]
    [InlineData(19, 16, 50, 1f, 2f, true, true, DType.BF16)]
    public void Linear_cross_entropy(int rows, int hidden, int vocab, float logitScale, float cap, bool accumulate, bool wantsWeightGrad, DType dtype = DType.F32)
    {
        float[] x = Rounded(dtype, Random(1, rows * hidden)), w = Random(2, (long)vocab * hidden, 2), dnll = Random(3, rows);
        int[] targets = [.. Enumerable.Range(0, rows).Select(i => i * 7919 % vocab)];
        float[]? dx0 = accumulate ? Rounded(dtype, Random(4, rows * hidden)) : null, dw0 = accumulate ? Random(5, (long)vocab * hidden) : null;
        double[] nll = new double[rows], dx = new double[rows * hidden], dw = new double[(long)vocab * hidden];
        double[] z = new double[vocab], slope = new double[vocab];
        for (int r = 0; r < rows; r++)
        {
            double max = double.NegativeInfinity, sum = 0;
            for (int j = 0; j < vocab; j++)
            {
                double dot = 0;
                for (int c = 0; c < hidden; c++) dot += (double)x[r * hidden + c] * w[j * hidden + c];
                z[j] = dot * logitScale;
                slope[j] = 1;
                if (cap != 0)
                {
                    double t = Math.Tanh(z[j] / cap);
                    (z[j], slope[j]) = (cap * t, 1 - t * t);
                }
                max = Math.Max(max, z[j]);
            }
            for (int j = 0; j < vocab; j++) sum += Math.Exp(z[j] - max);
            nll[r] = max + Math.Log(sum) - z[targets[r]];
            for (int j = 0; j < vocab; j++)
            {
                double g = dnll[r] * (Math.Exp(z[j] - max) / sum - (j == targets[r] ? 1 : 0)) * slope[j] * logitScale;
                for (int c = 0; c < hidden; c++)
                {
                    dx[r * hidden + c] += g * w[j * hidden + c];
                    dw[j * hidden + c] += g * x[r * hidden + c];
                }
            }
        }
        double sums = System.Runtime.Intrinsics.Vector128.IsHardwareAccelerated ? F32 : OneByOne;
        foreach ((bool portable, bool keepsLogits) in ((bool, bool)[])[(false, true), (false, false), (true, false)])
        {
            float[][] got = SameForAllThreads(b =>
            {
                ILinearCrossEntropyKernel kernel = portable ? new PortableLinearCrossEntropy(b) : b;
                b.KeptLogits = keepsLogits ? long.MaxValue : 0;
                using var head = new Parameter("lm_head.weight", Put(b, w, vocab, hidden));
                Tensor tx = Put(b, dtype, x, rows, hidden), tt = Tensor.From<int>(b, targets, [rows]), tn = Tensor.Empty(b, [rows]), td = Put(b, dnll, rows);
                var spec = new LinearCrossEntropySpec(rows, hidden, vocab, logitScale, cap, wantsWeightGrad, dtype);
                var state = new State([.. kernel.State(spec).Parts.Select(p => Tensor.Empty(b, p.Shape, p.DType))]);
                kernel.Forward(spec, tx, head, tt, tn, default);
                float[] without = Get(tn);
                kernel.Forward(spec, tx, head, tt, tn, state);
                Into tdx = Begin(b, dx0, dtype, rows, hidden), tdw = wantsWeightGrad ? Begin(b, dw0, DType.F32, vocab, hidden) : default, onlyX = Begin(b, dx0, dtype, rows, hidden);
                kernel.Backward(spec, tx, head, tt, state, td, tdx, tdw);
                kernel.Backward(spec, tx, head, tt, state, td, onlyX, default);
                kernel.Backward(spec, tx, head, tt, state, td, default, default);
                return [Get(tn), Get(tdx.Target), wantsWeightGrad ? Get(tdw.Target) : [], without, Get(onlyX.Target)];
            });
            Close(nll, got[0], F32, $"nll {portable}");
            Close(Plus(dx, dx0), got[1], dtype == DType.F32 ? sums : BF16, $"dx {portable}");
            if (wantsWeightGrad) Close(Plus(dw, dw0), got[2], F32, $"dw {portable}");
            Assert.Equal(got[0], got[3]);
            Assert.Equal(got[1], got[4]);
        }
    }

    [Fact]
    public void A_target_outside_the_vocabulary_is_named()
    {
        using var b = new CpuBackend(1);
        using var scope = TensorScope.Begin();
        using var head = new Parameter("lm_head.weight", Put(b, Random(1, 12), 4, 3));
        var e = Assert.Throws<ArgumentOutOfRangeException>(() =>
            ((ILinearCrossEntropyKernel)b).Forward(new(1, 3, 4, 1, 0, false, DType.F32), Put(b, Random(2, 3), 1, 3), head, Tensor.From<int>(b, [4], [1]), Tensor.Empty(b, [1]), default));
        Assert.Contains("target 4 of row 0 is outside the vocabulary of 4", e.Message);
    }

    [Theory]
    [InlineData(1, 1, 1, 1, false, false)]
    [InlineData(0, 5, 6, 2, false, false)]
    [InlineData(33, 40, 27, 8, false, true)]
    [InlineData(33, 40, 27, 8, true, false)]
    [InlineData(70, 65, 80, 4, true, true)]
    [InlineData(9, 16, 12, 4, true, true, DType.BF16)]
    public void Lora_linear_over_primitives(int tokens, int inputs, int outputs, int rank, bool drops, bool accumulate, DType dtype = DType.F32) =>
        Lora_linear(static cpu => new PortableLoraLinear(cpu), tokens, inputs, outputs, rank, drops, accumulate, dtype);

    [Theory]
    [InlineData(1, 1, 1, 1, false, false)]
    [InlineData(33, 40, 27, 8, false, true)]
    [InlineData(33, 40, 27, 8, true, false)]
    [InlineData(300, 600, 33, 20, false, false)]
    [InlineData(17, 700, 530, 33, false, true)]
    [InlineData(150, 9, 70, 16, false, false)]
    [InlineData(40, 16, 12, 4, false, true, DType.BF16)]
    public void Lora_linear_of_the_processor(int tokens, int inputs, int outputs, int rank, bool drops, bool accumulate, DType dtype = DType.F32) =>
        Lora_linear(static cpu => cpu, tokens, inputs, outputs, rank, drops, accumulate, dtype);

    private static void Lora_linear(Func<CpuBackend, ILoraLinearKernel> open, int tokens, int inputs, int outputs, int rank, bool drops, bool accumulate, DType dtype)
    {
        const float Scale = 1.5f;
        float[] x = Rounded(dtype, Random(1, tokens * inputs)), u = drops ? Rounded(dtype, Random(2, tokens * inputs)) : x, dy = Rounded(dtype, Random(3, tokens * outputs));
        float[] w = Random(4, outputs * inputs), a = Random(5, rank * inputs), b = Random(6, outputs * rank);
        float[]? Begun(int seed, int n, DType t) => accumulate ? Rounded(t, Random(seed, n)) : null;
        float[]? dx0 = Begun(7, x.Length, dtype), du0 = Begun(8, x.Length, dtype), da0 = Begun(9, a.Length, DType.F32), db0 = Begun(10, b.Length, DType.F32);
        double[] t = Product(u, a, tokens, inputs, rank, transposed: true), low = Product(t, b, tokens, rank, outputs, transposed: true);
        double[] y = [.. Product(x, w, tokens, inputs, outputs, transposed: true).Zip(low, (p, q) => p + Scale * q)];
        double[] dt = [.. Product(dy, b, tokens, outputs, rank, transposed: false).Select(v => v * Scale)];
        double[] dx = Product(dy, w, tokens, outputs, inputs, transposed: false), du = Product(dt, a, tokens, rank, inputs, transposed: false);
        double[] da = new double[a.Length], db = new double[b.Length];
        for (int i = 0; i < tokens; i++)
            for (int r = 0; r < rank; r++)
            {
                for (int c = 0; c < inputs; c++) da[r * inputs + c] += dt[i * rank + r] * u[i * inputs + c];
                for (int o = 0; o < outputs; o++) db[o * rank + r] += Scale * dy[i * outputs + o] * t[i * rank + r];
            }
        if (!drops) dx = [.. dx.Zip(du, (p, q) => p + q)];

        float[][] got = SameForAllThreads(cpu =>
        {
            ILoraLinearKernel kernel = open(cpu);
            using var weight = new Parameter("q_proj.weight", Put(cpu, w, outputs, inputs));
            Tensor tx = Put(cpu, dtype, x, tokens, inputs), tu = drops ? Put(cpu, dtype, u, tokens, inputs) : tx, ta = Put(cpu, a, rank, inputs), tb = Put(cpu, b, outputs, rank);
            Tensor ty = Tensor.Empty(cpu, [tokens, outputs], dtype), tdy = Put(cpu, dtype, dy, tokens, outputs);
            var spec = new LoraLinearSpec(tokens, inputs, outputs, rank, Scale, drops, dtype);
            var state = new State([Tensor.Empty(cpu, kernel.State(spec).Parts[0].Shape)]);
            kernel.Forward(spec, tx, tu, weight, ta, tb, ty, default);
            float[] without = Get(ty);
            kernel.Forward(spec, tx, tu, weight, ta, tb, ty, state);
            var again = new State([Tensor.Empty(cpu, kernel.State(spec).Parts[0].Shape)]);
            kernel.Keep(spec, tx, tu, weight, ta, tb, Tensor.EmptyLike(ty), again);
            Assert.Equal(Get(state[0]), Get(again[0]));
            Into tdx = Begin(cpu, dx0, dtype, tokens, inputs), tdu = drops ? Begin(cpu, du0, dtype, tokens, inputs) : default, tda = Begin(cpu, da0, DType.F32, rank, inputs), tdb = Begin(cpu, db0, DType.F32, outputs, rank);
            kernel.Backward(spec, tu, weight, ta, tb, state, tdy, tdx, tdu, tda, tdb);
            Into onlyA = Begin(cpu, da0, DType.F32, rank, inputs), onlyX = Begin(cpu, dx0, dtype, tokens, inputs);
            kernel.Backward(spec, tu, weight, ta, tb, state, tdy, default, default, onlyA, default);
            kernel.Backward(spec, tu, weight, ta, tb, state, tdy, onlyX, default, default, default);
            kernel.Backward(spec, tu, weight, ta, tb, state, tdy, default, default, default, default);
            return [Get(ty), Get(tdx.Target), drops ? Get(tdu.Target) : [], Get(tda.Target), Get(tdb.Target), without, Get(onlyA.Target), Get(onlyX.Target)];
        });
        double tolerance = dtype == DType.F32 ? F32 : 2 * BF16;              // rounded twice: the product, then with the addition
        Close(y, got[0], tolerance, "y");
        Close(Plus(dx, dx0), got[1], tolerance, "dx");
        if (drops) Close(Plus(du, du0), got[2], tolerance, "du");
        Close(Plus(da, da0), got[3], F32, "da");
        Close(Plus(db, db0), got[4], F32, "db");
        Assert.Equal(got[0], got[5]);
        Close(Plus(da, da0), got[6], F32, "da alone");
        Assert.Equal(got[1], got[7]);
    }

    private static double[] Product(float[] a, float[] b, int m, int k, int n, bool transposed) => Product(Array.ConvertAll(a, v => (double)v), b, m, k, n, transposed);

    private static double[] Product(double[] a, float[] b, int m, int k, int n, bool transposed)
    {
        var y = new double[m * n];
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
                for (int p = 0; p < k; p++) y[i * n + j] += a[i * k + p] * (transposed ? b[j * k + p] : b[p * n + j]);
        return y;
    }
}

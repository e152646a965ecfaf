using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Norms, activations, rotary positions of the simulator.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class LayerTests
{
    [Fact, Breaks("8.rms-bf16", "8.rms-gamma", "8.rms-rstd")]
    public void Root_mean_square_norm()
    {
        SimTensor x = Device.Random(1, 2, 3, 8), gamma = Device.Random(2, 8), y = Device.Empty(AclType.Float, 2, 3, 8), rstd = Device.Empty(AclType.Float, 2, 3, 1);
        OperatorCall Norm(SimTensor statistic, SimTensor? scale = null) => new("RmsNorm") { ["x"] = x, ["gamma"] = scale ?? gamma, ["epsilon"] = 1e-5, ["yOut"] = y, ["rstdOut"] = statistic };
        Norm(rstd).Run();
        double[] v = x.Values(), g = gamma.Values(), r = Scales(v, 8, 1e-5);
        Device.Near(rstd, r);
        Device.Near(y, [.. v.Select((a, i) => a * r[i / 8] * g[i % 8])]);
        Norm(Device.Empty(AclType.Float, 2, 3)).Breaks("8.rms-rstd");
        Norm(Device.Empty(AclType.Float16, 2, 3, 1)).Breaks("8.rms-rstd");
        Norm(rstd, Device.Random(2, 3)).Breaks("8.rms-gamma");
        Norm(rstd, Device.Random(2, AclType.BFloat16, 8)).Breaks("8.rms-gamma");
        SimTensor half = Device.Random(1, AclType.BFloat16, 2, 8);
        foreach (string soc in new[] { "Ascend310P3", "Ascend910A" })
            new OperatorCall("RmsNorm", soc) { ["x"] = half, ["gamma"] = Device.Random(2, AclType.BFloat16, 8), ["yOut"] = half, ["rstdOut"] = rstd }.Breaks("8.rms-bf16");
    }

    [Fact, Breaks("8.rmsgrad-dgamma", "8.rmsgrad-rstd")]
    public void Gradients_of_the_norm_agree_with_finite_differences()
    {
        SimTensor x = Device.Random(1, 70, 8), gamma = Device.Random(2, 8), dy = Device.Random(3, 70, 8), dx = Device.Empty(AclType.Float, 70, 8), dgamma = Device.Empty(AclType.Float, 8);
        double[] v = x.Values(), g = gamma.Values(), d = dy.Values(), r = Scales(v, 8, 1e-5);
        SimTensor rstd = Device.Floats([70], r);
        OperatorCall Grad(SimTensor statistic, SimTensor ofGamma) => new("RmsNormGrad") { ["dy"] = dy, ["x"] = x, ["rstd"] = statistic, ["gamma"] = gamma, ["dxOut"] = dx, ["dgammaOut"] = ofGamma };
        Grad(rstd, dgamma).Run();
        double Loss(double[] at) { double[] s = Scales(at, 8, 1e-5); return at.Select((a, i) => a * s[i / 8] * g[i % 8] * d[i]).Sum(); }
        Device.Near(dx, Slopes(Loss, v), 1e-4);
        Device.Near(dgamma, [.. Enumerable.Range(0, 8).Select(j => Enumerable.Range(0, 70).Sum(i => v[(i * 8) + j] * r[i] * d[(i * 8) + j]))], 1e-5);
        Grad(Device.Floats([70, 1], r), dgamma).Breaks("8.rmsgrad-rstd");
        Grad(rstd, Device.Empty(AclType.BFloat16, 8)).Breaks("8.rmsgrad-dgamma");
    }

    [Fact, Breaks("6.operator-missing", "8.addrms-xout"), Shows("8.addrms-rstd")]
    public void A_sum_and_its_norm()
    {
        SimTensor a = Device.Random(1, 4, 8), b = Device.Random(2, 4, 8), gamma = Device.Random(3, 8), y = Device.Empty(AclType.Float, 4, 8), rstd = Device.Empty(AclType.Float, 4, 1), sum = Device.Empty(AclType.Float, 4, 8);
        OperatorCall Norm(SimTensor? to, string soc = "Ascend910B2") => new("AddRmsNorm", soc) { ["x1"] = a, ["x2"] = b, ["gamma"] = gamma, ["epsilon"] = 1e-6, ["yOut"] = y, ["rstdOut"] = rstd, ["xOut"] = to };
        Norm(sum).Run();
        double[] v = [.. a.Values().Zip(b.Values(), (p, q) => p + q)], g = gamma.Values(), r = Scales(v, 8, 1e-6);
        Device.Near(sum, v);
        Device.Near(rstd, r);
        Device.Near(y, [.. v.Select((e, i) => e * r[i / 8] * g[i % 8])]);
        Norm(null).Breaks("8.addrms-xout");
        Norm(sum, "Ascend910A").Breaks("6.operator-missing");
        Norm(sum, "Ascend310P3").Run();
        Device.Near(sum, v);
        Device.Near(y, [.. v.Select((e, i) => e * r[i / 8] * g[i % 8])]);
        Assert.All(rstd.Values(), value => Assert.True(double.IsNaN(value))); // a gradient from it is none
    }

    [Theory, InlineData("SiluBackward", "self"), InlineData("GeluBackward", "self"), InlineData("TanhBackward", "output")]
    public void Gradients_of_activations_agree_with_finite_differences(string name, string saved)
    {
        SimTensor x = Device.Random(1, 20), dy = Device.Random(2, 20), dx = Device.Empty(AclType.Float, 20);
        double[] v = x.Values(), d = dy.Values();
        Func<double, double> f = name switch { "SiluBackward" => a => a / (1 + Math.Exp(-a)), "TanhBackward" => Math.Tanh, _ => a => 0.5 * a * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (a + (0.044715 * a * a * a)))) };
        new OperatorCall(name) { ["gradOutput"] = dy, [saved] = saved == "output" ? Device.Floats([20], [.. v.Select(Math.Tanh)]) : x, ["gradInput"] = dx }.Run();
        Device.Near(dx, [.. v.Select((a, i) => d[i] * (f(a + 1e-5) - f(a - 1e-5)) / 2e-5)], 1e-5);
    }

    [Fact, Breaks("6.contiguous-swiglu", "6.contiguous-swiglu-grad", "8.swiglu-310p", "8.swiglu-even", "8.swiglugrad-align"), Shows("8.swiglu-order")]
    public void Gated_units_and_their_gradient()
    {
        SimTensor x = Device.Random(1, 3, 32), y = Device.Empty(AclType.Float, 3, 16), dy = Device.Random(2, 3, 16), dx = Device.Empty(AclType.Float, 3, 32);
        static double Silu(double a) => a / (1 + Math.Exp(-a));
        double[] v = x.Values(), d = dy.Values();
        double[] Forward(double[] at) => [.. Enumerable.Range(0, 48).Select(i => Silu(at[(i / 16 * 32) + (i % 16)]) * at[(i / 16 * 32) + 16 + (i % 16)])];
        OperatorCall Glu(SimTensor from, SimTensor to) => new("SwiGlu") { ["x"] = from, ["dim"] = -1, ["out"] = to };
        Glu(x, y).Run();
        Device.Near(y, Forward(v)); // the first half through silu; who takes it for the second is told nothing
        Assert.True(Math.Abs(y.Values()[0] - (Silu(v[16]) * v[0])) > 1e-3);
        OperatorCall Grad(SimTensor slope, SimTensor of, SimTensor to) => new("SwiGluGrad") { ["yGrad"] = slope, ["x"] = of, ["dim"] = 1, ["out"] = to };
        Grad(dy, x, dx).Run();
        Device.Near(dx, Slopes(at => Forward(at).Zip(d, (p, q) => p * q).Sum(), v), 1e-5);
        SimTensor odd = Device.Random(1, 3, 15), wide = Device.Empty(AclType.Float, 3, 40);
        OperatorCall Older(int width) => new("SwiGlu", "Ascend310P3") { ["x"] = Device.Random(1, AclType.Float16, 3, 2 * width), ["dim"] = -1, ["out"] = Device.Empty(AclType.Float16, 3, width) };
        Older(32).Run();
        Older(16).Breaks("8.swiglu-310p");                 // the joint row is 64 bytes, its half is not
        Glu(odd, y).Breaks("8.swiglu-even");
        Glu(x, Device.Empty(AclType.Float, 3, 32)).Breaks("8.swiglu-even");
        Glu(wide.View([3, 32], [40, 1]), y).Breaks("6.contiguous-swiglu");
        Glu(x, wide.View([3, 16], [40, 1])).Breaks("6.contiguous-swiglu");
        Grad(wide.View([3, 16], [40, 1]), x, dx).Breaks("6.contiguous-swiglu-grad");
        Grad(dy, x, wide.View([3, 32], [40, 1])).Breaks("6.contiguous-swiglu-grad");
        Grad(Device.Random(1, 3, 10), Device.Random(1, 3, 20), Device.Empty(AclType.Float, 3, 20)).Breaks("8.swiglugrad-align");
    }

    [Theory, Breaks("6.contiguous-rope", "6.contiguous-rope-grad", "6.operator-missing-generated", "8.rope-alias", "8.rope-head", "8.rope-mode", "8.rope-rank", "8.rope-table", "8.ropegrad-outputs"), Shows("8.ropegrad-x"), InlineData(0), InlineData(1)]
    public void Rotary_positions_and_their_gradients(int mode)
    {
        const int D = 8;
        SimTensor x = Device.Random(1, 2, 3, 5, D), cos = Device.Random(2, 1, 3, 1, D), sin = Device.Random(3, 1, 3, 1, D), y = Device.Empty(AclType.Float, 2, 3, 5, D), dy = Device.Random(4, 2, 3, 5, D);
        double[] v = x.Values(), c = cos.Values(), s = sin.Values(), d = dy.Values();
        double[] Forward(double[] at, double[] co, double[] si)
        {
            var to = new double[at.Length];
            for (int i = 0; i < at.Length; i++)
            {
                int e = i % D, row = i - e, table = (i / (5 * D) % 3 * D) + e;
                double turned = mode == 0 ? (e < D / 2 ? -at[row + e + (D / 2)] : at[row + e - (D / 2)]) : e % 2 == 0 ? -at[i + 1] : at[i - 1];
                to[i] = (at[i] * co[table]) + (turned * si[table]);
            }
            return to;
        }
        double Loss(double[] at, double[] co, double[] si) => Forward(at, co, si).Zip(d, (p, q) => p * q).Sum();
        OperatorCall Rope(SimTensor from, SimTensor to, SimTensor? table = null, int kind = -1) => new("RotaryPositionEmbedding") { ["x"] = from, ["cos"] = table ?? cos, ["sin"] = sin, ["mode"] = kind < 0 ? mode : kind, ["out"] = to };
        Rope(x, y).Run();
        Device.Near(y, Forward(v, c, s));
        SimTensor dx = Device.Empty(AclType.Float, 2, 3, 5, D), dcos = Device.Empty(AclType.Float, 1, 3, 1, D), dsin = Device.Empty(AclType.Float, 1, 3, 1, D);
        OperatorCall Grad(SimTensor? of, SimTensor? ofCos) => new("RotaryPositionEmbeddingGrad") { ["dy"] = dy, ["cos"] = cos, ["sin"] = sin, ["xOptional"] = of, ["mode"] = mode, ["dxOut"] = dx, ["dcosOut"] = ofCos, ["dsinOut"] = dsin };
        Grad(null, dcos).Run();
        Device.Near(dx, Slopes(at => Loss(at, c, s), v), 1e-5);
        Assert.All(dcos.Values(), value => Assert.True(double.IsNaN(value))); // without x they are not written
        Grad(x, dcos).Run();
        Device.Near(dcos, Slopes(at => Loss(v, at, s), c), 1e-5);
        Device.Near(dsin, Slopes(at => Loss(v, c, at), s), 1e-5);
        Grad(x, null).Breaks("8.ropegrad-outputs");
        Rope(x, y, Device.Random(1, 1, 3, 1, D / 2)).Breaks("8.rope-table");
        Rope(x, y, Device.Random(1, AclType.BFloat16, 1, 3, 1, D)).Breaks("8.rope-table");
        Rope(x, y, Device.Random(1, 3, D)).Breaks("8.rope-rank");
        Rope(x, y, null, 2).Breaks("8.rope-mode");
        new OperatorCall("RotaryPositionEmbedding") { ["x"] = Device.Random(1, 2, 3, 5, 7), ["cos"] = Device.Random(1, 1, 3, 1, 7), ["sin"] = Device.Random(1, 1, 3, 1, 7), ["mode"] = mode, ["out"] = y }.Breaks("8.rope-head");
        SimTensor strided = x.View([2, 5, 3, D], [15 * D, D, 5 * D, 1]);
        Rope(strided, x.View([2, 5, 3, D], [15 * D, 3 * D, D, 1]), Device.Random(1, 1, 1, 3, D)).Breaks("8.rope-table"); // sin has another shape
        new OperatorCall("RotaryPositionEmbedding") { ["x"] = strided, ["cos"] = Device.Random(1, 1, 1, 1, D), ["sin"] = Device.Random(1, 1, 1, 1, D), ["mode"] = mode, ["out"] = x.View([2, 5, 3, D], [15 * D, 3 * D, D, 1]) }.Breaks("8.rope-alias");
        Rope(x, y.Transposed().Transposed().View([2, 3, 5, D], [D * 15, D * 5, 1, 5])).Breaks("6.contiguous-rope");
        Grad(x, cos.View([1, 3, 1, D], [3 * D, 1, D, 3])).Breaks("6.contiguous-rope-grad");
        new OperatorCall("RotaryPositionEmbedding", "Ascend310P3") { ["x"] = x }.Breaks("6.operator-missing-generated");
    }

    private static double[] Scales(double[] v, int width, double eps) => [.. v.Chunk(width).Select(row => 1 / Math.Sqrt((row.Sum(a => a * a) / width) + eps))];

    internal static double[] Slopes(Func<double[], double> f, double[] at) => [.. at.Select((_, i) =>
    {
        double[] up = [.. at], down = [.. at];
        up[i] += 1e-5;
        down[i] -= 1e-5;
        return (f(up) - f(down)) / 2e-5;
    })];
}

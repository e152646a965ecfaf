using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>AdamW and the operators over lists of the simulator.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class OptimizerTests
{
    [Theory, Breaks("8.adam-amsgrad", "8.adam-card", "8.adam-dtype", "8.adam-step", "8.adam-step-one"), InlineData(false), InlineData(true)]
    public void AdamW(bool amsgrad)
    {
        SimTensor w = Device.Floats([2], 1, -2), m = Device.Floats([2], 0.1, 0.2), v = Device.Floats([2], 0.01, 0.02), g = Device.Floats([2], 0.5, -0.5), step = Device.Floats([1], 2), most = Device.Floats([2], 0.5, 0);
        OperatorCall Adam(Action<OperatorCall>? change = null, string soc = "Ascend910B2")
        {
            var call = new OperatorCall("ApplyAdamWV2", soc) { ["varRef"] = w, ["mRef"] = m, ["vRef"] = v, ["maxGradNormOptionalRef"] = amsgrad ? most : null, ["grad"] = g, ["step"] = step, ["lr"] = 0.1f, ["beta1"] = 0.9f, ["beta2"] = 0.99f, ["weightDecay"] = 0.01f, ["eps"] = 1e-8f, ["amsgrad"] = amsgrad, ["maximize"] = false };
            change?.Invoke(call);
            return call;
        }
        double[] x = w.Values(), first = m.Values(), second = v.Values(), d = g.Values(), peak = most.Values();
        Adam().Run();
        for (int i = 0; i < 2; i++)
        {
            first[i] = (0.9 * first[i]) + (0.1 * d[i]);
            second[i] = (0.99 * second[i]) + (0.01 * d[i] * d[i]);
            peak[i] = Math.Max(peak[i], second[i]);
            x[i] = (x[i] * (1 - (0.1 * 0.01))) - (0.1 * first[i] / (1 - Math.Pow(0.9, 3)) / (Math.Sqrt((amsgrad ? peak : second)[i] / (1 - Math.Pow(0.99, 3))) + 1e-8));
        }
        Device.Near(w, x);
        Device.Near(m, first);
        Device.Near(v, second);
        if (amsgrad) Device.Near(most, peak);
        Adam(c => c["mRef"] = Device.Random(1, AclType.BFloat16, 2)).Breaks("8.adam-dtype");
        Adam(c => c["step"] = Device.Of(AclType.Int32, [1], 1)).Breaks("8.adam-step");
        Adam(c => c["step"] = Device.Indices([2], 1, 1)).Breaks("8.adam-step");
        Adam(c => c["step"] = Device.Indices([1], -1)).Breaks("8.adam-step-one");
        Adam(c => c["maxGradNormOptionalRef"] = amsgrad ? null : most).Breaks("8.adam-amsgrad");
        Adam(null, "Ascend910A").Breaks("8.adam-card");
        Adam(c => c["step"] = Device.Indices([1], 4)).Run();
    }

    [Fact, Breaks("6.contiguous-foreach-mul", "8.foreach-card", "8.foreach-count", "8.foreach-dtype", "8.foreach-mul-card", "8.foreach-norm")]
    public void Norms_and_products_of_lists()
    {
        SimTensor a = Device.Random(1, 3, 5), b = Device.Random(2, 70_000), na = Device.Empty(AclType.Float, 1), nb = Device.Empty(AclType.Float, 1);
        OperatorCall Norm(SimTensor[] x, SimTensor[] y, double order = 2, string soc = "Ascend910B2") => new("ForeachNorm", soc) { ["x"] = x, ["scalar"] = order, ["out"] = y };
        Norm([a, b], [na, nb]).Run();
        Device.Near(na, [Math.Sqrt(a.Values().Sum(v => v * v))]);
        Device.Near(nb, [Math.Sqrt(b.Values().Sum(v => v * v))]);
        Norm([a], [na], 1).Run();
        Device.Near(na, [a.Values().Sum(Math.Abs)]);
        Norm([a], [Device.Empty(AclType.BFloat16, 1)]).Breaks("8.foreach-norm");
        Norm([a], [Device.Empty(AclType.Float, 2)]).Breaks("8.foreach-norm");
        Norm([a, Device.Random(1, AclType.BFloat16, 2)], [na, nb]).Breaks("8.foreach-dtype");
        Norm([.. Enumerable.Repeat(a, 25)], [.. Enumerable.Repeat(na, 25)]).Breaks("8.foreach-count");
        Norm([a], [na], soc: "Ascend310P3").Breaks("8.foreach-card");
        OperatorCall Multiply(SimTensor[] x, SimTensor[] y) => new("ForeachMulScalarV2") { ["x"] = x, ["scalar"] = 0.5, ["out"] = y };
        double[] old = a.Values();
        Multiply([a], [a]).Run();
        Device.Near(a, [.. old.Select(v => v / 2)]);
        Multiply([.. Enumerable.Repeat(a, 51)], [.. Enumerable.Repeat(a, 51)]).Breaks("8.foreach-count");
        new OperatorCall("ForeachMulScalarV2", "Ascend910A") { ["x"] = new[] { a } }.Breaks("8.foreach-mul-card");
        SimTensor strided = Device.Random(1, 5, 3).Transposed();
        Multiply([strided], [a]).Breaks("6.contiguous-foreach-mul");
        Multiply([a], [strided]).Breaks("6.contiguous-foreach-mul");
    }

    [Fact, Breaks("6.contiguous-unscale", "8.unscale-count", "8.unscale-scalars"), Shows("8.unscale-in-place")]
    public void Gradients_are_unscaled_and_looked_through()
    {
        SimTensor a = Device.Floats([2], 2, 4), b = Device.Floats([2], 6, 8), found = Device.Floats([1], 0), scale = Device.Floats([1], 0.5);
        OperatorCall Unscale(SimTensor[] grads, SimTensor flag) => new("ForeachNonFiniteCheckAndUnscale") { ["scaledGrads"] = grads, ["foundInf"] = flag, ["invScale"] = scale };
        Unscale([a, b], found).Run();
        Device.Near(a, [1, 2]);
        Device.Near(b, [3, 4]);
        Assert.Equal([0], found.Values());
        Unscale([a, Device.Floats([2], 1, double.PositiveInfinity)], found).Run();
        Assert.Equal([1], found.Values());
        Unscale([a], found).Run();
        Assert.Equal([1], found.Values()); // it is for the caller to clear
        Unscale([.. Enumerable.Repeat(a, 257)], found).Breaks("8.unscale-count");
        Unscale([a], Device.Of(AclType.Float16, [1], 0)).Breaks("8.unscale-scalars");
        Unscale([a], Device.Floats([2], 0, 0)).Breaks("8.unscale-scalars");
        Unscale([Device.Random(1, 4, 4).View([2, 2], [4, 1])], found).Breaks("6.contiguous-unscale");
    }
}

using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Sums, choices, softmax and losses of the simulator.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class ReductionTests
{
    [Fact, Breaks("8.reduce-dtype")]
    public void Sums_and_means_over_dimensions()
    {
        SimTensor x = Device.Random(1, 2, 3, 4), y = Device.Empty(AclType.Float, 2, 4);
        double[] v = x.Values();
        double[] expected = [.. Enumerable.Range(0, 8).Select(i => Enumerable.Range(0, 3).Sum(j => v[(i / 4 * 12) + (j * 4) + (i % 4)]))];
        OperatorCall Sum(SimTensor from, SimTensor to, long[] dims, int dtype, bool keep = false) => new("ReduceSum") { ["self"] = from, ["dims"] = dims, ["keepDims"] = keep, ["dtype"] = dtype, ["out"] = to };
        Sum(x, y, [-2], 0).Run();
        Device.Near(y, expected);
        Sum(x, Device.Empty(AclType.Float, 2, 1, 4), [1], 0, true).Run();
        Sum(x, y, [1], 27).Breaks("8.reduce-dtype");
        SimTensor all = Device.Empty(AclType.Float);
        Sum(x, all, [], 0).Run();
        Device.Near(all, [v.Sum()]);
        SimTensor many = Device.Random(2, 200_000);
        Sum(many, all, [0], 0).Run();
        Device.Near(all, [many.Values().Sum()]);
        SimTensor half = Device.Random(3, AclType.BFloat16, 3, 5), wide = Device.Empty(AclType.Float, 3);
        Sum(half, wide, [1], 0).Run();
        Device.Near(wide, [.. half.Values().Chunk(5).Select(c => c.Sum())]);
        SimTensor counts = Device.Empty(AclType.Int64);
        Sum(Device.Of(AclType.Bool, [4], 1, 0, 1, 1), counts, [0], 9).Run();
        Assert.Equal([3], counts.Values());
        new OperatorCall("MeanV2") { ["self"] = x, ["dim"] = new long[] { 1 }, ["out"] = y }.Run();
        Device.Near(y, [.. expected.Select(e => e / 3)]);
        Assert.Equal(161001, Assert.Throws<Refused>(() => new OperatorCall("ReduceSum") { ["self"] = x, ["dtype"] = 0, ["out"] = all }.Plan()).Code);
        SimTensor running = Device.Empty(AclType.Float, 2, 3);
        new OperatorCall("Cumsum") { ["self"] = Device.Floats([2, 3], 1, 2, 3, 4, 5, 6), ["dim"] = 1, ["dtype"] = 0, ["out"] = running }.Run();
        Assert.Equal([1, 3, 6, 4, 9, 15], running.Values());
        new OperatorCall("Cumsum") { ["self"] = running, ["dim"] = 0, ["dtype"] = 1, ["out"] = running }.Breaks("8.reduce-dtype");
    }

    [Fact]
    public void Largest_values_and_yes_or_no()
    {
        SimTensor x = Device.Floats([2, 3], 1, 5, 5, -1, -2, 0), y = Device.Empty(AclType.Float, 2), index = Device.Empty(AclType.Int64, 2), flag = Device.Empty(AclType.Bool, 2);
        new OperatorCall("Amax") { ["self"] = x, ["dim"] = new long[] { 1 }, ["out"] = y }.Run();
        Assert.Equal([5, 0], y.Values());
        new OperatorCall("MaxDim") { ["self"] = x, ["dim"] = 1, ["out"] = y, ["indices"] = index }.Run();
        Assert.Equal([5, 0], y.Values());
        Assert.Equal([1, 2], index.Values());
        new OperatorCall("All") { ["self"] = x, ["dim"] = new long[] { 1 }, ["out"] = flag }.Run();
        Assert.Equal([1, 0], flag.Values());
        new OperatorCall("Any") { ["self"] = Device.Of(AclType.Bool, [2, 3], 0, 0, 0, 0, 1, 0), ["dim"] = new long[] { 1 }, ["out"] = flag }.Run();
        Assert.Equal([0, 1], flag.Values());
    }

    [Fact, Breaks("8.argmax-out", "8.sort-indices", "8.topk-indices", "8.topk-sorted")]
    public void Orders()
    {
        SimTensor x = Device.Floats([1, 5], 3, 1, 4, 1, 5), values = Device.Empty(AclType.Float, 1, 2), at = Device.Empty(AclType.Int64, 1, 2);
        OperatorCall TopK(SimTensor indices, bool sorted = true) => new("Topk") { ["self"] = x, ["k"] = 2, ["dim"] = -1, ["largest"] = true, ["sorted"] = sorted, ["valuesOut"] = values, ["indicesOut"] = indices };
        TopK(at).Run();
        Assert.Equal([5, 4], values.Values());
        Assert.Equal([4, 2], at.Values());
        TopK(Device.Empty(AclType.Int32, 1, 2)).Breaks("8.topk-indices");
        TopK(at, sorted: false).Breaks("8.topk-sorted");
        SimTensor sorted = Device.Empty(AclType.Float, 1, 5), order = Device.Empty(AclType.Int64, 1, 5);
        OperatorCall Sort(SimTensor indices) => new("Sort") { ["self"] = x, ["stable"] = true, ["dim"] = 1, ["descending"] = false, ["valuesOut"] = sorted, ["indicesOut"] = indices };
        Sort(order).Run();
        Assert.Equal([1, 1, 3, 4, 5], sorted.Values());
        Assert.Equal([1, 3, 0, 2, 4], order.Values());
        Sort(Device.Empty(AclType.Int32, 1, 5)).Breaks("8.sort-indices");
        SimTensor best = Device.Empty(AclType.Int32, 1);
        new OperatorCall("ArgMax") { ["self"] = x, ["dim"] = 1, ["out"] = best }.Run();
        Assert.Equal([4], best.Values());
        new OperatorCall("ArgMax") { ["self"] = x, ["dim"] = 1, ["out"] = values.View([1], [1]) }.Breaks("8.argmax-out");
    }

    /// <summary>Of two numbers that are one half the first comes first, and both are told as that half.</summary>
    [Theory, Shows("8.topk-half"), InlineData(5, 2, true), InlineData(40000, 2, false), InlineData(40000, 8, true)]
    public void The_first_card_looks_for_the_largest_among_halves(int length, int k, bool halves)
    {
        const double Less = 1.00001, More = 1.00002;
        SimTensor x = Device.Floats([1, length], [Less, More, .. new double[length - 2]]), values = Device.Empty(AclType.Float, 1, k), at = Device.Empty(AclType.Int64, 1, k);
        new OperatorCall("Topk", "Ascend910A") { ["self"] = x, ["k"] = k, ["dim"] = 1, ["largest"] = true, ["sorted"] = true, ["valuesOut"] = values, ["indicesOut"] = at }.Run();
        Assert.Equal(halves ? [1.0, 1.0] : [(double)(float)More, (double)(float)Less], values.Values()[..2]);
        Assert.Equal(halves ? [0.0, 1.0] : [1.0, 0.0], at.Values()[..2]);
    }

    [Fact, Breaks("8.softmax-dim")]
    public void Softmax_its_logarithm_and_its_gradient()
    {
        SimTensor x = Device.Floats([2, 3], 1, 2, 3, 100, 200, double.NegativeInfinity), y = Device.Empty(AclType.Float, 2, 3);
        new OperatorCall("Softmax") { ["self"] = x, ["dim"] = -1, ["out"] = y }.Run();
        double z = Math.E + Math.Exp(2) + Math.Exp(3);
        Device.Near(y, [Math.E / z, Math.Exp(2) / z, Math.Exp(3) / z, 0, 1, 0]);
        SimTensor dy = Device.Random(1, 2, 3), dx = Device.Empty(AclType.Float, 2, 3);
        new OperatorCall("SoftmaxBackward") { ["gradOutput"] = dy, ["output"] = y, ["dim"] = 1, ["out"] = dx }.Run();
        double[] g = dy.Values(), p = y.Values();
        Device.Near(dx, [.. g.Select((v, i) => p[i] * (v - Enumerable.Range(i / 3 * 3, 3).Sum(j => g[j] * p[j])))]);
        new OperatorCall("LogSoftmax") { ["self"] = x, ["dim"] = 1, ["out"] = y }.Run();
        Device.Near(y, [1 - Math.Log(z), 2 - Math.Log(z), 3 - Math.Log(z), -100, 0, double.NegativeInfinity]);
        new OperatorCall("Softmax") { ["self"] = x, ["dim"] = 2, ["out"] = y }.Breaks("8.softmax-dim");
    }

    [Fact, Breaks("6.operator-missing", "8.nll-reduction", "8.nll-total", "8.nll-weight"), Shows("8.deterministic")]
    public void Negative_log_likelihood()
    {
        SimTensor x = Device.Random(1, 3, 4), target = Device.Indices([3], 2, -100, 0), ones = Device.Floats([4], 1, 2, 1, 1), loss = Device.Empty(AclType.Float), total = Device.Empty(AclType.Float);
        double[] v = x.Values();
        OperatorCall Nll(int reduction, SimTensor? weight, SimTensor to) => new("NLLLoss") { ["self"] = x, ["target"] = target, ["weight"] = weight, ["reduction"] = reduction, ["ignoreIndex"] = -100, ["out"] = to, ["totalWeightOut"] = total, Deterministic = false };
        Nll(1, ones, loss).Run();
        Device.Near(loss, [(-v[2] - v[8]) / 2]);
        Device.Near(total, [2]);
        SimTensor rows = Device.Empty(AclType.Float, 3), dx = Device.Empty(AclType.Float, 3, 4);
        Nll(0, ones, rows).Run();
        Device.Near(rows, [-v[2], 0, -v[8]]);
        Nll(3, ones, loss).Breaks("8.nll-reduction");
        Nll(1, null, loss).Breaks("8.nll-weight");
        OperatorCall untold = Nll(1, ones, loss), backward = new("NLLLossBackward") { ["gradOutput"] = Device.Floats([], 3), ["self"] = x, ["target"] = target, ["weight"] = ones, ["reduction"] = 1, ["ignoreIndex"] = -100, ["out"] = dx };
        untold["totalWeightOut"] = null;
        untold.Breaks("8.nll-total");
        backward.Breaks("8.nll-total");
        new OperatorCall("NLLLossBackward") { ["gradOutput"] = Device.Floats([], 3), ["self"] = x, ["target"] = target, ["weight"] = ones, ["reduction"] = 1, ["ignoreIndex"] = -100, ["totalWeight"] = total, ["out"] = dx }.Run();
        Device.Near(dx, [0, 0, -1.5, 0, 0, 0, 0, 0, -1.5, 0, 0, 0]);
        new OperatorCall("NLLLossBackward", "Ascend310P3") { ["self"] = x }.Breaks("6.operator-missing");
    }

    [Fact, Breaks("8.ce-card", "8.ce-loss", "8.ce-outputs", "8.ce-reduction", "8.ce-target", "8.cegrad-dtype", "8.cegrad-loss", "8.cegrad-smoothing", "8.cegrad-target")]
    public void Cross_entropy_and_its_gradient()
    {
        SimTensor x = Device.Random(1, 3, 4), target = Device.Indices([3], 2, -100, 0), loss = Device.Empty(AclType.Float, 1), logProb = Device.Empty(AclType.Float, 3, 4), z = Device.Empty(AclType.Float, 1), lse = Device.Empty(AclType.Float, 3), dx = Device.Empty(AclType.Float, 3, 4);
        double[] v = x.Values();
        double[] log = [.. v.Select((a, i) => a - Math.Log(v.Skip(i / 4 * 4).Take(4).Sum(Math.Exp)))];
        OperatorCall Loss(Action<OperatorCall>? change = null, string soc = "Ascend910B2")
        {
            var call = new OperatorCall("CrossEntropyLoss", soc) { ["input"] = x, ["target"] = target, ["reductionOptional"] = "mean", ["ignoreIndex"] = -100, ["lossOut"] = loss, ["logProbOut"] = logProb, ["zlossOut"] = z, ["lseForZlossOut"] = lse };
            change?.Invoke(call);
            return call;
        }
        Loss(c => c["labelSmoothing"] = 0.1).Run();
        Device.Near(loss, [((0.9 * (-log[2] - log[8])) - (0.1 / 4 * (log[0] + log[1] + log[2] + log[3] + log[8] + log[9] + log[10] + log[11]))) / 2]);
        Loss().Run();
        Device.Near(loss, [(-log[2] - log[8]) / 2]);
        Device.Near(logProb, log);
        SimTensor rows = Device.Empty(AclType.Float, 3);
        Loss(c => { c["reductionOptional"] = "none"; c["lossOut"] = rows; }).Run();
        Device.Near(rows, [-log[2], 0, -log[8]]);
        Loss(c => c["target"] = Device.Floats([3], 1, 1, 1)).Breaks("8.ce-target");
        Loss(c => c["target"] = Device.Of(AclType.Int32, [3], 1, 1, 1)).Breaks("8.ce-target");      // 950 takes them
        Loss(c => c["reductionOptional"] = "average").Breaks("8.ce-reduction");
        Loss(c => c["lossOut"] = Device.Empty(AclType.Float)).Breaks("8.ce-loss");
        Loss(c => c["zlossOut"] = null).Breaks("8.ce-outputs");
        Loss(null, "Ascend310P3").Breaks("8.ce-card");

        OperatorCall Grad(Action<OperatorCall>? change = null)
        {
            var call = new OperatorCall("CrossEntropyLossGrad") { ["gradLoss"] = Device.Floats([], 3), ["logProb"] = logProb, ["target"] = target, ["reductionOptional"] = "mean", ["ignoreIndex"] = -100, ["out"] = dx };
            change?.Invoke(call);
            return call;
        }
        Grad().Run();
        Device.Near(dx, [.. log.Select((l, i) => i / 4 == 1 ? 0 : 1.5 * (Math.Exp(l) - (i is 2 or 8 ? 1 : 0)))]);
        Grad(c => c["target"] = Device.Of(AclType.Int32, [3], 2, -100, 0)).Breaks("8.cegrad-target");
        Grad(c => c["labelSmoothing"] = 0.1).Breaks("8.cegrad-smoothing");
        Grad(c => c["gradLoss"] = Device.Floats([1], 3)).Breaks("8.cegrad-loss");
        Grad(c => c["gradLoss"] = Device.Of(AclType.BFloat16, [], 3)).Breaks("8.cegrad-dtype");
    }
}

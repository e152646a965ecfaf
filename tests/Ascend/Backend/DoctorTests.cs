using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;
using Pure.Tuner.Cli;

namespace Pure.Tuner.Tests;

/// <summary><c>doctor --device npu</c> on a simulated card: what it finds, and that a card that computes wrongly is not called ready.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public sealed class CardDoctorTests : IDisposable
{
    public void Dispose()
    {
        Backends.SimulatedCard = null;
        Simulator.Reset();
    }

    private static NpuReport Look(SimulatorOptions simulated)
    {
        Simulator.Reset(simulated);
        Backends.SimulatedCard = card => new AscendBackend(new Npu.Table(Simulator.Symbols()), new(Device: card), "simulated");
        return NpuReport.Make("npu");
    }

    [Theory, InlineData("Ascend910B2", 3), InlineData("Ascend310P3", 2), InlineData("Ascend950PR", 3)]
    public void A_card_that_works_is_ready(string soc, int types)
    {
        NpuReport r = Look(new() { Soc = soc });
        Assert.True(r.Usable, r.Verdict);
        Assert.Equal((soc, types), (r.Card, r.Checks.Length));
        Assert.All(r.Checks, c => Assert.True(c.Passed && c.GradientError is >= 0 and < 0.1, c.ToString()));
        Assert.All(r.Checks, c => Assert.True(c.Planned > 20 && c.Reused > 20, c.ToString()));
        Assert.Empty(r.MissingSymbols);
        Assert.Empty(r.RefusedKernels);
        Assert.All(r.Rates, rate => Assert.True(rate.Value > 0, rate.What));
        Assert.True(r.Rates.Length >= 5);
    }

    [Fact]
    public void Symbols_that_are_missing_are_told_by_feature_and_composed()
    {
        NpuReport r = Look(new() { Fault = "missing:aclnnRmsNorm,missing:aclnnRmsNormGetWorkspaceSize" });
        Assert.Equal(["aclnnRmsNormGetWorkspaceSize", "aclnnRmsNorm"], r.MissingSymbols["norms"]);
        Assert.True(r.Usable, r.Verdict);
    }

    [Fact]
    public void A_card_that_faults_is_not_ready_and_the_verdict_says_why()
    {
        NpuReport r = Look(new() { Fault = "launch:30" });
        Assert.False(r.Usable);
        Assert.Contains("507015", r.Verdict, StringComparison.Ordinal);
        Assert.Empty(r.Rates);
    }
}

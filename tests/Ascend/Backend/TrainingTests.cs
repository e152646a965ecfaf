using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Training on a simulated card beside the processor.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class TrainingTests
{
    [Theory, InlineData("Ascend910B2"), InlineData("Ascend910_9392"), InlineData("Ascend950")]
    public void Losses_are_those_of_the_processor(string soc)
    {
        using var cpu = new CpuBackend(1);
        (double Loss, double Norm)[] expected = SmallRun.Losses(cpu, 4);
        using var npu = new Npu(new() { Soc = soc });
        (double Loss, double Norm)[] actual = SmallRun.Losses(npu.Backend, 4);
        for (int s = 0; s < 4; s++)
        {
            Assert.InRange(actual[s].Loss, expected[s].Loss * (1 - 2e-5), expected[s].Loss * (1 + 2e-5));
            Assert.InRange(actual[s].Norm, expected[s].Norm * (1 - 1e-4), expected[s].Norm * (1 + 1e-4));
        }
        Assert.Equal((0, 0L, 0L), (npu.Backend.LiveBlocks, npu.Backend.ForgottenBlocks, npu.Backend.HostFallbacks));
    }

    [Fact]
    public void In_steady_state_each_step_moves_the_same_few_bytes_and_launches_as_much()
    {
        using var npu = new Npu();
        AscendBackend b = npu;
        List<(long Launches, long Up, long Down)> marks = [];
        SmallRun.Losses(b, 5, _ => marks.Add((b.Launches, b.BytesToDevice, b.BytesToHost)));
        (long, long, long) last = Step(4);
        Assert.Equal(Step(3), last);
        Assert.True(last.Item2 < 8192, $"{last.Item2} bytes up a step");
        Assert.True(last.Item3 <= 64, $"{last.Item3} bytes down a step");

        (long, long, long) Step(int i) => (marks[i].Launches - marks[i - 1].Launches, marks[i].Up - marks[i - 1].Up, marks[i].Down - marks[i - 1].Down);
    }
}

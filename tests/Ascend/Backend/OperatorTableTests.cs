namespace Pure.Tuner.Tests;

/// <summary>Every operator of the table on a simulated card against its definition.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class OperatorTableTests
{
    public static TheoryData<string> Operators => [.. OpCases.All.Select(c => c.Name)];

    [Theory, MemberData(nameof(Operators))]
    public void Fused_matches_composition_forward_and_backward(string op)
    {
        using var npu = new Npu();
        using var oracle = new ReferenceBackend();
        OpCheck.FusedAgainstComposed(OpCases.Get(op), npu.Backend, oracle);
        Assert.Equal(0, npu.Backend.LiveBlocks);
    }

    [Theory, MemberData(nameof(Operators))]
    public void Gradient_matches_finite_differences_in_a_random_direction(string op)
    {
        using var npu = new Npu();
        using var oracle = new ReferenceBackend();
        GradCheck.Projected(OpCases.Get(op), npu.Backend, oracle);
        Assert.Equal(0, npu.Backend.LiveBlocks);
    }

    /// <summary>A step without its own thread for launches is the same step.</summary>
    [Theory, InlineData("attention"), InlineData("rms_norm"), InlineData("linear")]
    public void Launching_on_the_caller_gives_the_same(string op)
    {
        using var npu = new Npu(options: new(Queue: 0));
        using var oracle = new ReferenceBackend();
        OpCheck.FusedAgainstComposed(OpCases.Get(op), npu.Backend, oracle);
    }
}

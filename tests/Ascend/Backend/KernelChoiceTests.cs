using Pure.Tuner.Ascend.Simulator;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Which operators of the card an operation comes to: by card, size and limits.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class KernelChoiceTests
{
    [Theory, InlineData("Ascend910B2", 0f, true), InlineData("Ascend910B2", 0.1f, false), InlineData("Ascend910A", 0f, false)]
    public void The_loss_is_the_cards_own_where_it_has_one_and_nothing_is_smoothed(string soc, float smoothing, bool isFused)
    {
        IReadOnlyDictionary<string, long> launches = Launched(soc, b =>
        {
            using var x = new Parameter("x", Tensor.Full(b, [3, 8], 0.5)) { RequiresGrad = true };
            using var w = new Parameter("w", Tensor.Full(b, [5, 8], 0.25));
            using var tape = Tape.Begin();
            Tensor nll = LinearCrossEntropyOp.Apply(x.Value, w, Tensor.From<int>(b, [0, 4, 2], [3]), smoothing: smoothing);
            tape.Backward(nll.Sum());
            Assert.Equal(Math.Log(5), nll.ToArray<float>()[1], 1e-5);
        });
        Assert.Equal(isFused ? (1, 1, 0) : (0, 0, 1), (launches.GetValueOrDefault("CrossEntropyLoss"), launches.GetValueOrDefault("CrossEntropyLossGrad"), launches.GetValueOrDefault("LogSoftmax")));
    }

    [Theory, InlineData(4, 64, "FlashAttentionVarLenScore", 1), InlineData(2, 576, "FlashAttentionScore", 2), InlineData(257, 16, "FlashAttentionScore", 0)]
    public void Attention_keeps_to_the_sizes_of_the_operator(int heads, int headDim, string expected, long count)
    {
        IReadOnlyDictionary<string, long> launches = Launched("Ascend910B2", b =>
        {
            Tensor q = Tensor.Full(b, [5, heads, headDim], 0.1);
            AttentionOp.Apply(q, q, q, Segments.Packed([2, 3]), 0.125f);
        });
        Assert.Equal(count, launches.GetValueOrDefault(expected));
        Assert.Equal(count, launches.Where(l => l.Key.StartsWith("FlashAttention", StringComparison.Ordinal)).Sum(l => l.Value));
    }

    [Theory, InlineData(896, 1), InlineData(898, 0)]
    public void Rotation_keeps_to_the_width_of_the_operator(int rotary, long count)
    {
        IReadOnlyDictionary<string, long> launches = Launched("Ascend910B2", b =>
        {
            Tensor x = Tensor.Full(b, [2, 1, rotary], 0.5), half = Tensor.Full(b, [2, rotary / 2], 0.5);
            RopeOp.Apply(x, half, half);
        });
        Assert.Equal(count, launches.GetValueOrDefault("RotaryPositionEmbedding"));
    }

    /// <summary>310P asks for rows of whole 64 bytes also forward.</summary>
    [Theory, InlineData("Ascend310P3", 16, 1), InlineData("Ascend310P3", 12, 0), InlineData("Ascend910B2", 12, 1)]
    public void Gated_activation_keeps_to_whole_lines(string soc, int width, long count)
    {
        IReadOnlyDictionary<string, long> launches = Launched(soc, b =>
        {
            Tensor joint = Tensor.Full(b, [3, 2 * width], 0.5), gate = joint.View([3, width], [2 * width, 1], 0), up = joint.View([3, width], [2 * width, 1], width);
            GatedActivationOp.Apply(Activation.Silu, gate, up);
        });
        Assert.Equal(count, launches.GetValueOrDefault("SwiGlu"));
    }

    private static IReadOnlyDictionary<string, long> Launched(string soc, Action<AscendBackend> run)
    {
        using var npu = new Npu(new() { Soc = soc });
        using (TensorScope.Begin()) run(npu.Backend);
        npu.Backend.Synchronize();
        return new Dictionary<string, long>(Simulator.Counters.Launches);
    }
}

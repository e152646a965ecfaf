using Pure.Tuner.Ascend;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Cards that lack kernels: what is composed, what the host does and counts, what a strict device refuses.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class CardTests
{
    /// <summary>Products of F32 too, though two of these cards round their operands to f16.</summary>
    [Theory]
    [InlineData("Ascend910A", "rms_norm"), InlineData("Ascend910A", "add_rms_norm"), InlineData("Ascend310P3", "add_rms_norm"), InlineData("Ascend910A", "rope"), InlineData("Ascend910A", "softmax"), InlineData("Ascend910A", "gated_activation"), InlineData("Ascend910A", "dropout"), InlineData("Ascend910A", "add"), InlineData("Ascend910A", "matmul"), InlineData("Ascend910A", "attention"), InlineData("Ascend910A", "linear_cross_entropy")]
    [InlineData("Ascend310P3", "rms_norm"), InlineData("Ascend310P3", "rope"), InlineData("Ascend310P3", "gated_activation"), InlineData("Ascend950", "rms_norm"), InlineData("Ascend950", "attention"), InlineData("Ascend910_9392", "attention")]
    public void Operators_are_right_on_every_card(string soc, string op)
    {
        using var npu = new Npu(new() { Soc = soc });
        using var oracle = new ReferenceBackend();
        OpCheck.FusedAgainstComposed(OpCases.Get(op), npu.Backend, oracle);
        Assert.Equal(0, npu.Backend.LiveBlocks);
    }

    [Theory, InlineData("Ascend910B2", 1), InlineData("Ascend910A", 2)]
    public void A_residual_and_its_norm_are_one_launch_where_the_card_has_it(string soc, int launches)
    {
        using var npu = new Npu(new() { Soc = soc });
        using Tensor x = Tensor.Full(npu.Backend, [4, 64], 1), r = Tensor.Full(npu.Backend, [4, 64], 2);
        using var weight = new Parameter("weight", Tensor.Full(npu.Backend, [64], 1));
        using (var scope = TensorScope.Begin()) x.AddRmsNorm(r, weight, 1e-5f);      // kernels are asked for once
        long before = npu.Backend.Launches;
        using (var scope = TensorScope.Begin())
        {
            (Tensor sum, Tensor normed) = x.AddRmsNorm(r, weight, 1e-5f);
            Assert.Equal(launches, npu.Backend.Launches - before);
            Assert.All(sum.ToArray<float>(), v => Assert.Equal(3, v));
            Assert.All(normed.ToArray<float>(), v => Assert.Equal(1, v, 1e-5));
        }
    }

    [Fact]
    public void Bf16_on_a_card_without_it_is_the_host_s_work_and_counted()
    {
        using var npu = new Npu(new() { Soc = "Ascend910A" });
        AscendBackend b = npu;
        using Tensor x = Tensor.From<BFloat16>(b, [(BFloat16)1f, (BFloat16)2f], [2]), y = Tensor.EmptyLike(x);
        b.Unary(UnaryKind.Neg, x, y);
        Assert.Equal([-1f, -2f], Array.ConvertAll(y.ToArray<BFloat16>(), v => (float)v));
        Assert.Equal(2, b.HostFallbacks);            // widened and narrowed
        b.StrictDevice = true;
        Assert.Contains("Ascend910A has no kernel for it and the device is strict", Assert.Throws<NotSupportedException>(() => b.Unary(UnaryKind.Neg, x, y)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_description_tells_card_memory_toolkit_and_what_is_lowered()
    {
        using var npu = new Npu(new() { Soc = "Ascend310P3" });
        string text = npu.Backend.Description;
        Assert.StartsWith("Ascend310P3 as npu:0, ", text, StringComparison.Ordinal);
        Assert.Contains("products of f32 as three of f16", text, StringComparison.Ordinal);
        Assert.Contains("made for inference", text, StringComparison.Ordinal);
    }

    [Theory, InlineData("affine4-g32", "Ascend910B2"), InlineData("int8", "Ascend910B2"), InlineData("int8", "Ascend310P3"), InlineData("affine4-g32", "Ascend950")]
    public void Packed_weights_go_through_the_card_s_own_product_where_x_is_narrow(string format, string soc)
    {
        using var npu = new Npu(new() { Soc = soc });
        AscendBackend b = npu;
        using var oracle = new ReferenceBackend();
        var sample = PackedSample.All.Single(p => p.Format.Name == format);
        using QuantizedTensor w = sample.Make(b, [10, 128], 5), expected = sample.Make(oracle, [10, 128], 5);
        Half[] x = [.. Enumerable.Range(0, 3 * 128).Select(i => (Half)(((i * 37) % 19 - 9) / 16f))];
        using Tensor xs = Tensor.From<Half>(b, x, [3, 128]), ys = Tensor.Empty(b, [3, 10], DType.F16), rx = Tensor.From<Half>(oracle, x, [3, 128]), ry = Tensor.Empty(oracle, [3, 10]);
        w.MatMul(xs, false, ys, 1, false);
        expected.MatMul(rx, false, ry, 1, false);
        float[] r = ry.ToArray<float>();
        Half[] y = ys.ToArray<Half>();
        for (int i = 0; i < r.Length; i++) Assert.InRange((float)y[i], r[i] - 0.02f - (MathF.Abs(r[i]) / 256), r[i] + 0.02f + (MathF.Abs(r[i]) / 256));
        Assert.Equal(1, Ascend.Simulator.Simulator.Counters.Launches["WeightQuantBatchMatmulV2"]);
    }
}

using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>A fused operator that the card refuses to plan although its list promises it: the same call is composed, and it is counted.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class RefusalTests
{
    /// <summary>Each planning of two updates is refused in turn, by a kernel that is not there: fused operators are composed with the same result, others end in the library's error.</summary>
    [Theory, InlineData(DType.F32), InlineData(DType.BF16)]
    public void Training_goes_on_with_what_is_composed(DType products)
    {
        (double Loss, double Norm)[] expected;
        long plans;
        using (var npu = new Npu(options: new(Executors: 0)))
        {
            npu.Backend.ProductType = products;
            expected = SmallRun.Losses(npu.Backend, 1);
            plans = npu.Backend.PlannedCalls;
        }
        int composed = 0;
        for (long n = 1; n <= plans; n += 3)
        {
            using var npu = new Npu(new() { Fault = $"plan:{n}=561003" }, new(Queue: (int)(n % 5 % 3), Executors: 0)) { ExpectsRefusals = true };
            npu.Backend.ProductType = products;
            (double Loss, double Norm)[]? actual = null;
            if (Record.Exception(() => actual = SmallRun.Losses(npu.Backend, 1)) is { } e)
            {
                Assert.True(e is Ascend.AclException { Code: 561003 }, $"plan {n}: {e}");
                continue;
            }
            if (npu.Backend.RefusedCalls == 0) continue;             // asked and refused before it was needed: the list is corrected
            composed++;
            double bound = products == DType.F32 ? 2e-5 : 5e-3;
            Assert.InRange(actual![0].Loss, expected[0].Loss * (1 - bound), expected[0].Loss * (1 + bound));
            Assert.InRange(actual[0].Norm, expected[0].Norm * (1 - 5 * bound), expected[0].Norm * (1 + 5 * bound));
            Assert.Single(npu.Backend.Refusals);
            Assert.Equal((0, 0L), (npu.Backend.LiveBlocks, npu.Backend.HostFallbacks));
        }
        Assert.True(composed > 20, $"{composed} refusals were composed");
    }

    /// <summary>Either direction of attention may be the one that is refused, for packed sequences in one call and for one after another; the first question is the probe's.</summary>
    [Theory]
    [InlineData(0, "FlashAttentionVarLenScore:1"), InlineData(0, "FlashAttentionUnpaddingScoreGrad:1")]
    [InlineData(3, "FlashAttentionScore:2"), InlineData(3, "FlashAttentionScore:3"), InlineData(3, "FlashAttentionScoreGrad:1"), InlineData(3, "FlashAttentionScoreGrad:2")]
    public void Attention_is_composed_in_either_direction(int window, string refused)
    {
        using var cpu = new CpuBackend(1);
        float[] expected = Attention(cpu, window);
        using var npu = new Npu(new() { Fault = $"plan-{refused}=561002" }) { ExpectsRefusals = true };
        float[] actual = Attention(npu.Backend, window);
        Assert.InRange(npu.Backend.RefusedCalls, 1, 2);
        for (int i = 0; i < expected.Length; i++) Assert.InRange(actual[i], expected[i] - 1e-4, expected[i] + 1e-4);
        Assert.Equal(0, npu.Backend.LiveBlocks);
    }

    /// <summary>Phase one of attention forward and of AdamW says yes to everything: the first call is launched at once, and what phase two refuses is composed.</summary>
    [Theory]
    [InlineData(0, "FlashAttentionVarLenScore:1=561002"), InlineData(3, "FlashAttentionScore:1"), InlineData(3, "FlashAttentionScore:1=161002")]
    public void Attention_that_phase_two_refuses_is_composed(int window, string refused)
    {
        using var cpu = new CpuBackend(1);
        float[] expected = Attention(cpu, window);
        foreach (int queue in (int[])[0, 1, 2])
        {
            using var npu = new Npu(new() { Fault = $"refuse-{refused}" }, new(Queue: queue)) { ExpectsRefusals = true };
            float[] actual = Attention(npu.Backend, window);
            Assert.InRange(npu.Backend.RefusedCalls, 1, 2);
            for (int i = 0; i < expected.Length; i++) Assert.InRange(actual[i], expected[i] - 1e-4, expected[i] + 1e-4);
            npu.Backend.Synchronize();
            Assert.Equal(0, npu.Backend.LiveBlocks);
        }
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public void AdamW_that_phase_two_refuses_is_composed(int queue)
    {
        (double Loss, double Norm)[] expected;
        using (var npu = new Npu()) expected = SmallRun.Losses(npu.Backend, 2);
        using var refused = new Npu(new() { Fault = "refuse-ApplyAdamWV2:1" }, new(Queue: queue)) { ExpectsRefusals = true };
        (double Loss, double Norm)[] actual = SmallRun.Losses(refused.Backend, 2);
        Assert.True(refused.Backend.RefusedCalls > 0);
        for (int i = 0; i < expected.Length; i++) Assert.InRange(actual[i].Loss, expected[i].Loss * 0.9999, expected[i].Loss * 1.0001);
    }

    /// <summary>The card refuses to scale one of several lists of gradients: those before it are not scaled twice, and the rest is scaled one by one.</summary>
    [Theory, InlineData(1, 0), InlineData(2, 1), InlineData(3, 2)]
    public void Scaling_of_lists_goes_on_where_it_was_refused(int refused, int queue)
    {
        using var npu = new Npu(new() { Fault = $"plan-ForeachMulScalarV2:{refused}=561003" }, new(Queue: queue)) { ExpectsRefusals = true };
        Tensor[] blocks = [.. Enumerable.Range(1, 120).Select(i => Tensor.Full(npu.Backend, [3], i))];
        for (int round = 1; round <= 2; round++)
        {
            ((IGradientsKernel)npu.Backend).Scale(blocks, 0.5f);
            for (int i = 0; i < blocks.Length; i++) Assert.Equal((i + 1) * MathF.Pow(0.5f, round), blocks[i].ToArray<float>()[2]);
        }
        // The first planning only asks whether there is such an operator: refused then, it is never called.
        Assert.Equal(refused == 1 ? 0 : 2, npu.Backend.RefusedCalls);
        if (refused > 1) Assert.Contains("aclnnForeachMulScalarV2", Assert.Single(npu.Backend.Refusals), StringComparison.Ordinal);
        foreach (Tensor block in blocks) block.Dispose();
    }

    /// <summary>A card that nothing is known of is asked by a small call that runs.</summary>
    [Theory, InlineData("FlashAttentionScore"), InlineData("ApplyAdamWV2")]
    public void A_card_that_is_not_known_is_asked_by_phase_two(string name)
    {
        AscendKernel kernel = name == "ApplyAdamWV2" ? AscendKernel.AdamW : AscendKernel.FlashAttention;
        using (var npu = new Npu(new() { Soc = "Ascend950PR", Cann = "9.0" })) Assert.True(npu.Backend.Capabilities.Has(kernel, DType.F32));
        using var lacking = new Npu(new() { Soc = "Ascend950PR", Cann = "9.0", Fault = $"refuse-{name}:1" });
        Assert.False(lacking.Backend.Capabilities.Has(kernel, DType.F32));
    }

    /// <summary>A packed product that the card refuses is looked up.</summary>
    [Fact]
    public void A_packed_product_that_is_refused_is_looked_up()
    {
        using var npu = new Npu(new() { Fault = "plan-WeightQuantBatchMatmulV2:2=161002" }) { ExpectsRefusals = true };
        using var w = QuantizedTensor.Empty(npu.Backend, "w", [16, 128], new AffineGroupFormat(4, 32));
        foreach (Tensor part in w.Parts) npu.Backend.Fill(part, 1);
        using Tensor x = Tensor.Full(npu.Backend, [3, 128], 0, DType.F16), y = Tensor.Full(npu.Backend, [3, 16], 5, DType.F16);
        w.MatMul(x, false, y, 1, false);
        Assert.Equal(1, npu.Backend.RefusedCalls);
        Assert.All(y.ToArray<Half>(), v => Assert.Equal(0, (float)v));
    }

    /// <summary>Later calls of the refused sizes are composed at once, others are still the operator's.</summary>
    [Fact]
    public void A_refusal_is_kept_for_its_sizes()
    {
        using var npu = new Npu(new() { Fault = "plan-RmsNorm:2=561002" }) { ExpectsRefusals = true };
        using (TensorScope.Begin())
            foreach (int width in (int[])[16, 16, 24])
                Assert.Equal(1, RmsNormOp.Apply(Tensor.Full(npu.Backend, [2, width], 3), Tensor.Full(npu.Backend, [width], 1), 1e-6f).ToArray<float>()[0], 1e-4);
        Assert.Equal(2, npu.Backend.RefusedCalls);
        Assert.Equal(1, Simulator.Counters.Launches["RmsNorm"]);
        Assert.Contains("aclnnRmsNorm: no tiling (561002)", Assert.Single(npu.Backend.Refusals), StringComparison.Ordinal);
    }

    private static float[] Attention(Backend b, int window)
    {
        using var scope = TensorScope.Begin();
        var random = new Random(1);
        Parameter Make(string name, int heads) => new(name, Tensor.From<float>(b, [.. Enumerable.Range(0, 9 * heads * 16).Select(_ => random.NextSingle() - 0.5f)], [9, heads, 16])) { RequiresGrad = true };
        using Parameter q = Make("q", 4), k = Make("k", 2), v = Make("v", 2);
        using var tape = Tape.Begin();
        Tensor y = AttentionOp.Apply(q.Value, k.Value, v.Value, Segments.Packed([4, 5]), 0.5f, window);
        tape.Backward((y * y).Sum());
        return [.. y.ToArray<float>(), .. q.Grad!.ToArray<float>(), .. k.Grad!.ToArray<float>(), .. v.Grad!.ToArray<float>()];
    }
}

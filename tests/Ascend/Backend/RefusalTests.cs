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

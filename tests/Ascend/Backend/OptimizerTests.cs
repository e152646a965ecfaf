using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>AdamW by the card's operator and by parts against the processor's.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class CardOptimizerTests
{
    [Theory]
    [InlineData("Ascend910B2", DType.F32, false, false), InlineData("Ascend910A", DType.F32, false, false), InlineData("Ascend910B2", DType.BF16, false, false)]
    [InlineData("Ascend910B2", DType.F32, true, false), InlineData("Ascend910B2", DType.F32, false, true), InlineData("Ascend910A", DType.F16, true, true)]
    public void Steps_are_those_of_the_processor(string soc, DType dtype, bool l2, bool maxima)
    {
        using var npu = new Npu(new() { Soc = soc });
        using var cpu = new CpuBackend(1);
        float[][] actual = Run(npu.Backend, dtype, l2, maxima), expected = Run(cpu, dtype, l2, maxima);
        double relative = dtype switch { DType.BF16 => 8e-3, DType.F16 => 2e-3, _ => 5e-5 };        // 1 - beta is rounded there before it is used
        for (int t = 0; t < expected.Length; t++)
            for (int i = 0; i < expected[t].Length; i++) Assert.InRange(actual[t][i], expected[t][i] - relative * (Math.Abs(expected[t][i]) + 1e-3), expected[t][i] + relative * (Math.Abs(expected[t][i]) + 1e-3));
        Assert.Equal(0, npu.Backend.LiveBlocks);
    }

    private static float[][] Run(Backend b, DType dtype, bool l2, bool maxima)
    {
        const int Count = 97;
        using var scope = TensorScope.Begin();
        Tensor p = Tensor.Empty(b, [Count], dtype), m = Tensor.Zeros(b, [Count]), v = Tensor.Zeros(b, [Count]);
        Tensor? max = maxima ? Tensor.Zeros(b, [Count]) : null;
        b.Copy(Tensor.From<float>(b, Numbers(1), [Count]), p);
        for (int step = 1; step <= 3; step++)
            ((IAdamWKernel)b).Step(new AdamWSpec(0.01, 0.9, 0.999, 1e-8, 0.1, step, step == 2 ? 0.5f : 1, l2), p, Tensor.From<float>(b, Numbers(step + 1), [Count]), m, v, max);
        Tensor wide = Tensor.Empty(b, [Count]);
        b.Copy(p, wide);
        return [wide.ToArray<float>(), m.ToArray<float>(), v.ToArray<float>()];
    }

    private static float[] Numbers(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 97).Select(_ => random.NextSingle() * 2 - 1)];
    }
}

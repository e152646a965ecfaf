using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>The norm and the scale of all gradients in few launches.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class ClippingTests
{
    /// <summary>120 blocks are five lists of norms and three of products: five norms, their squares, their sum; and three products.</summary>
    [Theory, InlineData("Ascend910B2", 120, 7, 3), InlineData("Ascend910B2", 1, 3, 1), InlineData("Ascend910A", 1, 3, 1), InlineData("Ascend310P3", 4, 9, 4)]
    public void All_blocks_are_taken_at_once(string soc, int count, int normLaunches, int scaleLaunches)
    {
        using var npu = new Npu(new() { Soc = soc });
        AscendBackend b = npu;
        IGradientsKernel kernel = b;
        using var scope = TensorScope.Begin();
        var random = new Random(1);
        float[][] values = [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, 7 + i % 5).Select(_ => (float)random.NextDouble() - 0.5f).ToArray())];
        Tensor[] blocks = [.. values.Select(v => Tensor.From<float>(b, v, [v.Length]))];
        Tensor sum = Tensor.Empty(b, [1]);
        kernel.SquaredNorm(blocks, sum);                     // what is asked once is asked here
        long before = b.Launches;
        kernel.SquaredNorm(blocks, sum);
        Assert.Equal(normLaunches, b.Launches - before);
        double expected = values.Sum(v => v.Sum(x => (double)x * x));
        Assert.Equal(expected, sum.Item(), 1e-5 * expected);
        before = b.Launches;
        kernel.Scale(blocks, 0.25f);
        Assert.Equal(scaleLaunches, b.Launches - before);
        for (int i = 0; i < count; i++) Assert.Equal(values[i].Select(v => v * 0.25f), blocks[i].ToArray<float>());
        b.Fill(blocks[count / 2].View([1], [1], 3), double.PositiveInfinity);
        kernel.SquaredNorm(blocks, sum);
        Assert.False(double.IsFinite(sum.Item()));
    }

    /// <summary>Gradients lie in few blocks: what clipping costs does not grow with the number of parameters.</summary>
    [Fact]
    public void Clipping_a_model_is_four_launches()
    {
        using var npu = new Npu();
        Parameter[] parameters = [.. Enumerable.Range(0, 30).Select(i => new Parameter($"p{i}", Tensor.Full(npu.Backend, [4, 3], i)) { RequiresGrad = true })];
        using (var gradients = new Gradients(parameters))
        {
            foreach (Parameter p in parameters) Gradients.AddTo(Gradients.Begin(p), p.Value);
            Assert.Equal(Math.Sqrt(12 * Enumerable.Range(0, 30).Sum(i => i * i)), GradientClip.Norm(gradients), 1e-3);
            long before = npu.Backend.Launches;
            double norm = GradientClip.Norm(gradients);
            Assert.Equal(1, gradients.Scale((float)GradientClip.Factor(norm, 1)));
            Assert.Equal(4 + 1, npu.Backend.Launches - before);      // and the copy of the norm
            Assert.Equal(1, GradientClip.Norm(gradients), 1e-4);
        }
        foreach (Parameter p in parameters) p.Dispose();
    }
}

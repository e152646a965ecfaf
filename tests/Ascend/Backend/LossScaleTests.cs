using Pure.Tuner.Ascend.Simulator;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Training with F16 products and a scaled loss on simulated cards: with infinities, and without.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class LossScaleTests
{
    [Theory, InlineData("Ascend910B2"), InlineData("Ascend910A"), InlineData("Ascend310P3")]
    public void An_overflow_is_seen_whether_the_card_saturates_or_not(string soc)
    {
        using var npu = new Npu(new() { Soc = soc });
        AscendBackend b = npu;
        b.ProductType = DType.F16;
        Assert.True(IsSeen(x: 70000, w: 1e-3f), "an operand beyond the range");
        Assert.True(IsSeen(x: 6000, w: 100), "a sum beyond the range");
        Assert.False(IsSeen(x: 6000, w: 1), "nothing beyond the range");
        b.ProductType = DType.F32;
        Assert.False(IsSeen(x: 300, w: 300), "products of F32");

        bool IsSeen(float x, float w)
        {
            using var scope = TensorScope.Begin();
            Tensor tx = Tensor.Full(b, [2, 4], x), tw = Tensor.Full(b, [4, 3], w), y = Tensor.Empty(b, [2, 3]), sum = Tensor.Zeros(b, [1]);
            b.WatchOverflow();
            b.MatMul(tx, tw, y, 1 / 8f);
            b.Reduce(ReduceKind.SumSquares, y.View([1, 6]), sum);
            long before = b.BytesToHost;
            b.EndWatch(sum);
            Assert.Equal(before, b.BytesToHost);
            return !double.IsFinite(Math.Sqrt(sum.Item()));
        }
    }

    /// <summary>Packed 8-bit rows: on 310P by the card's own product, whose result is F16; on 910A by look-up, whose numbers are brought to F16.</summary>
    [Theory, InlineData("Ascend310P3", "WeightQuantBatchMatmulV2"), InlineData("Ascend910A", "Matmul")]
    public void An_overflow_is_seen_in_a_packed_product(string soc, string product)
    {
        using var npu = new Npu(new() { Soc = soc });
        AscendBackend b = npu;
        b.ProductType = DType.F16;
        Assert.True(IsSeen(x: 6000, scale: 127), "a sum beyond the range");
        Assert.False(IsSeen(x: 60, scale: 127), "nothing beyond the range");
        Assert.True(Simulator.Counters.Launches.GetValueOrDefault(product) > 0);
        if (product == "Matmul") Assert.True(IsSeen(x: 1e-3f, scale: 2e5f), "a number of the weight beyond the range");

        bool IsSeen(float x, float scale)
        {
            using var scope = TensorScope.Begin();
            using QuantizedTensor w = QuantizedTensor.Empty(b, "w", [32, 64], Int8RowFormat.Instance);
            b.Fill(w.Parts[Int8RowFormat.Codes], 1);
            b.Fill(w.Parts[Int8RowFormat.Scale], scale);
            if (scale > 127) b.Fill(w.Parts[Int8RowFormat.Codes], 100);
            Tensor tx = Tensor.Full(b, [2, 64], x), y = Tensor.Empty(b, [2, 32]), sum = Tensor.Zeros(b, [1]);
            b.WatchOverflow();
            w.MatMul(tx, transposed: false, y, 1 / 8f, accumulate: false);
            b.Reduce(ReduceKind.SumSquares, y.View([1, 64]), sum);
            b.EndWatch(sum);
            return !double.IsFinite(Math.Sqrt(sum.Item()));
        }
    }

    [Theory, InlineData("Ascend910B2"), InlineData("Ascend910A"), InlineData("Ascend310P3")]
    public void Scaled_training_is_near_training_in_f32_and_an_overflow_is_left_out(string soc)
    {
        using var exact = new CpuBackend(1);
        (double Loss, double Norm)[] expected = SmallRun.Losses(exact, 3);
        using var npu = new Npu(new() { Soc = soc });
        npu.Backend.ProductType = DType.F16;
        var scaler = new LossScaler();
        scaler.Load(scaler.Present with { Scale = 1024 });   // at 65536 the first gradients of this model are beyond F16
        (double Loss, double Norm)[] actual = SmallRun.Losses(npu.Backend, 3, scaler: scaler);
        Assert.Equal((1024, 3, 0), (scaler.Scale, scaler.Present.Good, scaler.Present.Bad));
        for (int s = 0; s < 3; s++)
        {
            Assert.InRange(actual[s].Loss / expected[s].Loss, 0.998, 1.002);
            Assert.InRange(actual[s].Norm / expected[s].Norm, 0.99, 1.01);
        }
        scaler.Load(scaler.Present with { Scale = 1L << 22 });
        double[] losses = [.. SmallRun.Losses(npu.Backend, 12, scaler: scaler).Select(l => l.Loss)];
        Assert.InRange(scaler.Scale, 1L << (22 - 11), 1L << (22 - 4));      // halved by each that was left out
        Assert.All(losses, l => Assert.True(double.IsFinite(l)));
        Assert.Equal(0, npu.Backend.LiveBlocks);
    }

    /// <summary>What the flag costs: a card that saturates looks at each operand and result, one that does not launches nothing more.</summary>
    [Fact]
    public void A_card_with_infinities_looks_at_nothing()
    {
        using var npu = new Npu();
        npu.Backend.ProductType = DType.F16;
        long[] launches = [.. ((LossScaler?[])[null, new LossScaler()]).Select(scaler =>
        {
            long before = 0, last = 0;
            SmallRun.Losses(npu.Backend, 3, _ => (before, last) = (last, npu.Backend.Launches), scaler: scaler);
            return last - before;
        })];
        Assert.Equal(launches[0], launches[1]);
    }
}

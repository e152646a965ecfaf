using Pure.Tuner.Ascend.Simulator;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Products of 16-bit operands on a simulated card, beside the definition: operands rounded, F32 sums.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class RoundedProductTests
{
    /// <summary>Cards, and whether their sums come back in F32: before CANN 9 nothing says so, and the simulator rounds them.</summary>
    public static TheoryData<string, string, DType> Cards() => new()
    {
        { "Ascend910B2", "8.1", DType.BF16 }, { "Ascend910B2", "9.0", DType.BF16 }, { "Ascend910B2", "9.0", DType.F16 },
        { "Ascend910A", "8.1", DType.F16 }, { "Ascend310P3", "9.0", DType.F16 }, { "Ascend950PR", "9.0", DType.BF16 },
    };

    [Theory, MemberData(nameof(Cards))]
    public void Products_are_those_of_the_reference(string soc, string cann, DType type)
    {
        using var npu = new Npu(new() { Soc = soc, Cann = cann });
        using var reference = new ReferenceBackend { ProductType = type };
        npu.Backend.ProductType = type;
        double rounding = cann == "9.0" ? 1e-5 : type == DType.BF16 ? 1 / 250.0 : 1 / 2000.0;
        foreach (bool accumulate in (bool[])[false, true])
            foreach (DType weights in (DType[])[DType.F32, DType.F16, DType.BF16])
                Near(Product(reference, accumulate, weights), Product(npu.Backend, accumulate, weights), rounding);
        Assert.Equal(0, npu.Backend.LiveBlocks);
        if (type == DType.BF16 || soc is "Ascend910B2") Assert.Equal(0, npu.Backend.HostFallbacks);
    }

    private static float[] Product(Backend b, bool accumulate, DType weights)
    {
        using var scope = TensorScope.Begin();
        Tensor x = Make(b, [2, 5, 24], DType.F32, 1), w = Make(b, [7, 24], weights, 2), y = Make(b, [2, 5, 7], DType.F32, 3);
        b.MatMul(x, w.View([2, 24, 7], [0, 1, 24], 0), y, 0.75f, accumulate);
        return y.ToArray<float>();
    }

    private static Tensor Make(Backend b, Shape shape, DType dtype, int seed)
    {
        var random = new Random(seed);
        Tensor y = Tensor.Empty(b, shape, dtype);
        HostElements.Write([.. Enumerable.Range(0, checked((int)shape.Count)).Select(_ => random.NextDouble() * 2 - 1)], y);
        return y;
    }

    private static void Near(float[] expected, float[] actual, double rounding)
    {
        double size = Math.Sqrt(expected.Sum(e => (double)e * e)), off = Math.Sqrt(expected.Zip(actual, (e, a) => ((double)e - a) * ((double)e - a)).Sum());
        Assert.True(off <= rounding * size, $"off by {off / size:G3} of the size, and {rounding:G3} is the bound");
    }

    [Fact]
    public void A_frozen_weight_of_the_same_dtype_is_used_as_it_is()
    {
        using var npu = new Npu();
        npu.Backend.ProductType = DType.BF16;
        using var scope = TensorScope.Begin();
        Tensor x = Make(npu.Backend, [5, 24], DType.F32, 1), wide = Make(npu.Backend, [24, 7], DType.F32, 2), narrow = Make(npu.Backend, [24, 7], DType.BF16, 2), y = Make(npu.Backend, [5, 7], DType.F32, 3);
        npu.Backend.MatMul(x, wide, y);                      // what is asked once is asked here
        npu.Backend.Synchronize();
        Assert.Equal(3, Launches(wide));                     // two casts and the product
        npu.Backend.Synchronize();
        Assert.Equal(2, Launches(narrow));
        Assert.Equal(1, Launches(narrow));                   // x was cast for the product before
        npu.Backend.Binary(BinaryKind.Add, x, 1, x);
        Assert.Equal(2, Launches(narrow));

        long Launches(Tensor w)
        {
            long before = npu.Backend.Launches;
            npu.Backend.MatMul(x, w, y);
            return npu.Backend.Launches - before;
        }
    }

    /// <summary>A copy of an operand is not used when the operand was written, and what was freed is no operand.</summary>
    [Fact]
    public void A_cast_operand_is_forgotten_when_it_changes()
    {
        using var npu = new Npu();
        using var reference = new ReferenceBackend { ProductType = DType.BF16 };
        npu.Backend.ProductType = DType.BF16;
        Near(Steps(reference), Steps(npu.Backend), 1 / 250.0);
        npu.Backend.Synchronize();
        Assert.Equal(0, npu.Backend.LiveBlocks);

        static float[] Steps(Backend b)
        {
            using var scope = TensorScope.Begin();
            Tensor w = Make(b, [24, 24], DType.F32, 2), y = Make(b, [24, 24], DType.F32, 3), sum = Tensor.Zeros(b, [24, 24]);
            for (int i = 0; i < 12; i++)
            {
                using (TensorScope.Begin())
                {
                    Tensor x = Make(b, [24, 24], DType.F32, 10 + i);     // its block is met again
                    b.MatMul(x, w, y);
                    b.MatMul(x.Transposed(), y, y, 0.1f, accumulate: true);
                    b.MatMul(y, y.Transposed(), sum, 0.1f, accumulate: true);
                }
                b.Binary(BinaryKind.Mul, w, 0.9, w);
            }
            return sum.ToArray<float>();
        }
    }

    [Theory, InlineData("Ascend910A", DType.BF16), InlineData("Ascend310P3", DType.BF16)]
    public void A_dtype_that_the_card_does_not_multiply_is_refused(string soc, DType type)
    {
        using var npu = new Npu(new() { Soc = soc });
        Assert.False(npu.Backend.Multiplies(type));
        var e = Assert.Throws<NotSupportedException>(() => npu.Backend.ProductType = type);
        Assert.Equal("npu: this device has no matrix products of bf16; ask Multiplies first, or leave them f32", e.Message);
        Assert.Equal(DType.F32, npu.Backend.ProductType);
    }

    /// <summary>Fused attention, the loss and packed weights round their operands too.</summary>
    [Theory, InlineData(DType.BF16, 0.01), InlineData(DType.F16, 0.002)]
    public void Fused_kernels_round_their_operands(DType type, double bound)
    {
        using var npu = new Npu();
        using var reference = new ReferenceBackend { ProductType = type };
        using var exact = new ReferenceBackend();
        npu.Backend.ProductType = type;
        foreach (Func<Backend, float[]> run in (Func<Backend, float[]>[])[Attention, Loss])
        {
            float[] expected = run(reference), actual = run(npu.Backend);
            Near(expected, actual, bound);
            Assert.NotEqual(run(exact), expected);
        }
        Assert.Equal((0, 0L), (npu.Backend.LiveBlocks, npu.Backend.HostFallbacks));
    }

    private static float[] Attention(Backend b)
    {
        using var scope = TensorScope.Begin();
        using var q = new Parameter("q", Make(b, [9, 4, 16], DType.F32, 1)) { RequiresGrad = true };
        using var k = new Parameter("k", Make(b, [9, 2, 16], DType.F32, 2)) { RequiresGrad = true };
        using var v = new Parameter("v", Make(b, [9, 2, 16], DType.F32, 3)) { RequiresGrad = true };
        using var tape = Tape.Begin();
        Tensor y = AttentionOp.Apply(q.Value, k.Value, v.Value, Segments.Packed([4, 5]), 0.25f);
        tape.Backward((y * y).Sum());
        return [.. y.ToArray<float>(), .. q.Grad!.ToArray<float>(), .. k.Grad!.ToArray<float>(), .. v.Grad!.ToArray<float>()];
    }

    private static float[] Loss(Backend b)
    {
        using var scope = TensorScope.Begin();
        using var x = new Parameter("x", Make(b, [6, 16], DType.F32, 1)) { RequiresGrad = true };
        using var w = new Parameter("w", Make(b, [40, 16], DType.F32, 2)) { RequiresGrad = true };
        using var tape = Tape.Begin();
        Tensor nll = LinearCrossEntropyOp.Apply(x.Value, w, Tensor.From<int>(b, [3, 0, 39, 7, 7, 20], [6]));
        tape.Backward(nll.Sum());
        return [.. nll.ToArray<float>(), .. x.Grad!.ToArray<float>(), .. w.Grad!.ToArray<float>()];
    }

    /// <summary>INT4 groups go through the card's own product: nothing is expanded.</summary>
    [Fact]
    public void Packed_groups_are_multiplied_packed()
    {
        using var npu = new Npu();
        npu.Backend.ProductType = DType.BF16;
        using var scope = TensorScope.Begin();
        Tensor x = Make(npu.Backend, [5, 64], DType.F32, 1), y = Tensor.Empty(npu.Backend, [5, 8]);
        using QuantizedTensor w = QuantizedTensor.Empty(npu.Backend, "w", [8, 64], new AffineGroupFormat(4, 32, scaleType: DType.F32));
        foreach (Tensor part in w.Parts) npu.Backend.Fill(part, 1);
        w.MatMul(x, transposed: false, y, 1, accumulate: false);
        npu.Backend.Synchronize();
        long before = npu.Backend.Launches;
        w.MatMul(x, transposed: false, y, 1, accumulate: false);
        Assert.Equal(3, npu.Backend.Launches - before);      // a cast, the product, a cast
    }

    /// <summary>Training with 16-bit products stays near training without.</summary>
    [Theory, InlineData("Ascend910B2", DType.BF16, 0.01), InlineData("Ascend910B2", DType.F16, 0.002), InlineData("Ascend910A", DType.F16, 0.002)]
    public void Losses_stay_near_those_of_f32(string soc, DType type, double bound)
    {
        using var exact = new CpuBackend(1);
        using var reference = new ReferenceBackend { ProductType = type };
        (double Loss, double Norm)[] f32 = SmallRun.Losses(exact, 3), expected = SmallRun.Losses(reference, 3);
        using var npu = new Npu(new() { Soc = soc });
        npu.Backend.ProductType = type;
        (double Loss, double Norm)[] actual = SmallRun.Losses(npu.Backend, 3);
        for (int s = 0; s < 3; s++)
        {
            Assert.InRange(actual[s].Loss / expected[s].Loss, 1 - bound, 1 + bound);
            Assert.InRange(actual[s].Loss / f32[s].Loss, 1 - bound, 1 + bound);
            Assert.InRange(actual[s].Norm / f32[s].Norm, 1 - 5 * bound, 1 + 5 * bound);
        }
        Assert.NotEqual(f32[0].Loss, actual[0].Loss);
    }
}

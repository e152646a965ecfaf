namespace Pure.Tuner.Tests;

/// <summary>What products of matrices round their operands to.</summary>
[Trait("Category", "Unit")]
public class ProductTypeTests
{
    [Theory, InlineData(DType.BF16), InlineData(DType.F16)]
    public void The_reference_rounds_the_operands_and_sums_as_before(DType type)
    {
        using var b = new ReferenceBackend();
        using (TensorScope.Begin())
        {
            float[] x = [1.00390625f, 0.3f, -7.77f, 1e-3f, 2049, 65519], w = [0.1f, 12.34f, 3.003f, 9.9f, -1, 1e-3f];
            Tensor y = Tensor.Full(b, [1, 1], 2), tx = Tensor.From<float>(b, x, [1, 6]), tw = Tensor.From<float>(b, w, [6, 1]);
            double Narrow(float v) => type == DType.BF16 ? (float)(BFloat16)v : (double)(Half)v;
            b.ProductType = type;
            b.MatMul(tx, tw, y, 0.5f, accumulate: true);
            Assert.Equal((float)(2 + 0.5 * x.Zip(w, (a, c) => Narrow(a) * Narrow(c)).Sum()), y.ToArray<float>()[0]);
            b.ProductType = DType.F32;
            b.MatMul(tx, tw, y);
            Assert.Equal((float)x.Zip(w, (a, c) => (double)a * c).Sum(), y.ToArray<float>()[0]);
        }
        Assert.Equal(0, b.LiveBlocks);
    }

    [Fact]
    public void A_dtype_that_is_not_multiplied_is_refused_by_name()
    {
        using var b = new NullBackend();
        Assert.True(b.Multiplies(DType.F32));
        Assert.False(b.Multiplies(DType.I32));
        Assert.Equal("null: this device has no matrix products of f16; ask Multiplies first, or leave them f32", Assert.Throws<NotSupportedException>(() => b.ProductType = DType.F16).Message);
        Assert.Equal(DType.F32, b.ProductType);
    }
}

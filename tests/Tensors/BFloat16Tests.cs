namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class BFloat16Tests
{
    [Theory]
    [InlineData(1f, 0x3F80)]
    [InlineData(-2.5f, 0xC020)]
    [InlineData(1.00390625f, 0x3F80)]      // halfway between 0x3F80 and 0x3F81: to even
    [InlineData(1.01171875f, 0x3F82)]      // halfway between 0x3F81 and 0x3F82: to even
    [InlineData(float.PositiveInfinity, 0x7F80)]
    [InlineData(float.MaxValue, 0x7F80)]
    public void Narrowing_rounds_to_nearest_even(float value, int bits) => Assert.Equal(bits, ((BFloat16)value).Bits);

    [Fact]
    public void Widening_and_narrowing_keeps_every_pattern()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            float wide = new BFloat16((ushort)bits);
            if (float.IsNaN(wide)) Assert.True(float.IsNaN((BFloat16)wide));
            else Assert.Equal(bits, ((BFloat16)wide).Bits);
        }
    }
}

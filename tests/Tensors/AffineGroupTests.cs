namespace Pure.Tuner.Tests;

/// <summary>Grids of groups: codes in a stream of bits, and the numbers they stand for.</summary>
[Trait("Category", "Unit")]
public class AffineGroupTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void Codes_come_back_from_the_stream(int bits)
    {
        for (int length = 1; length < 70; length++)
        {
            var random = new Random(length);
            byte[] codes = [.. Enumerable.Range(0, length).Select(_ => (byte)random.Next(1 << bits))];
            var stream = new byte[new AffineGroupFormat(bits, 0).RowBytes(length)];
            AffineGroupFormat.Pack(codes, bits, stream);
            var numbers = new float[length];
            AffineGroupFormat.Unpack(stream, bits, numbers);
            for (int i = 0; i < length; i++)
            {
                Assert.Equal(codes[i], AffineGroupFormat.Code(stream, bits, i));
                Assert.Equal(codes[i], numbers[i]);
            }
        }
    }

    [Fact]
    public void Three_bits_straddle_bytes()
    {
        var stream = new byte[3];
        AffineGroupFormat.Pack([1, 2, 3, 4, 5, 6, 7, 0], 3, stream);
        Assert.Equal([0b11_010_001, 0b0_101_100_0, 0b000_111_11], stream);
    }

    [Fact]
    public void Grids_hold_zero_and_what_f16_keeps()
    {
        AffineGrid free = AffineGrid.Of([-0.5, 1, 0.25], 4, isSymmetric: false);
        Assert.Equal((AffineGrid.Stored(0.1), (byte)5), (free.Scale, free.Zero));
        Assert.Equal(5, free.Code(0));
        Assert.Equal((byte)8, AffineGrid.Of([-0.5, 1], 4, isSymmetric: true).Zero);
        Assert.Equal(AffineGrid.Stored(2.0 / 15), AffineGrid.Of([-0.5, 1], 4, isSymmetric: true).Scale);
        float nearest = AffineGrid.Stored(2.0 / 15), other = AffineGrid.Of([-0.5, 1], 4, isSymmetric: true, isOther: true).Scale;
        Assert.True((nearest - 2.0 / 15) * (other - 2.0 / 15) < 0 && Math.Abs(other - nearest) < 1e-3 * nearest);       // one on either side
        Assert.True(AffineGrid.Stored(0, isOther: true) > 0);
        // Nothing below 0, and files that store the zero point minus one: the grid gives up one code.
        AffineGrid above = AffineGrid.Of([0.5, 1], 4, isSymmetric: false, lowestZero: 1);
        Assert.Equal((AffineGrid.Stored(1.0 / 14), (byte)1), (above.Scale, above.Zero));
        Assert.Equal(0, AffineGrid.Of([0, 0], 4, isSymmetric: false).Value(AffineGrid.Of([0, 0], 4, isSymmetric: false).Code(0)));
    }

    [Theory]
    [InlineData(5, 16, "5 bits")]
    [InlineData(4, -1, "groupSize")]
    public void Settings_that_make_no_sense_are_refused(int bits, int groupSize, string what) =>
        Assert.Contains(what, Assert.ThrowsAny<ArgumentException>(() => new AffineGroupFormat(bits, groupSize)).Message);

    [Fact]
    public void Names_and_parts_say_what_is_stored()
    {
        var format = new AffineGroupFormat(4, 32, hasIndex: true);
        Assert.Equal("affine4-g32-act-order", format.Name);
        Assert.Equal(["codes u8 [3, 35]", "scales f16 [3, 3]", "zeros u8 [3, 3]", "index i32 [70]"], format.Parts([3, 70]).Select(p => $"{p.Name} {p.DType.Name.ToLowerInvariant()} {p.Shape}"));
        Assert.Equal("affine3-row", new AffineGroupFormat(3, 0).Name);
    }
}

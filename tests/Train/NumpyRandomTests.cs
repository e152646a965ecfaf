namespace Pure.Tuner.Tests;

/// <summary>NumPy's generators against numbers that NumPy prints.</summary>
[Trait("Category", "Unit")]
public class NumpyRandomTests
{
    [Fact]
    public void Doubles_are_those_of_default_rng()
    {
        var rng = new Pcg64(42);
        double[] expected = [0.77395605, 0.43887844, 0.85859792, 0.69736803, 0.09417735];
        foreach (double e in expected) Assert.Equal(e, rng.NextDouble(), 8);
        Assert.Equal(0.6369616873214543, new Pcg64(0).NextDouble());
        Assert.Equal(0.22733602246716966, new Pcg64(12345).NextDouble());
    }

    [Fact]
    public void Whole_numbers_are_those_of_default_rng()
    {
        var rng = new Pcg64(42);
        Assert.Equal([0, 7, 6, 4, 4, 8, 0, 6, 2, 0], Enumerable.Range(0, 10).Select(_ => (int)rng.Bounded(9)));
        var after = new Pcg64(12345);
        Assert.Equal([6, 2, 7], Enumerable.Range(0, 3).Select(_ => (int)after.Bounded(9)));
    }

    [Fact]
    public void A_permutation_is_that_of_default_rng() => Assert.Equal([5, 6, 0, 7, 3, 2, 4, 9, 1, 8], new Pcg64(42).Permutation(10));

    [Fact]
    public void The_old_generator_permutes_as_numpy_does()
    {
        Assert.Equal([8, 1, 5, 0, 7, 2, 9, 4, 3, 6], new NumpyLegacyRandom(42).Permutation(10));
        Assert.Equal([2, 8, 4, 9, 1, 6, 7, 3, 0, 5], new NumpyLegacyRandom(0).Permutation(10));
        Assert.Equal([51, 92, 14, 71, 60, 20, 82, 86, 74, 74], new NumpyLegacyRandom(42).Choice(100, 10));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public void A_permutation_has_every_number_once(int count)
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            Assert.Equal(Enumerable.Range(0, count), new Pcg64(seed).Permutation(count).Order());
            Assert.Equal(Enumerable.Range(0, count), new NumpyLegacyRandom((long)seed).Permutation(count).Order());
        }
    }

    [Fact]
    public void Choices_follow_the_probabilities_and_a_clone_goes_on_alike()
    {
        var rng = new Pcg64(7);
        rng.Next32();
        Pcg64 clone = rng.Clone();
        int[] drawn = rng.Choice([0.1, 0.0, 0.9], 20_000);
        Assert.Equal(drawn, clone.Choice([0.1, 0.0, 0.9], 20_000));
        Assert.DoesNotContain(1, drawn);
        Assert.InRange(drawn.Count(d => d == 0), 1800, 2200);
        Assert.Equal(rng.Next32(), clone.Next32());
    }

    [Fact]
    public void Wide_bounds_stay_inside()
    {
        var rng = new Pcg64(3);
        foreach (ulong most in (ulong[])[1, uint.MaxValue - 1UL, uint.MaxValue, uint.MaxValue + 1UL, (1UL << 63) - 1, ulong.MaxValue - 1])
            for (int i = 0; i < 200; i++) Assert.InRange(rng.Bounded(most), 0UL, most);
        // The shift that the bound 2^63 comes to never rejects.
        Assert.Equal(new Pcg64(3).Next64() >> 1, new Pcg64(3).Bounded((1UL << 63) - 1));
    }
}

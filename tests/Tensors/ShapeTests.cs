using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class ShapeTests
{
    [Fact]
    public void A_shape_knows_its_lengths()
    {
        Shape shape = [2, 3, 5];
        Assert.Equal((3, 30L, 5, 6), (shape.Rank, shape.Count, shape.Last, shape.Rows));
        Assert.Equal(5, shape[-1]);
        Assert.Equal(2, shape[^3]);
        Assert.Equal("[2, 3, 5]", shape.ToString());
        Assert.Equal(new Shape(2, 3, 7), shape.WithLast(7));
        Assert.NotEqual(new Shape(3, 2, 5), shape);
        Assert.Equal(new[] { 15, 5, 1 }, shape.ContiguousStrides());
    }

    [Fact]
    public void A_scalar_has_no_dimensions_and_one_element()
    {
        Shape scalar = default;
        Assert.Equal((0, 1L, 1, 1), (scalar.Rank, scalar.Count, scalar.Last, scalar.Rows));
        Assert.Equal(new Shape(), scalar);
    }

    [Fact]
    public void A_negative_length_is_refused() =>
        Assert.Equal("shape: a length is negative: [2, -1]", Assert.Throws<ArgumentException>(() => new Shape(2, -1)).Message);
}

[Trait("Category", "Unit")]
public class CounterRandomTests
{
    /// <summary>The answers for counters of zeros and of ones that the authors of the generator publish.</summary>
    [Fact]
    public void Philox_gives_the_published_words() =>
        Assert.Equal((0x6627E8D5u, 0xE169C58Du, 0xBC57AC4Cu, 0x9B00DBD8u), CounterRandom.Philox(0, 0));

    [Fact]
    public void A_word_is_a_function_of_key_and_element_alone()
    {
        (uint a, uint b, uint c, uint d) = CounterRandom.Philox(7, 3);
        Assert.Equal(new[] { a, b, c, d }, Enumerable.Range(12, 4).Select(i => CounterRandom.Word(7, i)));
    }

    [Fact]
    public void Keys_differ_with_each_part()
    {
        ulong[] keys = [CounterRandom.Key(1, 2, 3, "a"), CounterRandom.Key(2, 2, 3, "a"), CounterRandom.Key(1, 3, 3, "a"), CounterRandom.Key(1, 2, 4, "a"), CounterRandom.Key(1, 2, 3, "b")];
        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    [Theory, InlineData(0f, 0u), InlineData(0.5f, 0x80000000u), InlineData(0.25f, 0x40000000u)]
    public void The_bound_is_the_share_of_all_words(float rate, uint bound) => Assert.Equal(bound, CounterRandom.DropBelow(rate));
}

[Trait("Category", "Unit")]
public class SegmentsTests
{
    [Fact]
    public void The_last_query_sees_the_last_key()
    {
        var segments = new Segments([0], [2], [10], [5]);
        Assert.Equal((0, 4), segments.Visible(0, 0, 0));
        Assert.Equal((0, 5), segments.Visible(0, 1, 0));
        Assert.Equal((2, 5), segments.Visible(0, 1, 3));
    }

    [Fact]
    public void Fewer_keys_than_queries_are_refused() =>
        Assert.Contains("sequence 0 has 3 queries but 2 keys", Assert.Throws<ArgumentException>(() => new Segments([0], [3], [0], [2])).Message);
}

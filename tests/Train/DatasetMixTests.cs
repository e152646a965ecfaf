namespace Pure.Tuner.Tests;

/// <summary>Orders of mixing and shuffling, against those that Hugging Face's documentation prints.</summary>
[Trait("Category", "Unit")]
public class DatasetMixTests
{
    private static int[] Order(int[] lengths, string strategy, params double[] probabilities) =>
        [.. DatasetMix.Order(lengths, strategy, probabilities, 42).Select(p => 10 * p.Set + p.Row)];

    private static int[] Streamed(int[] lengths, string strategy, params double[] probabilities) =>
        [.. DatasetMix.Stream([.. lengths.Select((n, s) => Enumerable.Range(10 * s, n))], strategy,
            probabilities.Length > 0 ? DatasetMix.Draws(new Pcg64(42), probabilities) : DatasetMix.InTurn(lengths.Length))];

    [Fact]
    public void Turns_are_taken_until_the_first_or_the_last_is_through()
    {
        Assert.Equal([0, 1, 10, 11, 12, 20], Order([2, 3, 1], "concat"));
        Assert.Equal([0, 10, 20, 1, 11, 21, 2, 12, 22], Order([3, 4, 5], "interleave_under"));
        Assert.Equal([0, 10, 20, 1, 11, 21, 2, 12, 22, 0, 13, 23, 1, 10, 24], Order([3, 4, 5], "interleave_over"));
        Assert.Equal([0, 10, 20, 1, 11, 21, 2, 12, 22, 13], Order([3, 4, 3], "interleave_once"));
    }

    [Fact]
    public void Draws_with_probabilities_are_the_references()
    {
        Assert.Equal([10, 0, 11, 1, 2], Order([3, 3, 3], "interleave_under", 0.7, 0.2, 0.1));
        Assert.Equal([10, 0, 11, 1, 2, 20, 12, 10, 0, 1, 2, 21, 0, 11, 1, 2, 0, 1, 12, 2, 10, 0, 22], Order([3, 3, 3], "interleave_over", 0.7, 0.2, 0.1));
        int[] once = Order([3, 4, 5], "interleave_once", 0.7, 0.2, 0.1);
        Assert.Equal([0, 1, 2, 10, 11, 12, 13, 20, 21, 22, 23, 24], once.Order());
        Assert.Equal([10, 0, 11, 1, 2], once[..5]);
    }

    [Fact]
    public void A_stream_ends_when_it_knows_that_a_set_is_through()
    {
        // One row ahead is looked at: after the last row of the first set nothing more is taken.
        Assert.Equal([0, 10, 1, 11, 2], Streamed([3, 4], "interleave_under"));
        Assert.Equal([0, 10, 1, 11, 0, 12], Streamed([2, 3], "interleave_over"));
        Assert.Equal([0, 10, 1, 11, 12], Streamed([2, 3], "interleave_once"));
        Assert.Equal([10, 0, 11, 1, 2], Streamed([3, 3, 3], "interleave_under", 0.7, 0.2, 0.1));
        Assert.Equal([10, 0, 11, 1, 2, 20, 12, 10, 0, 1, 2, 21, 0, 11, 1, 2, 0, 1, 12, 2, 10, 0, 22], Streamed([3, 3, 3], "interleave_over", 0.7, 0.2, 0.1));
        Assert.Empty(Streamed([0, 3], "interleave_under"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(2500)]
    [InlineData(5000)]
    public void The_buffer_gives_every_row_once_and_never_looks_further_than_its_size(int size)
    {
        int read = 0, given = 0;
        IEnumerable<int> Rows()
        {
            for (int i = 0; i < 3000; i++)
            {
                read++;
                yield return i;
            }
        }
        var all = new List<int>();
        foreach (int row in BufferShuffle.Apply(Rows(), size, BufferShuffle.Random(42, 0)))
        {
            all.Add(row);
            given++;
            Assert.InRange(read - given, 0, size);
        }
        Assert.Equal(Enumerable.Range(0, 3000), all.Order());
        if (size == 1) Assert.Equal(Enumerable.Range(0, 3000), all);
        else Assert.NotEqual(all, [.. BufferShuffle.Apply(Rows(), size, BufferShuffle.Random(42, 1))]);
        Assert.Equal(all, [.. BufferShuffle.Apply(Rows(), size, BufferShuffle.Random(42, 0))]);
    }
}

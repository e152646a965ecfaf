namespace Pure.Tuner;

/// <summary>NumPy's old global generator after <c>numpy.random.seed(seed)</c>: what num_samples of a data set draws from.</summary>
internal sealed class NumpyLegacyRandom(long seed)
{
    private readonly Mt19937 _bits = new(seed);

    /// <summary>Numbers 0 to <paramref name="count"/> - 1 in a random order: <c>numpy.random.permutation(count)</c>.</summary>
    public int[] Permutation(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = Bounded(i);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }

    /// <summary><paramref name="size"/> numbers below <paramref name="count"/>, each drawn anew: <c>numpy.random.choice(count, size)</c>.</summary>
    public int[] Choice(int count, int size)
    {
        var drawn = new int[size];
        for (int i = 0; i < size; i++) drawn[i] = Bounded(count - 1);
        return drawn;
    }

    // Draws under the smallest mask of ones that covers the bound, again until it fits.
    private int Bounded(int most)
    {
        if (most == 0) return 0;
        uint mask = uint.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount((uint)most);
        uint value;
        do value = _bits.Next() & mask; while (value > most);
        return (int)value;
    }
}

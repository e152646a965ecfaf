namespace Pure.Tuner;

/// <summary>Mixes a stream through a buffer: each row waits in it until it is drawn.</summary>
/// <remarks>The order of Hugging Face's IterableDataset.shuffle, with the same draws.</remarks>
internal static class BufferShuffle
{
    private const int DrawsAtOnce = 1000;

    /// <summary>The generator of an epoch.</summary>
    public static Pcg64 Random(long seed, int epoch)
    {
        var random = new Pcg64((ulong)seed);
        if (epoch == 0) return random;
        long other = (long)random.Bounded(long.MaxValue) - epoch;
        return new Pcg64(other < 0 ? (1UL << 63) - (ulong)-other : (ulong)other);
    }

    /// <summary>The rows in a random order.</summary>
    /// <param name="rows">The stream.</param>
    /// <param name="size">Rows in the buffer.</param>
    /// <param name="random">Is used up.</param>
    public static IEnumerable<T> Apply<T>(IEnumerable<T> rows, int size, Pcg64 random)
    {
        var buffer = new List<T>();
        int[] draws = new int[DrawsAtOnce];
        int drawn = DrawsAtOnce;
        foreach (T row in rows)
        {
            if (buffer.Count < size)
            {
                buffer.Add(row);
                continue;
            }
            if (drawn == DrawsAtOnce)
            {
                for (int i = 0; i < draws.Length; i++) draws[i] = (int)random.Bounded((ulong)size - 1);
                drawn = 0;
            }
            int at = draws[drawn++];
            yield return buffer[at];
            buffer[at] = row;
        }
        random.Shuffle(buffer);
        foreach (T row in buffer) yield return row;
    }
}

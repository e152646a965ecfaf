namespace Pure.Tuner.Kernels;

/// <summary>Which packed rows belong to one sequence: where its queries and its keys stand. The last query sees the last key.</summary>
/// <remarks>Training packs queries and keys alike; decoding has few queries and all keys of the cache.</remarks>
public sealed class Segments
{
    /// <summary>One entry a sequence in each array: first row and number of rows.</summary>
    public Segments(int[] queryStart, int[] queryLength, int[] keyStart, int[] keyLength)
    {
        if (queryLength.Length != queryStart.Length || keyStart.Length != queryStart.Length || keyLength.Length != queryStart.Length)
            throw new ArgumentException("segments: the four lists have different lengths");
        for (int i = 0; i < queryStart.Length; i++)
            if (keyLength[i] < queryLength[i]) throw new ArgumentException($"segments: sequence {i} has {queryLength[i]} queries but {keyLength[i]} keys");
        (QueryStart, QueryLength, KeyStart, KeyLength) = (queryStart, queryLength, keyStart, keyLength);
    }

    /// <summary>First query row of each sequence.</summary>
    public int[] QueryStart { get; }

    /// <summary>Query rows of each sequence.</summary>
    public int[] QueryLength { get; }

    /// <summary>First key row of each sequence.</summary>
    public int[] KeyStart { get; }

    /// <summary>Key rows of each sequence, at least its queries.</summary>
    public int[] KeyLength { get; }

    /// <summary>Number of sequences.</summary>
    public int Count => QueryStart.Length;

    /// <summary>Sequences one after another, queries and keys alike.</summary>
    public static Segments Packed(params ReadOnlySpan<int> lengths)
    {
        var starts = new int[lengths.Length];
        int next = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            starts[i] = next;
            next += lengths[i];
        }
        int[] counts = lengths.ToArray();
        return new(starts, counts, starts, counts);
    }

    /// <summary>Keys that query <paramref name="query"/> of sequence <paramref name="segment"/> sees, counted from the sequence's first key: [first, end).</summary>
    /// <param name="segment">The sequence.</param>
    /// <param name="query">The query, counted from the sequence's first.</param>
    /// <param name="window">How many keys back it sees, itself included; 0 for all.</param>
    public (int First, int End) Visible(int segment, int query, int window)
    {
        int end = KeyLength[segment] - QueryLength[segment] + query + 1;
        return (window > 0 ? Math.Max(0, end - window) : 0, end);
    }
}

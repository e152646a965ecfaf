namespace Pure.Tuner.Ascend;

/// <summary>One sequence of packed rows as a batch of one, and questions about how sequences lie.</summary>
internal readonly struct AttentionRuns(Segments segments, int number)
{
    private readonly int _query = segments.QueryStart[number], _queries = segments.QueryLength[number], _key = segments.KeyStart[number], _keys = segments.KeyLength[number];

    /// <summary>[tokens, heads, d] as [1, queries, heads, d].</summary>
    public Tensor Queries(Tensor x) => Rows(x, _query, _queries);

    /// <summary>[keys, heads, d] as [1, keys, heads, d].</summary>
    public Tensor Keys(Tensor x) => Rows(x, _key, _keys);

    /// <summary>This sequence's piece of [tokens, heads, lanes] as [1, heads, queries, lanes]: the order inside differs from that of packed sequences, the room does not.</summary>
    public Tensor Statistics(Tensor x)
    {
        int heads = x.Shape[1], lanes = x.Shape[2];
        Shape shape = [1, heads, _queries, lanes];
        return x.View(shape, shape.ContiguousStrides(), x.Offset + (long)_query * heads * lanes);
    }

    private static Tensor Rows(Tensor x, int start, int count)
    {
        Shape shape = [1, count, x.Shape[1], x.Shape[2]];
        return x.View(shape, shape.ContiguousStrides(), x.Offset + (long)start * x.Shape[1] * x.Shape[2]);
    }

    /// <summary>Whether pieces follow one another from row 0 to the last.</summary>
    public static bool Cover(int[] starts, int[] lengths, int rows)
    {
        int next = 0;
        for (int i = 0; i < starts.Length; i++)
        {
            if (starts[i] != next) return false;
            next += lengths[i];
        }
        return next == rows;
    }

    /// <summary>Whether no sequence has more queries than keys: the variable-length form refuses rows that see nothing.</summary>
    public static bool AllSeeKeys(Segments segments)
    {
        for (int i = 0; i < segments.Count; i++)
            if (segments.QueryLength[i] > segments.KeyLength[i]) return false;
        return true;
    }

    /// <summary>Whether no row belongs to two pieces.</summary>
    public static bool AreApart(int[] starts, int[] lengths)
    {
        for (int i = 0; i < starts.Length; i++)
            for (int j = 0; j < i; j++)
                if (starts[i] < starts[j] + lengths[j] && starts[j] < starts[i] + lengths[i]) return false;
        return true;
    }

    /// <summary>Whether some query sees fewer keys than there are before it.</summary>
    public static bool HasWindow(in AttentionSpec spec)
    {
        int longest = 0;
        foreach (int keys in spec.Segments.KeyLength) longest = Math.Max(longest, keys);
        return spec.Window > 0 && spec.Window < longest;
    }

    /// <summary>Cumulative lengths, without a leading 0: where each sequence ends.</summary>
    public static long[] Ends(int[] lengths)
    {
        var ends = new long[lengths.Length];
        long end = 0;
        for (int i = 0; i < ends.Length; i++) ends[i] = end += lengths[i];
        return ends;
    }
}

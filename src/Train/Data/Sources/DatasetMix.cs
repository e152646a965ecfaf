namespace Pure.Tuner;

/// <summary>Several data sets as one, by the recipe's mix_strategy.</summary>
/// <remarks>The orders of datasets.interleave_datasets (Hugging Face datasets 4.0), with the same draws from NumPy's generator.</remarks>
internal static class DatasetMix
{
    private const int DrawsAtOnce = 1000;

    /// <summary>Which row comes when.</summary>
    /// <param name="lengths">Rows of each set.</param>
    /// <param name="strategy">concat, interleave_under, interleave_over or interleave_once.</param>
    /// <param name="probabilities">How often each set is drawn; none for turn by turn.</param>
    /// <param name="seed">The recipe's seed.</param>
    public static IEnumerable<(int Set, int Row)> Order(IReadOnlyList<int> lengths, string strategy, IReadOnlyList<double> probabilities, long seed)
    {
        if (strategy == "concat" || lengths.Count == 1) return lengths.SelectMany((n, s) => Enumerable.Range(0, n).Select(r => (s, r)));
        if (probabilities.Count > 0) return Drawn(lengths, strategy, probabilities, seed);
        int rounds = strategy == "interleave_under" ? lengths.Min() : lengths.Max();
        return from r in Enumerable.Range(0, rounds)
               from s in Enumerable.Range(0, lengths.Count)
               where strategy != "interleave_once" || r < lengths[s]
               select (s, r % lengths[s]);
    }

    private static IEnumerable<(int Set, int Row)> Drawn(IReadOnlyList<int> lengths, string strategy, IReadOnlyList<double> probabilities, long seed)
    {
        bool once = strategy == "interleave_once";
        int[] next = new int[lengths.Count];
        bool[] done = new bool[lengths.Count];
        foreach (int set in Draws(new Pcg64((ulong)seed), probabilities))
        {
            if (IsOver(done, strategy)) yield break;
            if (!once || !done[set]) yield return (set, next[set]++);
            if (next[set] < lengths[set]) continue;
            done[set] = true;
            if (!once) next[set] = 0;
        }
    }

    /// <summary>Sets drawn without end.</summary>
    internal static IEnumerable<int> Draws(Pcg64 random, IReadOnlyList<double> probabilities)
    {
        for (; ; )
            foreach (int set in random.Choice(probabilities, DrawsAtOnce)) yield return set;
    }

    /// <summary>Whether a set that is through ends the whole.</summary>
    internal static bool IsOver(bool[] done, string strategy) => strategy == "interleave_under" ? done.Contains(true) : !done.Contains(false);

    /// <summary>Rows of streams by the strategy: a set counts as through when nothing comes after the row that was just taken.</summary>
    /// <param name="sets">The streams; each can be begun again.</param>
    /// <param name="strategy">interleave_under, interleave_over or interleave_once.</param>
    /// <param name="turns">Which set is next, without end.</param>
    public static IEnumerable<T> Stream<T>(IReadOnlyList<IEnumerable<T>> sets, string strategy, IEnumerable<int> turns)
    {
        var at = new IEnumerator<T>?[sets.Count];
        var done = new bool[sets.Count];
        try
        {
            foreach (int s in turns)
            {
                if (IsOver(done, strategy)) yield break;
                if (done[s] && strategy == "interleave_once") continue;
                if (at[s] is not { } rows)
                {
                    at[s] = rows = sets[s].GetEnumerator();
                    if (!rows.MoveNext())
                    {
                        done[s] = true;
                        continue;
                    }
                }
                T row = rows.Current;
                if (!rows.MoveNext())
                {
                    done[s] = true;
                    rows.Dispose();
                    at[s] = null;
                }
                yield return row;
            }
        }
        finally
        {
            foreach (IEnumerator<T>? rows in at) rows?.Dispose();
        }
    }

    /// <summary>0, 1, … and again from 0, without end.</summary>
    public static IEnumerable<int> InTurn(int sets)
    {
        for (int s = 0; ; s = (s + 1) % sets) yield return s;
    }
}

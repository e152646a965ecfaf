namespace Pure.Tuner;

/// <summary>Changes of the logits that look at the row so far. A token that must not come gets -inf.</summary>
internal static class LogitProcessors
{
    /// <summary>How often each id occurs in the list at hand; all 0 between calls.</summary>
    [ThreadStatic] private static int[]? s_counts;

    /// <summary>logit -= presence · [count > 0] + frequency · count, counts over the generated ids.</summary>
    internal static void PresenceAndFrequency(Span<float> logits, ReadOnlySpan<int> generated, double presence, double frequency)
    {
        int[] counts = Count(logits.Length, generated);
        foreach (int id in generated)
        {
            if (!Take(counts, logits.Length, id, out int count)) continue;
            logits[id] = Bounded(logits[id], logits[id] - (presence + frequency * count));
        }
    }

    /// <summary>Positive logits of the ids in the row are divided, others multiplied, once an id.</summary>
    internal static void RepetitionPenalty(Span<float> logits, ReadOnlySpan<int> history, double penalty)
    {
        int[] counts = Count(logits.Length, history);
        foreach (int id in history)
        {
            if (!Take(counts, logits.Length, id, out _)) continue;
            float x = logits[id];
            logits[id] = Bounded(x, x < 0 ? x * penalty : x / penalty);
        }
    }

    /// <summary>Removes every id that followed the row's last n - 1 ids before.</summary>
    internal static void NoRepeatNgram(Span<float> logits, ReadOnlySpan<int> history, int n)
    {
        if (history.Length < n) return;
        ReadOnlySpan<int> end = history[^(n - 1)..];
        for (int i = 0; i + n <= history.Length; i++)
            if (history.Slice(i, n - 1).SequenceEqual(end)) Remove(logits, history[i + n - 1]);
    }

    /// <summary>Removes the last id of each word whose other ids end the row.</summary>
    /// <remarks>As in the reference, a word longer than the row is passed over, and a lone end token is no bad word.</remarks>
    internal static void BadWords(Span<float> logits, ReadOnlySpan<int> history, IReadOnlyList<int[]> words, IReadOnlyList<int> eos)
    {
        foreach (int[] word in words)
        {
            if (word.Length == 1)
            {
                if (!eos.Contains(word[0])) Remove(logits, word[0]);
            }
            else if (word.Length <= history.Length && history.EndsWith(word.AsSpan(0, word.Length - 1)))
            {
                Remove(logits, word[^1]);
            }
        }
    }

    /// <summary>Removes ids.</summary>
    internal static void Suppress(Span<float> logits, IReadOnlyList<int> ids)
    {
        for (int i = 0; i < ids.Count; i++) Remove(logits, ids[i]);
    }

    /// <summary>Leaves only these ids, at 0.</summary>
    internal static void Force(Span<float> logits, IReadOnlyList<int> ids)
    {
        logits.Fill(float.NegativeInfinity);
        for (int i = 0; i < ids.Count; i++) logits[ids[i]] = 0;
    }

    /// <summary>y as a float; what was finite stays finite, because -inf means removed.</summary>
    internal static float Bounded(float x, double y) => float.IsFinite(x) ? (float)Math.Clamp(y, -float.MaxValue, float.MaxValue) : x;

    /// <summary>End tokens and the row's own ids may lie outside a model's logits: there is nothing to remove then.</summary>
    private static void Remove(Span<float> logits, int id)
    {
        if ((uint)id < (uint)logits.Length) logits[id] = float.NegativeInfinity;
    }

    private static int[] Count(int vocab, ReadOnlySpan<int> ids)
    {
        if (s_counts is null || s_counts.Length < vocab) s_counts = new int[vocab];
        foreach (int id in ids)
            if ((uint)id < (uint)vocab) s_counts[id]++;
        return s_counts;
    }

    /// <summary>True the first time an id is met; its counter is 0 again afterwards.</summary>
    private static bool Take(int[] counts, int vocab, int id, out int count)
    {
        count = 0;
        if ((uint)id >= (uint)vocab) return false;
        (count, counts[id]) = (counts[id], 0);
        return count > 0;
    }
}

namespace Pure.Tuner;

/// <summary>How many of the best logits decide which token comes: nothing else has to be known of a row.</summary>
/// <param name="Keep">What the filter by number keeps, ties with the last apart; 1 for the most probable token.</param>
/// <param name="Temperature">What logits are divided by before it.</param>
internal sealed record Candidates(int Keep, double Temperature)
{
    /// <summary>Beyond this a whole row is brought back.</summary>
    private const int MostKept = 1024;

    /// <summary>Fetched beyond what is kept, so that ties with the last are seen.</summary>
    private const int Slack = 8;

    /// <summary>Those of a row of <paramref name="vocab"/>.</summary>
    internal int Fetched(int vocab) => Keep == 1 ? 1 : Math.Min(vocab, Keep + Slack);

    /// <summary>Whether a token that was not fetched may be as good as the last that is kept.</summary>
    /// <param name="best">The fetched logits, the largest first.</param>
    /// <param name="vocab">Tokens of the row.</param>
    internal bool MayMiss(ReadOnlySpan<float> best, int vocab) =>
        Keep > 1 && best.Length < vocab && LogitProcessors.Bounded(best[^1], best[^1] / Temperature) >= LogitProcessors.Bounded(best[Keep - 1], best[Keep - 1] / Temperature);

    /// <summary>What options come down to; null where the whole row may matter: something looks at the row so far, or draws from more.</summary>
    internal static Candidates? Of(GenerationOptions o)
    {
        if (o.PresencePenalty != 0 || o.FrequencyPenalty != 0 || o.RepetitionPenalty != 1 || o.NoRepeatNgramSize > 0 || o.BadWordsIds.Count > 0) return null;
        if (o.MinNewTokens is > 0 || o.MinLength > 0 || o.ForcedEosTokenId.Count > 0 || o.SuppressTokens.Count > 0) return null;
        if (!o.Samples) return new(1, 1);
        return o.TopK is > 1 and <= MostKept ? new(o.TopK, o.Temperature) : null;
    }
}

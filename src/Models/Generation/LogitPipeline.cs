using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>All processors and filters that the options ask for, in the reference's order, and the choice of a token.</summary>
internal sealed class LogitPipeline(GenerationOptions options)
{
    /// <summary>Changes that look at the row.</summary>
    /// <param name="logits">Of the next token, [vocab]; log-probabilities in beam search.</param>
    /// <param name="history">All ids of the row.</param>
    /// <param name="promptLength">How many of them are the prompt.</param>
    /// <param name="lengthLimit">Total length at which the row ends.</param>
    internal void Process(Span<float> logits, ReadOnlySpan<int> history, int promptLength, int lengthLimit)
    {
        if (options.PresencePenalty != 0 || options.FrequencyPenalty != 0)
            LogitProcessors.PresenceAndFrequency(logits, history[promptLength..], options.PresencePenalty, options.FrequencyPenalty);
        if (options.RepetitionPenalty != 1) LogitProcessors.RepetitionPenalty(logits, history, options.RepetitionPenalty);
        if (options.NoRepeatNgramSize > 0) LogitProcessors.NoRepeatNgram(logits, history, options.NoRepeatNgramSize);
        if (options.BadWordsIds.Count > 0) LogitProcessors.BadWords(logits, history, options.BadWordsIds, options.EosTokenIds);
        int minLength = options.MinNewTokens is { } made ? promptLength + made : options.MinLength;
        if (history.Length < minLength) LogitProcessors.Suppress(logits, options.EosTokenIds);
        if (options.ForcedEosTokenId.Count > 0 && history.Length == lengthLimit - 1) LogitProcessors.Force(logits, options.ForcedEosTokenId);
        LogitProcessors.Suppress(logits, options.SuppressTokens);
    }

    /// <summary>Cuts before drawing.</summary>
    /// <param name="logits">[vocab].</param>
    /// <param name="keep">How many of the best tokens always stay.</param>
    internal void Filter(Span<float> logits, int keep = 1)
    {
        if (options.Temperature != 1) SamplingFilters.Temperature(logits, options.Temperature);
        if (options.TopK > 0) SamplingFilters.TopK(logits, options.TopK, keep);
        if (options.TopP < 1) SamplingFilters.TopP(logits, options.TopP, keep);
        if (options.MinP > 0) SamplingFilters.MinP(logits, options.MinP, keep);
        if (options.TypicalP < 1) SamplingFilters.TypicalP(logits, options.TypicalP, keep);
        if (options.EpsilonCutoff > 0) SamplingFilters.EpsilonCutoff(logits, options.EpsilonCutoff, keep);
        if (options.EtaCutoff > 0) SamplingFilters.EtaCutoff(logits, options.EtaCutoff, keep);
    }

    /// <summary>The most probable token, the first of several.</summary>
    internal static int Best(ReadOnlySpan<float> logits)
    {
        float largest = Probabilities.Largest(logits);
        return logits.IndexOf(largest);
    }

    /// <summary>The token at which the running sum of probabilities passes <paramref name="u"/>.</summary>
    /// <param name="logits">[vocab].</param>
    /// <param name="u">From 0 to below 1.</param>
    internal static int Draw(ReadOnlySpan<float> logits, double u)
    {
        double max = Probabilities.Largest(logits), total = 0;
        foreach (float x in logits) total += Weight(x, max);
        double left = u * total;
        int last = -1;
        for (int i = 0; i < logits.Length; i++)
        {
            double w = Weight(logits[i], max);
            if (w == 0) continue;
            last = i;
            if ((left -= w) < 0) break;
        }
        return last;
    }

    /// <summary>A number from 0 to below 1 for one draw: a function of the key and the step, so that no row's text hangs on another row.</summary>
    internal static double Uniform(ulong key, long step)
    {
        (uint a, uint b, _, _) = CounterRandom.Philox(key, (ulong)step);
        return ((ulong)a << 21 | b >> 11) * (1.0 / (1L << 53));
    }

    private static double Weight(float x, double max) => float.IsNegativeInfinity(x) ? 0 : Math.Exp(x - max);
}

namespace Pure.Tuner;

/// <summary>How text is continued; names, meanings and defaults are those of Hugging Face's generation configuration.</summary>
public sealed partial record GenerationOptions
{
    /// <summary>New tokens made when neither <see cref="MaxNewTokens"/> nor <see cref="MaxLength"/> is given.</summary>
    public const int DefaultNewTokens = 20;

    /// <summary>Most new tokens; goes before <see cref="MaxLength"/>.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Most tokens of prompt and continuation together.</summary>
    public int? MaxLength { get; init; }

    /// <summary>No end before prompt and continuation together have this many tokens.</summary>
    public int MinLength { get; init; }

    /// <summary>No end before this many new tokens; goes before <see cref="MinLength"/>.</summary>
    public int? MinNewTokens { get; init; }

    /// <summary>Whether tokens are drawn at random; else the most probable is taken.</summary>
    public bool DoSample { get; init; }

    /// <summary>Divides the logits when sampling; 0 takes the most probable token.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Sampling keeps this many of the most probable tokens, ties included; 0 keeps all.</summary>
    public int TopK { get; init; } = 50;

    /// <summary>Sampling keeps the most probable tokens that together have this probability; 1 keeps all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Sampling drops tokens below this share of the best one's probability; 0 drops none.</summary>
    public double MinP { get; init; }

    /// <summary>Sampling keeps the tokens nearest to the expected information that together have this probability; 1 keeps all.</summary>
    /// <remarks>Meister et al. 2022, arXiv:2202.00666.</remarks>
    public double TypicalP { get; init; } = 1;

    /// <summary>Sampling drops tokens below this probability; 0 drops none.</summary>
    /// <remarks>Hewitt et al. 2022, arXiv:2210.15191; likewise <see cref="EtaCutoff"/>.</remarks>
    public double EpsilonCutoff { get; init; }

    /// <summary>Sampling drops tokens below min(eta, √eta · exp(-entropy)); 0 drops none.</summary>
    public double EtaCutoff { get; init; }

    /// <summary>Divides positive and multiplies negative logits of the ids already in the row; 1 is off.</summary>
    /// <remarks>Keskar et al. 2019, arXiv:1909.05858.</remarks>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted from the logit of every new id that was made before.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>Subtracted from the logit of a new id once for each time it was made before.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>No run of this many ids occurs twice in a row; 0 is off.</summary>
    public int NoRepeatNgramSize { get; init; }

    /// <summary>Runs of ids that must not occur.</summary>
    public IReadOnlyList<int[]> BadWordsIds { get; init; } = [];

    /// <summary>Ids that are never made.</summary>
    public IReadOnlyList<int> SuppressTokens { get; init; } = [];

    /// <summary>Ids one of which the last allowed token must be; none when empty.</summary>
    public IReadOnlyList<int> ForcedEosTokenId { get; init; } = [];

    /// <summary>Ids that end a row; the end is part of the result.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>What fills short rows where a rectangle is wanted. Rows are computed and returned without it.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>Width of the beam search; 1 is none.</summary>
    public int NumBeams { get; init; } = 1;

    /// <summary>Results for each prompt.</summary>
    public int NumReturnSequences { get; init; } = 1;

    /// <summary>Beam search: finished scores are divided by length to this power.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>Beam search: when to stop.</summary>
    public EarlyStopping EarlyStopping { get; init; }

    /// <summary>Texts that end a row and are cut off; only <see cref="TextGenerator"/> looks for them.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Start of all randomness; null draws a new one for each call.</summary>
    public int? Seed { get; init; }

    /// <summary>Whether keys and values of earlier tokens are kept; without, every step computes the whole row anew.</summary>
    public bool UseCache { get; init; } = true;

    internal bool Samples => DoSample && Temperature > 0;

    /// <summary>Total length at which a row ends.</summary>
    internal int LengthLimit(int promptLength, int maxPositions) =>
        MaxNewTokens is { } made ? (int)Math.Min(int.MaxValue, (long)promptLength + made)
        : MaxLength ?? Math.Max(promptLength + 1, Math.Min(promptLength + DefaultNewTokens, maxPositions));

    /// <exception cref="ArgumentException">A value is outside its range, contradicts another, or an id is outside the vocabulary.</exception>
    internal void Validate(int vocab)
    {
        Need(MaxNewTokens is null or > 0, "max_new_tokens", MaxNewTokens, "must be positive");
        Need(MaxLength is null or > 0, "max_length", MaxLength, "must be positive");
        Need(MinLength >= 0, "min_length", MinLength, "must not be negative");
        Need(MinNewTokens is null or >= 0, "min_new_tokens", MinNewTokens, "must not be negative");
        Need(Temperature >= 0 && double.IsFinite(Temperature), "temperature", Temperature, "must be a number from 0 on");
        Need(TopK >= 0, "top_k", TopK, "must not be negative (0 is off)");
        Need(TopP is >= 0 and <= 1, "top_p", TopP, "must be between 0 and 1");
        Need(MinP is >= 0 and <= 1, "min_p", MinP, "must be between 0 and 1");
        Need(TypicalP is > 0 and <= 1, "typical_p", TypicalP, "must be above 0 and at most 1");
        Need(EpsilonCutoff is >= 0 and < 1, "epsilon_cutoff", EpsilonCutoff, "must be from 0 to below 1");
        Need(EtaCutoff is >= 0 and < 1, "eta_cutoff", EtaCutoff, "must be from 0 to below 1");
        Need(RepetitionPenalty > 0 && double.IsFinite(RepetitionPenalty), "repetition_penalty", RepetitionPenalty, "must be positive (1 is off)");
        Need(double.IsFinite(PresencePenalty), "presence_penalty", PresencePenalty, "must be a finite number");
        Need(double.IsFinite(FrequencyPenalty), "frequency_penalty", FrequencyPenalty, "must be a finite number");
        Need(NoRepeatNgramSize >= 0, "no_repeat_ngram_size", NoRepeatNgramSize, "must not be negative (0 is off)");
        Need(double.IsFinite(LengthPenalty), "length_penalty", LengthPenalty, "must be a finite number");
        Need(NumBeams > 0, "num_beams", NumBeams, "must be positive");
        Need(NumReturnSequences > 0, "num_return_sequences", NumReturnSequences, "must be positive");
        Need(NumBeams == 1 || NumReturnSequences <= NumBeams, "num_return_sequences", NumReturnSequences, $"must not be above num_beams ({NumBeams})");
        Need(NumBeams > 1 || Samples || NumReturnSequences == 1, "num_return_sequences", NumReturnSequences, "must be 1 where nothing is drawn: set do_sample or num_beams");
        foreach (string stop in StopStrings) Need(stop.Length > 0, "stop_strings", "\"\"", "must not hold an empty text");
        foreach (int[] word in BadWordsIds)
        {
            Need(word.Length > 0, "bad_words_ids", "[]", "must not hold an empty list");
            NeedIds("bad_words_ids", word, vocab);
        }
        NeedIds("suppress_tokens", SuppressTokens, vocab);
        NeedIds("forced_eos_token_id", ForcedEosTokenId, vocab);
    }

    private static void NeedIds(string name, IReadOnlyList<int> ids, int vocab)
    {
        foreach (int id in ids) Need((uint)id < (uint)vocab, name, id, $"is outside the vocabulary of {vocab}");
    }

    private static void Need(bool holds, string name, object? value, string rule)
    {
        if (!holds) throw new ArgumentException(FormattableString.Invariant($"generate: {name} {value} {rule}"));
    }
}

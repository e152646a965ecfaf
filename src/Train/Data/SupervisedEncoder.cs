namespace Pure.Tuner;

/// <summary>Rows to ids and labels, cut to a length, by LLaMA-Factory's rules for stage sft.</summary>
public sealed class SupervisedEncoder : IRowEncoder
{
    /// <summary>The label of a token that is not learned.</summary>
    public const int Ignored = -100;

    private readonly ChatEncoder _chat;
    private readonly int _cutoff;
    private readonly bool _trainOnPrompt, _maskHistory;

    /// <param name="chat">Makes ids of turns.</param>
    /// <param name="cutoffLen">Most tokens of a row.</param>
    /// <param name="trainOnPrompt">Learn prompts too.</param>
    /// <param name="maskHistory">Learn the last answer only; turns are taken from the last backwards.</param>
    /// <exception cref="UsageException">The template does not allow learning prompts.</exception>
    public SupervisedEncoder(ChatEncoder chat, int cutoffLen, bool trainOnPrompt = false, bool maskHistory = false)
    {
        if (trainOnPrompt && chat.Template.EfficientEos)
            throw new UsageException($"train_on_prompt: does not go with template '{chat.Template.Name}', whose answers end in the next prompt; leave it out");
        (_chat, _cutoff, _trainOnPrompt, _maskHistory) = (chat, cutoffLen, trainOnPrompt, maskHistory);
    }

    /// <summary>The encoder of a recipe.</summary>
    public static SupervisedEncoder For(Recipe recipe, Tokenizer tokenizer) => For(recipe, new TokenizerSource(tokenizer));

    internal static SupervisedEncoder For(Recipe recipe, ITokenSource source) =>
        new(RowEncoders.Chat(recipe, source), recipe.ResolvedCutoffLen, recipe.TrainOnPrompt, recipe.MaskHistory);

    /// <summary>What makes ids of turns.</summary>
    public ChatEncoder Chat => _chat;

    bool IRowEncoder.RowByRow => true;

    IReadOnlyList<EncodedRow> IRowEncoder.Encode(IReadOnlyList<TrainingRow> batch) => ((IRowEncoder)this).Encode(batch, []);

    IReadOnlyList<EncodedRow> IRowEncoder.Encode(IReadOnlyList<TrainingRow> batch, List<string> notices) => [.. batch.Where(r => !IsIncomplete(r, notices)).Select(Encode)];

    /// <summary>Whether a row lacks the answer that would be learned; told.</summary>
    internal static bool IsIncomplete(TrainingRow row, List<string> notices)
    {
        if (row.Messages.Count > 0 && row.Messages.Count % 2 == 0) return false;
        notices.Add($"{row.Place}: there is no answer to learn; the row is left out");
        return true;
    }

    /// <summary>Ids and labels of one row.</summary>
    public EncodedRow Encode(TrainingRow row)
    {
        List<(int[] Prompt, int[] Response)> turns = _chat.EncodeTurns(row, _maskHistory);
        LearnedTurn[]? flags = _chat.LearnedTokens(row, turns, _maskHistory);
        bool efficient = _chat.Template.EfficientEos;
        int eos = _chat.Tokens.EosId ?? throw new InvalidOperationException("a template always has an end-of-text token");
        if (_maskHistory) turns.Reverse();
        var parts = new List<(int[] Ids, int[] Labels)>();
        int total = efficient ? 1 : 0;
        for (int t = 0; t < turns.Count && total < _cutoff; t++)
        {
            (int p, int r) = Share(turns[t].Prompt.Length, turns[t].Response.Length, _cutoff - total);
            int[] prompt = turns[t].Prompt[..p], response = turns[t].Response[..r];
            total += p + r;
            int[] labels = [.. _trainOnPrompt ? prompt : Masked(p), .. _maskHistory && t != 0 ? Masked(r) : response];
            int turn = _maskHistory ? turns.Count - 1 - t : t;
            if (flags is not null) Follow(flags[turn], prompt, response, labels);
            // The end of the answer before is learned where the next prompt begins.
            if (efficient && t != 0 && !_trainOnPrompt && p > 0 && !SilencesEnd(row, turn - 1)) labels[0] = eos;
            parts.Add(([.. prompt, .. response], labels));
        }
        if (_maskHistory) parts.Reverse();
        int[] end = efficient ? [eos] : [];
        return new EncodedRow([.. parts.SelectMany(x => x.Ids), .. end], [.. parts.SelectMany(x => x.Labels), .. SilencesEnd(row, turns.Count - 1) ? Masked(end.Length) : end]);
    }

    /// <summary>Where a message says itself what of it is learned, that goes before the recipe's options.</summary>
    private static void Follow(LearnedTurn turn, int[] prompt, int[] response, int[] labels)
    {
        for (int i = 0; i < prompt.Length && turn.Prompt is not null; i++) labels[i] = turn.Prompt[i] ? prompt[i] : Ignored;
        for (int i = 0; i < response.Length && turn.Response is not null; i++) labels[prompt.Length + i] = turn.Response[i] ? response[i] : Ignored;
    }

    /// <summary>Whether the end of an answer is not learned because the answer is not, or only parts of it are.</summary>
    private static bool SilencesEnd(TrainingRow row, int turn) =>
        2 * turn + 1 is var answer && answer > 0 && answer < row.Messages.Count && (row.Messages[answer].Learn == false || row.Messages[answer].Spans is not null);

    /// <summary>How many tokens of a prompt and an answer fit: a short answer is kept whole, else a short prompt, else both give way alike.</summary>
    internal static (int Prompt, int Response) Share(int prompt, int response, int room)
    {
        int most = response * 2 < room ? room
            : prompt * 2 < room ? room - prompt
            : (int)(room * ((double)response / (prompt + response)));
        int r = Math.Min(most, response);
        return (Math.Min(Math.Max(room - r, 0), prompt), r);
    }

    private static int[] Masked(int count)
    {
        var labels = new int[count];
        Array.Fill(labels, Ignored);
        return labels;
    }
}

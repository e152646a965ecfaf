namespace Pure.Tuner;

/// <summary>One question and what the model said to it before and after training.</summary>
internal sealed record AnswerPair(string Question, string Before, string After, string Wanted);

/// <summary>A few questions of the data, answered before and after: the quickest way to see what was learned.</summary>
internal sealed class BeforeAndAfter
{
    private readonly SupervisedEncoder _encoder;
    private readonly TrainingRow[] _rows;
    private readonly int _newTokens;
    private string[] _before = [], _after = [];

    private BeforeAndAfter(SupervisedEncoder encoder, TrainingRow[] rows, int newTokens) => (_encoder, _rows, _newTokens) = (encoder, rows, newTokens);

    internal IReadOnlyList<AnswerPair> Pairs =>
        [.. _rows.Select((r, i) => new AnswerPair(r.Messages[^2].Content, _before[i], _after[i], r.Messages[^1].Content))];

    /// <summary>Rows spread evenly over the data, as many as the recipe asks for; null for none.</summary>
    internal static BeforeAndAfter? Pick(Recipe recipe, List<TrainingRow> rows, SupervisedEncoder encoder)
    {
        int count = Math.Min(recipe.PureTuner.Answers, rows.Count);
        if (count == 0) return null;
        return new BeforeAndAfter(encoder, [.. Enumerable.Range(0, count).Select(i => rows[(int)((long)i * rows.Count / count)])], recipe.PureTuner.AnswerTokens);
    }

    internal int Count => _rows.Length;

    /// <summary>False when it was cancelled.</summary>
    internal bool Before(LanguageModel model, CancellationToken cancel) => Answer(model, ref _before, cancel);

    /// <inheritdoc cref="Before"/>
    internal bool After(LanguageModel model, CancellationToken cancel) => Answer(model, ref _after, cancel);

    private bool Answer(LanguageModel model, ref string[] answers, CancellationToken cancel)
    {
        int[][] prompts = [.. _rows.Select(r => _encoder.Chat.EncodePrompt([.. r.Messages.SkipLast(1)], r.System))];
        var options = new GenerationOptions { MaxNewTokens = _newTokens, EosTokenIds = [.. _encoder.Chat.StopIds], PadTokenId = _encoder.Chat.Tokens.PadId };
        try
        {
            IReadOnlyList<GenerationResult> results = new Generator(model.Decoder).Generate(prompts, options, cancel: cancel);
            answers = [.. results.OrderBy(r => r.Prompt).Select(r => model.Tokenizer.Decode(r.Tokens, skipSpecialTokens: true).Trim())];
            return true;
        }
        catch (OperationCanceledException) { return false; }
        finally { model.Backend.Trim(); }        // keys and values, of sizes that training never asks for
    }
}

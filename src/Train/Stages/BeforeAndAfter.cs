namespace Pure.Tuner;

/// <summary>One question and what the model said to it before and after training.</summary>
internal sealed record AnswerPair(string Question, string Before, string After, string Wanted);

/// <summary>A few questions of the data, answered before and after: the quickest way to see what was learned.</summary>
internal sealed class BeforeAndAfter
{
    /// <summary>How much of a text is given where texts are continued.</summary>
    private const int TextPrompt = 24;

    private readonly (int[] Ids, string Question, string Wanted)[] _prompts;
    private readonly GenerationOptions _options;
    private string[] _before = [], _after = [];

    private BeforeAndAfter((int[] Ids, string Question, string Wanted)[] prompts, GenerationOptions options) => (_prompts, _options) = (prompts, options);

    internal IReadOnlyList<AnswerPair> Pairs => [.. _prompts.Select((p, i) => new AnswerPair(p.Question, _before[i], _after[i], p.Wanted))];

    /// <summary>The answers before, once they are there.</summary>
    internal string[] BeforeTexts => _before;

    internal int Count => _prompts.Length;

    /// <summary>Rows spread evenly over the data, as many as the recipe asks for; null for none.</summary>
    internal static BeforeAndAfter? Pick(Recipe recipe, RunSetup setup)
    {
        IReadOnlyList<TrainingRow> rows = setup.Data.Raw;
        int count = Math.Min(recipe.PureTuner.Answers, rows.Count);
        if (count == 0) return null;
        IEnumerable<TrainingRow> chosen = Enumerable.Range(0, count).Select(i => rows[(int)((long)i * rows.Count / count)]);
        return new BeforeAndAfter([.. chosen.Select(r => Prompt(r, setup))], new GenerationOptions
        {
            MaxNewTokens = recipe.PureTuner.AnswerTokens,
            EosTokenIds = [.. setup.Chat.StopIds],
            PadTokenId = setup.Chat.Tokens.PadId,
        });
    }

    /// <summary>Takes the answers that a stopped run was given; false where they belong to other questions.</summary>
    internal bool Take(string[] before)
    {
        if (before.Length != Count) return false;
        _before = before;
        return true;
    }

    /// <summary>False when it was cancelled.</summary>
    internal bool Before(LanguageModel model, CancellationToken cancel) => Answer(model, ref _before, cancel);

    /// <inheritdoc cref="Before"/>
    internal bool After(LanguageModel model, CancellationToken cancel) => Answer(model, ref _after, cancel);

    private static (int[] Ids, string Question, string Wanted) Prompt(TrainingRow row, RunSetup setup)
    {
        if (row.Messages.Count % 2 == 0) return (setup.Chat.EncodePrompt([.. row.Messages.SkipLast(1)], row.System, row.Tools), row.Messages[^2].Content, row.Messages[^1].Content);
        int[] ids = setup.Model.Tokenizer.Encode(row.Messages[0].Content);
        int shown = Math.Min(TextPrompt, Math.Max(1, ids.Length / 2));
        return (ids[..shown], setup.Model.Tokenizer.Decode(ids[..shown], skipSpecialTokens: true), setup.Model.Tokenizer.Decode(ids[shown..], skipSpecialTokens: true));
    }

    private bool Answer(LanguageModel model, ref string[] answers, CancellationToken cancel)
    {
        using ProfileSpan span = Profile.Phase("answers");
        try
        {
            IReadOnlyList<GenerationResult> results = new Generator(model.Decoder).Generate([.. _prompts.Select(p => p.Ids)], _options, cancel: cancel);
            answers = [.. results.OrderBy(r => r.Prompt).Select(r => model.Tokenizer.Decode(r.Tokens, skipSpecialTokens: true).Trim())];
            return true;
        }
        catch (OperationCanceledException) { return false; }
        finally { model.Backend.Trim(); }        // keys and values, of sizes that training never asks for
    }
}

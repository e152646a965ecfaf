using System.Globalization;
using System.Numerics.Tensors;

namespace Pure.Tuner;

/// <summary>What came of comparing a written model with the one it was made from.</summary>
/// <param name="Prompts">Questions asked of both.</param>
/// <param name="Tokens">Tokens compared.</param>
/// <param name="Error">‖difference‖ / ‖logits‖ over all of them, each row of logits less its mean.</param>
/// <param name="Difference">The first token where the two would go on differently, in words; null when there is none.</param>
/// <param name="IsFault">Whether that, or the error, is more than the format's rounding can be.</param>
internal sealed record ExportVerdict(int Prompts, int Tokens, double Error, string? Difference, bool IsFault)
{
    public override string ToString()
    {
        string where = Difference is null ? "the same tokens" : Difference;
        return string.Create(CultureInfo.InvariantCulture, $"verify      {Prompts} prompts, {Tokens} tokens, logits differ by {Error:P3}: {where}");
    }
}

/// <summary>export --verify: base and adapter continue some prompts greedily, the written model is asked the same, token by token.</summary>
/// <remarks>
/// The written model reads what the first one said, so that one difference does not hide all that come after. Where the two prefer
/// different tokens, that is put down to rounding only when the first model's preference was smaller than six times what the format may change
/// of a logit. The bound comes from the format alone: measured by the change itself, every difference would be within it.
/// </remarks>
internal sealed class ExportCheck
{
    private const int NewTokens = 48;
    private const double Deviations = 6;
    private const string System = "Answer in short sentences.";
    private readonly Recipe _recipe;
    private readonly Record _before;

    private ExportCheck(Recipe recipe, Record before) => (_recipe, _before) = (recipe, before);

    /// <summary>Asks the model that will be written, its adapter still at work.</summary>
    internal static ExportCheck Of(Recipe recipe, LanguageModel model) => new(recipe, Ask(model, recipe.Template is null && model.Tokenizer.ChatTemplate is null ? null : IPromptEncoder.For(recipe.Template, model, recipe.DefaultSystem)));

    /// <summary>Loads what was written and asks it the same.</summary>
    internal ExportVerdict Compare(string folder, double bitsPerWeight)
    {
        using LanguageModel made = LanguageModel.Load(folder, _recipe.Device, _recipe.Threads, ModelWishes.Of(_recipe with { QuantizationBit = null }, null, _ => { }));
        return Compare(_before, made, made.Tokenizer.ChatTemplate is null ? null : IPromptEncoder.For(null, made, _recipe.DefaultSystem), bitsPerWeight);
    }

    private static readonly string[] s_prompts =
    [
        "Name three things that float on water.",
        "Write one sentence about the sea in winter.",
        "What is 12 times 11? Explain how you found it.",
        "Translate to French: The book is on the table.",
    ];

    /// <summary>What a format may change of the logits by rounding; a swapped row, a wrong rope or a lost adapter changes them by more.</summary>
    private static double Allowed(double bitsPerWeight) => bitsPerWeight switch { >= 32 => 1e-4, >= 16 => 0.02, >= 8 => 0.06, >= 5.5 => 0.15, >= 4.4 => 0.3, _ => 0.7 };

    /// <summary>What the first model said.</summary>
    /// <param name="Prompts">Text and ids of each question.</param>
    /// <param name="Said">Its greedy answers.</param>
    /// <param name="Logits">What stood before each token of them and after the last, [said + 1, vocab].</param>
    /// <param name="Vocab">Length of a row of logits.</param>
    private sealed record Record(IReadOnlyList<(string Text, int[] Ids)> Prompts, IReadOnlyList<int[]> Said, IReadOnlyList<float[]> Logits, int Vocab);

    /// <summary>Asks the model before it is written, its adapter at work.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ask">How a question is put; null: as plain text.</param>
    private static Record Ask(LanguageModel model, IPromptEncoder? ask)
    {
        List<(string, int[])> prompts = [];
        List<int[]> said = [];
        List<float[]> logits = [];
        foreach (string text in s_prompts)
        {
            int[] prompt = Question(model, ask, text);
            int[] answer = new Generator(model.Decoder).Generate([prompt], new GenerationOptions { MaxNewTokens = NewTokens })[0].Tokens;
            prompts.Add((text, prompt));
            said.Add(answer);
            logits.Add(Logits(model.Decoder, prompt, answer));
        }
        return new Record(prompts, said, logits, model.Decoder.Vocab);
    }

    /// <summary>Asks the written model the same.</summary>
    /// <param name="before">What the first model said.</param>
    /// <param name="made">What was written, loaded again.</param>
    /// <param name="ask">How its own chat template puts a question; null: as plain text.</param>
    /// <param name="bitsPerWeight">Of the format.</param>
    private static ExportVerdict Compare(Record before, LanguageModel made, IPromptEncoder? ask, double bitsPerWeight)
    {
        double square = 0, of = 0;
        int tokens = 0, vocab = before.Vocab;
        string? first = null;
        bool isFault = false;
        if (made.Decoder.Vocab != vocab) return new ExportVerdict(0, 0, 1, $"the vocabulary has {made.Decoder.Vocab} words in the file and had {vocab} before", true);
        for (int p = 0; p < before.Prompts.Count; p++)
        {
            (string text, int[] prompt) = before.Prompts[p];
            int[] again = Question(made, ask, text), said = before.Said[p];
            if (!prompt.SequenceEqual(again)) return new ExportVerdict(p + 1, tokens, 1, $"the question '{text}' becomes other tokens: {Start(made, prompt, again)} before, {Start(made, again, prompt)} in the file", true);
            float[] a = before.Logits[p], b = Logits(made.Decoder, prompt, said);
            for (int t = 0; t <= said.Length; t++, tokens++)
            {
                ReadOnlySpan<float> x = a.AsSpan(t * vocab, vocab), y = b.AsSpan(t * vocab, vocab);
                double meanX = Mean(x), meanY = Mean(y), spread = 0;
                for (int i = 0; i < vocab; i++)
                {
                    double d = y[i] - meanY - (x[i] - meanX);
                    square += d * d;
                    spread += (x[i] - meanX) * (x[i] - meanX);
                }
                of += spread;
                int wants = ArgMax(x), gets = ArgMax(y);
                if (wants == gets) continue;
                double gap = x[wants] - x[gets];
                bool byRounding = gap <= Deviations * Allowed(bitsPerWeight) * Math.Sqrt(spread / vocab);
                if (first is null || !byRounding && !isFault)
                    first = string.Create(CultureInfo.InvariantCulture, $"first difference at token {t + 1} after '{text}': {Show(made, wants)} before, {Show(made, gets)} in the file, whose logits were {gap:G3} apart{(byRounding ? ", within rounding" : "")}");
                isFault |= !byRounding;
            }
        }
        double error = of > 0 ? Math.Sqrt(square / of) : 0;
        return new ExportVerdict(before.Prompts.Count, tokens, error, first, isFault || !(error <= Allowed(bitsPerWeight)));
    }

    /// <summary>The system text is given, since a template of the registry and the checkpoint's own may have other ones for the case that there is none.</summary>
    private static int[] Question(LanguageModel model, IPromptEncoder? ask, string text)
    {
        if (ask is null) return [.. model.Tokenizer.Encode(text)];
        TrainingMessage[] question = [new(MessageRole.User, text)];
        try { return ask.EncodePrompt(question, System); }
        catch (UsageException) { return ask.EncodePrompt(question, null); }      // some templates know no system text
    }

    /// <summary>A few tokens from the first one that the other has not.</summary>
    private static string Start(LanguageModel model, int[] ids, int[] other)
    {
        int same = ids.AsSpan().CommonPrefixLength(other);
        return $"'{model.Tokenizer.Decode(ids.AsSpan(same, Math.Min(8, ids.Length - same)))}'";
    }

    private static string Show(LanguageModel model, int id) => $"'{model.Tokenizer.Decode([id])}'";

    /// <summary>Logits that stand before each said token and after the last, where the answer ended, [said + 1, vocab].</summary>
    private static float[] Logits(DecoderModel model, int[] prompt, int[] said)
    {
        using var scope = TensorScope.Begin();
        int[] ids = [.. prompt, .. said];
        ForwardContext context = ForwardContext.Packed([ids.Length]);
        Tensor hidden = model.Hidden(ids, context);
        return model.Logits(hidden, context, [.. Enumerable.Range(prompt.Length - 1, said.Length + 1)]).ToArray<float>();
    }

    private static double Mean(ReadOnlySpan<float> x)
    {
        double sum = 0;
        foreach (float v in x) sum += v;
        return sum / x.Length;
    }

    private static int ArgMax(ReadOnlySpan<float> x) => TensorPrimitives.IndexOfMax(x);
}

using System.Diagnostics;

namespace Pure.Tuner;

/// <summary>Continues texts: tokenizer, generator, stop strings, and text as it comes.</summary>
/// <param name="model">The model; it stays the caller's.</param>
/// <param name="tokenizer">The checkpoint's tokenizer.</param>
public sealed class TextGenerator(DecoderModel model, Tokenizer tokenizer)
{
    private readonly Generator _generator = new(model);

    /// <summary>Whether special tokens are left out of the text.</summary>
    public bool SkipSpecialTokens { get; init; } = true;

    /// <summary>Whether the tokenizer's end token ends a row where the options name none.</summary>
    public bool StopsAtEos { get; init; } = true;

    /// <summary>Why the last stream ended; null before its end.</summary>
    public FinishReason? Finish { get; private set; }

    /// <summary>Continues texts, all in one batch.</summary>
    /// <param name="prompts">Texts; the special tokens that the tokenizer adds are put around them.</param>
    /// <param name="options">How.</param>
    /// <param name="onText">Called with the number of a result and its next piece of text: whole characters, never a part of a stop string.</param>
    /// <param name="firstRow">Number of the first prompt, see <see cref="Generator.Generate(IReadOnlyList{int[]}, GenerationOptions, Func{GeneratedToken, bool}, long, CancellationToken)"/>.</param>
    /// <param name="cancel">Asked between steps.</param>
    /// <exception cref="ArgumentException">An option or a prompt is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<TextResult> Generate(IReadOnlyList<string> prompts, GenerationOptions options, Action<int, string>? onText = null, long firstRow = 0, CancellationToken cancel = default) =>
        Generate([.. prompts.Select(p => tokenizer.Encode(p))], options, onText, firstRow, cancel);

    /// <summary>The same for prompts that are ids already, as a chat template gives them.</summary>
    /// <inheritdoc cref="Generate(IReadOnlyList{string}, GenerationOptions, Action{int, string}, long, CancellationToken)"/>
    public IReadOnlyList<TextResult> Generate(IReadOnlyList<int[]> prompts, GenerationOptions options, Action<int, string>? onText = null, long firstRow = 0, CancellationToken cancel = default)
    {
        options = WithEos(options);
        RowText[] texts = [.. Enumerable.Range(0, prompts.Count * options.NumReturnSequences).Select(_ => NewText(options))];
        var times = new (double First, double Last)[texts.Length];
        long start = Stopwatch.GetTimestamp();
        IReadOnlyList<GenerationResult> results = _generator.Generate(prompts, options, token =>
        {
            RowText text = texts[token.Row];
            double now = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            times[token.Row] = (text.Tokens == 0 ? now : times[token.Row].First, now);
            if (text.Push(token) is { Length: > 0 } piece) onText?.Invoke(token.Row, piece);
            return text.Stop is null;
        }, firstRow, cancel);
        return [.. results.Select((r, i) => new TextResult(r.Prompt, texts[i].All, r.Tokens[..texts[i].Tokens], texts[i].Stop is null ? r.Finish : FinishReason.Stopped, texts[i].Stop,
            new GenerationUsage(prompts[r.Prompt].Length, texts[i].Tokens, times[i].First, times[i].Last)))];
    }

    /// <summary>The continuation of one text, piece by piece. What it holds is freed when the enumeration ends or is left.</summary>
    /// <param name="prompt">The text.</param>
    /// <param name="options">How; one result, no beams.</param>
    /// <param name="cancel">Asked between steps.</param>
    /// <exception cref="ArgumentException">An option or the prompt is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IEnumerable<string> Stream(string prompt, GenerationOptions options, CancellationToken cancel = default) => Stream(tokenizer.Encode(prompt), options, cancel);

    /// <summary>The same for a prompt that is ids already.</summary>
    /// <inheritdoc cref="Stream(string, GenerationOptions, CancellationToken)"/>
    public IEnumerable<string> Stream(int[] prompt, GenerationOptions options, CancellationToken cancel = default)
    {
        options = WithEos(options);
        RowText text = NewText(options);
        Finish = null;
        foreach (GeneratedToken token in _generator.Tokens(prompt, options, cancel))
        {
            if (text.Push(token) is { Length: > 0 } piece) yield return piece;
            Finish = text.Stop is null ? token.Finish : FinishReason.Stopped;
            if (text.Stop is not null) break;
        }
    }

    private RowText NewText(GenerationOptions options) => new(tokenizer.StartDecoding(SkipSpecialTokens), options.StopStrings);

    private GenerationOptions WithEos(GenerationOptions options) =>
        StopsAtEos && options.EosTokenIds.Count == 0 && tokenizer.EosId is { } eos ? options with { EosTokenIds = [eos] } : options;
}

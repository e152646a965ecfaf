namespace Pure.Tuner;

/// <summary>Continues rows of ids with a model. One call at a time on one thread.</summary>
/// <param name="model">The model; it stays the caller's.</param>
public sealed class Generator(DecoderModel model)
{
    /// <summary>Continues every prompt, all in one batch; results come prompt by prompt, the best or first drawn first.</summary>
    /// <param name="prompts">Ids of each prompt, of any lengths.</param>
    /// <param name="options">How.</param>
    /// <param name="onToken">Called with each token as it is made; false ends its row. With beams, called when all is done.</param>
    /// <param name="firstRow">Number of the first prompt. A prompt's random draws hang on the seed and its number alone, so that a list cut into batches gives the same results as the whole.</param>
    /// <param name="cancel">Asked between steps.</param>
    /// <exception cref="ArgumentException">An option or a prompt is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing is left behind.</exception>
    public IReadOnlyList<GenerationResult> Generate(IReadOnlyList<int[]> prompts, GenerationOptions options, Func<GeneratedToken, bool>? onToken = null, long firstRow = 0, CancellationToken cancel = default) =>
        Generate(new GenerationInput(prompts) { FirstRow = firstRow }, options, onToken, cancel);

    /// <summary>Tokens of one prompt as they are made. What it holds is freed when the enumeration ends or is left.</summary>
    /// <param name="prompt">Ids.</param>
    /// <param name="options">How; one result, no beams.</param>
    /// <param name="cancel">Asked between steps.</param>
    /// <exception cref="ArgumentException">An option or the prompt is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IEnumerable<int> Stream(int[] prompt, GenerationOptions options, CancellationToken cancel = default) => Tokens(prompt, options, cancel).Select(t => t.Id);

    internal IEnumerable<GeneratedToken> Tokens(int[] prompt, GenerationOptions options, CancellationToken cancel)
    {
        options.Validate(model.Vocab);
        if (options.NumBeams > 1 || options.NumReturnSequences > 1)
            throw new ArgumentException($"generate: a stream has one row, not num_beams {options.NumBeams} and num_return_sequences {options.NumReturnSequences}");
        return Steps();

        IEnumerable<GeneratedToken> Steps()
        {
            using var loop = new SamplingLoop(model, new GenerationInput([prompt]), options);
            while (loop.Step(cancel)) yield return new GeneratedToken(0, loop.Rows[0].Last, loop.Rows[0].Finish);
        }
    }

    internal IReadOnlyList<GenerationResult> Generate(GenerationInput input, GenerationOptions options, Func<GeneratedToken, bool>? onToken = null, CancellationToken cancel = default)
    {
        options.Validate(model.Vocab);
        if (input.Prompts.Count == 0) return [];
        if (options.NumBeams > 1) return Beams(input, options, onToken, cancel);
        using var loop = new SamplingLoop(model, input, options);
        while (loop.Step(cancel))
            foreach (int row in loop.Fresh)
                if (onToken?.Invoke(new GeneratedToken(row, loop.Rows[row].Last, loop.Rows[row].Finish)) == false)
                    loop.Rows[row].Finish ??= FinishReason.Stopped;
        return [.. loop.Rows.Select(r => r.Result())];
    }

    private IReadOnlyList<GenerationResult> Beams(GenerationInput input, GenerationOptions options, Func<GeneratedToken, bool>? onToken, CancellationToken cancel)
    {
        using var search = new BeamSearch(model, input, options);
        while (search.Step(cancel)) { }
        IReadOnlyList<GenerationResult> results = search.Results();
        for (int row = 0; onToken is not null && row < results.Count; row++)
            for (int i = 0; i < results[row].Tokens.Length; i++)
                if (!onToken(new GeneratedToken(row, results[row].Tokens[i], i == results[row].Tokens.Length - 1 ? results[row].Finish : null))) break;
        return results;
    }
}

namespace Pure.Tuner;

/// <summary>What a run of the generator starts from.</summary>
/// <param name="Prompts">Ids of each prompt.</param>
internal sealed record GenerationInput(IReadOnlyList<int[]> Prompts)
{
    /// <summary>Ids before each prompt that processors see and lengths count, but the model does not: the reference's left padding.</summary>
    public IReadOnlyList<int[]>? Before { get; init; }

    /// <summary>Number of the first prompt: randomness hangs on a prompt's number.</summary>
    public long FirstRow { get; init; }

    /// <summary>Most rows of one call while prompts are read.</summary>
    public int Chunk { get; init; } = DecodeSession.DefaultChunk;

    /// <summary>Tokens of each row the cache has room for at first; null for a guess.</summary>
    public int? Capacity { get; init; }

    /// <summary>Called with each row's logits as they are when a token is chosen.</summary>
    public LogitObserver? OnLogits { get; init; }

    /// <summary>Rows ready to be continued, <paramref name="copies"/> for each prompt.</summary>
    /// <exception cref="ArgumentException">A prompt is empty or as long as max_length already.</exception>
    internal GenerationRow[] Rows(GenerationOptions options, int maxPositions, int copies)
    {
        int seed = options.Seed ?? Random.Shared.Next();
        var rows = new GenerationRow[Prompts.Count * copies];
        for (int i = 0; i < rows.Length; i++)
        {
            int p = i / copies;
            int[] prompt = Prompts[p], before = Before?[p] ?? [];
            if (prompt.Length == 0) throw new ArgumentException($"generate: prompt {p} is empty; it needs at least one id");
            int length = before.Length + prompt.Length, limit = options.LengthLimit(length, maxPositions);
            if (limit <= length) throw new ArgumentException($"generate: prompt {p} has {length} ids and max_length is {limit}: no room for a new one; set max_new_tokens");
            rows[i] = new GenerationRow(p, [.. before, .. prompt], limit, Kernels.CounterRandom.Key(seed, FirstRow + p, i % copies, "sample"));
        }
        return rows;
    }

    internal DecodeSession Open(DecoderModel model, GenerationOptions options, GenerationRow[] rows)
    {
        // Room for the common answer at once; a longer one makes the cache grow.
        int capacity = Capacity ?? rows.Max(r => Prompts[r.Prompt].Length + Math.Min(r.LengthLimit - r.PromptLength, 256));
        return new DecodeSession(model, [.. rows.Select(r => Prompts[r.Prompt])], capacity, options.UseCache, Chunk);
    }
}

/// <summary>Sees the processed logits of a row at a step.</summary>
internal delegate void LogitObserver(int step, int row, ReadOnlySpan<float> logits);

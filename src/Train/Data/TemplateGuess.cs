namespace Pure.Tuner;

/// <summary>Guesses the template of LLaMA-Factory that belongs to a model: the one that gives the ids of the checkpoint's own. A suggestion for people, never used by itself.</summary>
internal static class TemplateGuess
{
    // Only where renderings decide nothing. The first row whose mark occurs wins: a model's own words before those of its family.
    private static readonly (string Mark, string Name)[] s_marks =
    [
        ("SmolLM", "smollm2"),
        ("<|im_start|>", "chatml"),
        ("<|start_header_id|>", "llama3"),
        ("<<SYS>>", "llama2"),
        ("[INST]", "mistral"),
    ];

    /// <summary>The name that fits by the words of a chat template, or null where no family is sure.</summary>
    /// <param name="chatTemplate">The tokenizer's own text, or null.</param>
    public static string? From(string? chatTemplate)
    {
        if (chatTemplate is null) return null;
        bool Says(string words) => chatTemplate.Contains(words, StringComparison.Ordinal);
        if (Says("<|im_start|>") && Says("Qwen")) return "qwen";
        if (Says("<|im_start|>") && Says("<think>")) return "qwen3";
        return s_marks.FirstOrDefault(m => Says(m.Mark)).Name;
    }

    /// <summary>The name whose template gives the same ids in most conversations, at least in two; among equals the one that the words name, else the first.</summary>
    public static string? FromTokenizer(Tokenizer tokenizer)
    {
        string? byWords = From(tokenizer.ChatTemplate);
        ChatTemplate? own;
        try
        {
            own = ChatTemplate.Of(tokenizer);
        }
        catch (JinjaException)
        {
            return byWords;
        }
        if (own is null) return null;
        var comparison = new TemplateComparison(tokenizer, own);
        (string? best, int most) = (null, 1);
        foreach (string name in Template.Names.OrderBy(n => n != byWords))
        {
            int same = comparison.CountSame(Template.Get(name));
            if (same > most) (best, most) = (name, same);
        }
        return best ?? byWords;
    }

    /// <summary>The same for a checkpoint whose weights are not wanted.</summary>
    /// <param name="place">A folder or a GGUF file.</param>
    /// <exception cref="CheckpointException">A file is missing or damaged.</exception>
    public static string? FromCheckpoint(string place) => FromTokenizer(TokenizerOf(place));

    /// <summary>The tokenizer of a checkpoint.</summary>
    /// <param name="place">A folder or a GGUF file.</param>
    /// <exception cref="CheckpointException">A file is missing or damaged.</exception>
    public static Tokenizer TokenizerOf(string place)
    {
        if (Directory.Exists(place)) return Tokenizer.Load(place);
        using Checkpoint checkpoint = Checkpoint.Open(place);
        return checkpoint is GgufCheckpoint gguf ? Tokenizer.FromGguf(gguf.File.Vocabulary(), place) : Tokenizer.Load(place);
    }
}

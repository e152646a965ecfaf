namespace Pure.Tuner;

/// <summary>Guesses the template from the Jinja text that comes with a model: a suggestion for people, never used by itself.</summary>
internal static class TemplateGuess
{
    // The first row whose mark occurs wins: a model's own words before those of its family.
    private static readonly (string Mark, string Name)[] s_marks =
    [
        ("SmolLM", "smollm2"),
        ("<|im_start|>", "chatml"),
        ("<|start_header_id|>", "llama3"),
        ("<<SYS>>", "llama2"),
        ("[INST]", "mistral"),
    ];

    /// <summary>The name that fits, or null where no family is sure.</summary>
    /// <param name="chatTemplate">The tokenizer's own text, or null.</param>
    public static string? From(string? chatTemplate)
    {
        if (chatTemplate is null) return null;
        bool Says(string words) => chatTemplate.Contains(words, StringComparison.Ordinal);
        if (Says("<|im_start|>") && Says("Qwen")) return "qwen";
        if (Says("<|im_start|>") && Says("<think>")) return "qwen3";
        return s_marks.FirstOrDefault(m => Says(m.Mark)).Name;
    }

    /// <summary>The same for a checkpoint whose weights are not wanted.</summary>
    /// <param name="place">A folder or a GGUF file.</param>
    /// <exception cref="CheckpointException">A file is missing or damaged.</exception>
    public static string? FromCheckpoint(string place)
    {
        using Checkpoint checkpoint = Checkpoint.Open(place);
        Tokenizer tokenizer = checkpoint is GgufCheckpoint gguf ? Tokenizer.FromGguf(gguf.File.Vocabulary(), place) : Tokenizer.Load(place);
        return From(tokenizer.ChatTemplate);
    }
}

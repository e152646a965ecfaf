namespace Pure.Tuner;

/// <summary>Text to token ids and back, as the checkpoint's own tokenizer.json says.</summary>
public sealed class Tokenizer
{
    private Tokenizer() { }

    /// <summary>Reads tokenizer.json, and tokenizer_config.json and special_tokens_map.json where they are, from a checkpoint's folder.</summary>
    public static Tokenizer Load(string folder) => throw new NotSupportedException(folder);

    /// <summary>Token ids of a text.</summary>
    public int[] Encode(string text, bool addSpecialTokens = true) => throw new NotSupportedException(text);

    /// <summary>The text of token ids.</summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false) => throw new NotSupportedException();

    /// <summary>The id of a vocabulary entry or added token, or null.</summary>
    public int? IdOf(string token) => throw new NotSupportedException(token);

    /// <summary>The vocabulary entry of an id, or null.</summary>
    public string? TokenOf(int id) => throw new NotSupportedException();

    /// <summary>Number of ids, added tokens included: one more than the largest id.</summary>
    public int VocabularySize => throw new NotSupportedException();

    /// <summary>Ids of the special tokens that the configuration names, or null.</summary>
    public int? BosId => throw new NotSupportedException();
    /// <inheritdoc cref="BosId"/>
    public int? EosId => throw new NotSupportedException();
    /// <inheritdoc cref="BosId"/>
    public int? PadId => throw new NotSupportedException();

    /// <summary>Whether the configuration asks for a bos token in front (add_bos_token, or a post-processor that adds it).</summary>
    public bool AddsBos => throw new NotSupportedException();

    /// <summary>The checkpoint's Jinja chat template, or null.</summary>
    public string? ChatTemplate => throw new NotSupportedException();

    /// <summary>Writes tokenizer.json, tokenizer_config.json, special_tokens_map.json and chat_template.jinja as transformers would.</summary>
    public void Save(string folder) => throw new NotSupportedException(folder);
}

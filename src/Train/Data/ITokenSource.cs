namespace Pure.Tuner;

/// <summary>What templates need of a tokenizer.</summary>
internal interface ITokenSource
{
    /// <summary>Ids of a text, nothing added around it.</summary>
    int[] Encode(string text);
    int? IdOf(string token);
    string? TokenOf(int id);
    int VocabularySize { get; }
    int? BosId { get; }
    int? EosId { get; }
    int? PadId { get; }
    int? UnknownId { get; }

    /// <summary>Whether the tokenizer is set to begin texts with <see cref="BosId"/>.</summary>
    bool AddsBos => false;

    /// <summary>Two tokenizers of one fingerprint give the same ids.</summary>
    string Fingerprint => "";

    /// <summary>Ids of a text, and where in it each stands: start and end in code points.</summary>
    (int[] Ids, (int Start, int End)[] Spans) EncodeSpans(string text) => throw new NotSupportedException("this tokenizer does not tell where its tokens stand");
    /// <summary>The checkpoint's tokenizer behind it, or null.</summary>
    Tokenizer? Checkpoint => null;
}

internal sealed class TokenizerSource(Tokenizer tokenizer) : ITokenSource
{
    public int[] Encode(string text) => tokenizer.Encode(text, addSpecialTokens: false);
    public int? IdOf(string token) => tokenizer.IdOf(token);
    public string? TokenOf(int id) => tokenizer.TokenOf(id);
    public int VocabularySize => tokenizer.VocabularySize;
    public int? BosId => tokenizer.BosId;
    public int? EosId => tokenizer.EosId;
    public int? PadId => tokenizer.PadId;
    public int? UnknownId => tokenizer.UnknownId;
    public bool AddsBos => tokenizer.AddBosToken;
    public string Fingerprint => tokenizer.Fingerprint();

    public (int[] Ids, (int Start, int End)[] Spans) EncodeSpans(string text)
    {
        TokenEncoding encoding = tokenizer.Core.Encode(text, null, addSpecialTokens: false);
        return (encoding.Ids, encoding.Spans!);
    }
    public Tokenizer? Checkpoint => tokenizer;
}

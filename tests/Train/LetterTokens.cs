namespace Pure.Tuner.Tests;

/// <summary>A tokenizer for tests: each UTF-16 unit is a token, and words given are special ones from 1000 on.</summary>
internal sealed class LetterTokens(params string[] special) : ITokenSource
{
    public int? BosId { get; init; }
    public int? EosId { get; init; }
    public int? PadId { get; init; }
    public int? UnknownId => null;
    public bool AddsBos { get; init; }
    public string Fingerprint { get; init; } = "letters";
    public int VocabularySize => 0x10000;

    public int[] Encode(string text) => EncodeSpans(text).Ids;
    public int? IdOf(string token) => Array.IndexOf(special, token) is var at and >= 0 ? 1000 + at : token.Length == 1 ? token[0] : null;
    public string? TokenOf(int id) => Text([id], special);

    public (int[] Ids, (int Start, int End)[] Spans) EncodeSpans(string text)
    {
        var ids = new List<int>();
        var spans = new List<(int, int)>();
        int point = 0;
        for (int i = 0; i < text.Length;)
        {
            string? word = special.FirstOrDefault(s => text.AsSpan(i).StartsWith(s, StringComparison.Ordinal));
            bool pair = word is null && char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            int length = word?.Length ?? 1;
            // Both halves of a pair stand where the character stands.
            for (int n = 0; n < (pair ? 2 : 1); n++)
            {
                ids.Add(word is null ? text[i + n] : 1000 + Array.IndexOf(special, word));
                spans.Add((point, point + length));
            }
            point += length;
            i += pair ? 2 : length;
        }
        return ([.. ids], [.. spans]);
    }

    /// <summary>Ids as text, "~" where nothing is learned.</summary>
    public static string Text(IEnumerable<int> ids, params string[] special) =>
        string.Concat(ids.Select(i => i < 0 ? "~" : i >= 1000 && i - 1000 < special.Length ? special[i - 1000] : ((char)i).ToString()));
}

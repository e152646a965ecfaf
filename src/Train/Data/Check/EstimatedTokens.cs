using System.Collections.Concurrent;
using System.Text;

namespace Pure.Tuner;

/// <summary>Stands for a tokenizer where no model is named: about as many tokens as a usual vocabulary gives, found from the characters alone.</summary>
/// <remarks>A word is one token for each six letters, a space goes to the word behind it; a digit, a mark and a character of scripts without spaces are one each.</remarks>
internal sealed class EstimatedTokens : ITokenSource
{
    private const int LongestPiece = 6, MostPieces = 200_000;

    private readonly ConcurrentDictionary<string, int> _ids = new();
    private readonly ConcurrentDictionary<int, string> _pieces = new();
    private int _next;

    public int? BosId => null;
    public int? EosId => null;
    public int? PadId => null;
    public int? UnknownId => null;
    public int VocabularySize => 1 << 30;
    public string Fingerprint => "estimated";

    /// <summary>Every word that a template writes is one token.</summary>
    public int? IdOf(string token) => Id(token);

    public string? TokenOf(int id) => _pieces.GetValueOrDefault(id);

    public int[] Encode(string text) => EncodeSpans(text).Ids;

    public (int[] Ids, (int Start, int End)[] Spans) EncodeSpans(string text)
    {
        var ids = new List<int>(text.Length / 3 + 1);
        var spans = new List<(int, int)>(text.Length / 3 + 1);
        int point = 0;
        for (int at = 0; at < text.Length;)
        {
            int end = End(text, at), points = end - at;
            if (points > 1)
                for (int i = at + 1; i < end; i++)
                    if (char.IsLowSurrogate(text[i]) && char.IsHighSurrogate(text[i - 1])) points--;
            ids.Add(Id(text.AsSpan(at, end - at)));
            spans.Add((point, point + points));
            (at, point) = (end, point + points);
        }
        return ([.. ids], [.. spans]);
    }

    private static int End(string text, int at)
    {
        int from = at;
        if (text[at] == ' ' && at + 1 < text.Length && IsLetter(text[at + 1])) at++;
        if (!IsLetter(text[at]))
        {
            if (text[at] is ' ' or '\n')
            {
                char same = text[at];
                while (at < text.Length && text[at] == same && at - from < 2 * LongestPiece) at++;
                return at;
            }
            return at + (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1);
        }
        int letters = 0;
        while (at < text.Length && IsLetter(text[at]) && letters < LongestPiece) (at, letters) = (at + 1, letters + 1);
        return at;
    }

    // Scripts from U+2E80 on (Chinese, Japanese, Korean) are written without spaces.
    private static bool IsLetter(char c) => char.IsAsciiLetter(c) || c is > '\u007f' and < '\u2e80' && (char.IsLetter(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.NonSpacingMark);

    private int Id(ReadOnlySpan<char> piece)
    {
        if (_ids.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(piece, out int id)) return id;
        // Only the count matters for rows that are not shown; a hostile file must not fill the memory with pieces.
        return _pieces.Count >= MostPieces ? Id("…") : Id(piece.ToString());
    }

    private int Id(string piece)
    {
        if (_ids.TryGetValue(piece, out int known)) return known;
        lock (_pieces)
        {
            if (_ids.TryGetValue(piece, out known)) return known;
            int id = _next++;
            _pieces[id] = piece;
            return _ids[piece] = id;
        }
    }
}

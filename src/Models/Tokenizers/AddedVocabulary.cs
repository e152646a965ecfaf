using System.Buffers;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>A token that is found in the text before the model sees it.</summary>
internal sealed record AddedToken(string Content, bool SingleWord = false, bool LStrip = false, bool RStrip = false, bool Normalized = false, bool Special = true)
{
    public static AddedToken Read(ComponentJson json, bool special = false)
    {
        bool isSpecial = json.Bool("special", special);
        return new AddedToken(json.Needed("content"), json.Bool("single_word", false), json.Bool("lstrip", false), json.Bool("rstrip", false), json.Bool("normalized", !isSpecial), isSpecial);
    }

    public void Write(Utf8JsonWriter writer, int? id)
    {
        writer.WriteStartObject();
        if (id is not null) writer.WriteNumber("id", id.Value);
        writer.WriteString("content", Content);
        writer.WriteBoolean("single_word", SingleWord);
        writer.WriteBoolean("lstrip", LStrip);
        writer.WriteBoolean("rstrip", RStrip);
        writer.WriteBoolean("normalized", Normalized);
        writer.WriteBoolean("special", Special);
        writer.WriteEndObject();
    }
}

/// <summary>The added tokens of a tokenizer; adding gives a new one, so that other threads keep theirs.</summary>
internal sealed class AddedVocabulary
{
    private readonly ITokenModel _model;
    private readonly Normalizer? _normalizer;
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<int, AddedToken> _tokens;
    private readonly Matcher _raw;
    private readonly Matcher _normalized;

    public AddedVocabulary(ITokenModel model, Normalizer? normalizer, IEnumerable<AddedToken> tokens) : this(model, normalizer, [], [], tokens) { }

    private AddedVocabulary(ITokenModel model, Normalizer? normalizer, Dictionary<string, int> ids, Dictionary<int, AddedToken> known, IEnumerable<AddedToken> tokens)
    {
        (_model, _normalizer, _ids, _tokens) = (model, normalizer, ids, known);
        int largest = known.Count == 0 ? -1 : known.Keys.Max();
        foreach (AddedToken token in tokens)
        {
            if (token.Content.Length == 0) continue;
            // Known content keeps its id; new content comes after the model and after what was added before,
            // whatever id the file names: the tokenizers library does the same.
            int id = IdOf(token.Content) ?? Math.Max(largest + 1, model.Count);
            _ids[token.Content] = id;
            _tokens[id] = token;
            largest = Math.Max(largest, id);
        }
        IdLimit = Math.Max(largest + 1, model.IdLimit);
        _raw = new Matcher(_tokens.Where(t => !t.Value.Normalized).Select(t => (t.Value.Content, t.Key)));
        _normalized = new Matcher(_tokens.Where(t => t.Value.Normalized).Select(t => (Normalize(t.Value.Content), t.Key)));
    }

    public AddedVocabulary With(IEnumerable<AddedToken> tokens) => new(_model, _normalizer, new(_ids, StringComparer.Ordinal), new(_tokens), tokens);

    /// <summary>One more than the largest id, the model's included.</summary>
    public int IdLimit { get; }

    public IEnumerable<(int Id, AddedToken Token)> Tokens => _tokens.OrderBy(t => t.Key).Select(t => (t.Key, t.Value));

    public AddedToken? Find(string content) => _ids.TryGetValue(content, out int id) ? _tokens[id] : null;

    public int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : _model.IdOf(token);

    public string? TokenOf(int id) => _tokens.TryGetValue(id, out AddedToken? token) ? token.Content : _model.TokenOf(id);

    public bool IsSpecial(int id) => _tokens.TryGetValue(id, out AddedToken? token) && token.Special;

    private string Normalize(string content)
    {
        var text = new AlignedText(content, aligned: false);
        _normalizer?.Invoke(text);
        return text.Text;
    }

    /// <summary>Finds added tokens in the raw text, then in the normalised text between them.</summary>
    public List<Piece> Split(AlignedText text)
    {
        var raw = new List<Piece>();
        Split(text, _raw, raw);
        var pieces = new List<Piece>(raw.Count);
        foreach (Piece piece in raw)
        {
            if (piece.TokenId >= 0)
            {
                pieces.Add(piece);
                continue;
            }
            AlignedText slice = text.Slice(piece.Start, piece.End);
            _normalizer?.Invoke(slice);
            Split(slice, _normalized, pieces);
        }
        return pieces;
    }

    private void Split(AlignedText text, Matcher matcher, List<Piece> output)
    {
        string s = text.Text;
        int done = 0;
        for (int at = 0; matcher.Next(s, at, out int start, out int end, out int id);)
        {
            at = end;
            AddedToken token = _tokens[id];
            if (token.SingleWord && (EndsWithWord(s.AsSpan(0, start)) || StartsWithWord(s.AsSpan(end)))) continue;
            if (token.LStrip)
            {
                int left = start;
                while (left > 0 && IsSpace(s[left - 1])) left--;
                start = Math.Max(left, done);
            }
            if (token.RStrip)
                while (end < s.Length && IsSpace(s[end])) end++;
            if (done < start) output.Add(new Piece(text, done, start));
            output.Add(new Piece(text, start, end, id));
            done = end;
        }
        if (done < s.Length) output.Add(new Piece(text, done, s.Length));
    }

    private static bool IsSpace(char c) => UnicodeSets.WhiteSpace.Contains(c);

    private static bool StartsWithWord(ReadOnlySpan<char> text)
    {
        int i = 0;
        return text.Length > 0 && UnicodeSets.Word.Contains(CodePoints.At(text, ref i));
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text)
    {
        int i = text.Length;
        return i > 0 && UnicodeSets.Word.Contains(CodePoints.Before(text, ref i));
    }

    /// <summary>Finds the leftmost, and there the longest, of many strings: a trie behind a scan for first characters.</summary>
    private sealed class Matcher
    {
        private readonly Dictionary<(int Node, char C), int> _edges = [];
        private readonly List<int> _ids = [-1];
        private readonly SearchValues<char> _first;

        public Matcher(IEnumerable<(string Content, int Id)> tokens)
        {
            var first = new HashSet<char>();
            foreach ((string content, int id) in tokens)
            {
                if (content.Length == 0) continue;
                first.Add(content[0]);
                int node = 0;
                foreach (char c in content)
                {
                    if (!_edges.TryGetValue((node, c), out int next))
                    {
                        _edges[(node, c)] = next = _ids.Count;
                        _ids.Add(-1);
                    }
                    node = next;
                }
                if (_ids[node] < 0) _ids[node] = id;
            }
            _first = SearchValues.Create([.. first]);
        }

        public bool Next(ReadOnlySpan<char> text, int from, out int start, out int end, out int id)
        {
            for (start = from; start < text.Length; start++)
            {
                int offset = text[start..].IndexOfAny(_first);
                if (offset < 0) break;
                start += offset;
                (end, id) = (-1, -1);
                for (int at = start, node = 0; at < text.Length && _edges.TryGetValue((node, text[at]), out node);)
                {
                    at++;
                    if (_ids[node] >= 0) (end, id) = (at, _ids[node]);
                }
                if (id >= 0) return true;
            }
            (start, end, id) = (-1, -1, -1);
            return false;
        }
    }
}

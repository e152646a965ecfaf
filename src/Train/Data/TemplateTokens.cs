namespace Pure.Tuner;

/// <summary>A tokenizer as a template changes it: another end-of-text token, a padding token, stop words that are special.</summary>
/// <remarks>The tokenizer itself stays as it is; words that it lacks get ids after its last, as the reference gives them.</remarks>
internal sealed class TemplateTokens
{
    private readonly ITokenSource _source;
    private readonly Dictionary<string, int> _new = [];
    // Words that must be matched in texts although the tokenizer knows them only as ordinary entries, or not at all.
    private readonly List<(string Word, int Id)> _matched = [];

    public TemplateTokens(Template template, ITokenSource source)
    {
        _source = source;
        IEnumerable<string> special = template.StopWords;
        EosId = source.EosId;
        if (template.ReplaceEos)
        {
            if (template.StopWords.Count == 0) throw new UsageException($"template: '{template.Name}' replaces the end-of-text token but names none; choose another");
            EosId = Add(template.StopWords[0]);
            special = special.Skip(1);
        }
        EosId ??= Add("<|endoftext|>");
        PadId = source.PadId ?? EosId.Value;
        StopIds = [.. special.Select(Add).Append(EosId.Value).Distinct().Order()];
    }

    /// <summary>The end of a text.</summary>
    public int? EosId { get; }

    /// <summary>The padding token; the end-of-text token where the checkpoint has none.</summary>
    public int PadId { get; }

    /// <summary>The begin of a text, or null.</summary>
    public int? BosId => _source.BosId;

    /// <summary>The checkpoint's tokenizer, or null.</summary>
    public Tokenizer? Checkpoint => _source.Checkpoint;

    /// <summary>Whether the tokenizer is set to begin texts with <see cref="BosId"/>.</summary>
    public bool AddsBos => _source.AddsBos;

    /// <summary>Fingerprint of the tokenizer.</summary>
    public string Fingerprint => _source.Fingerprint;

    /// <summary>Ids are below it: the vocabulary, and the words that it lacks.</summary>
    public int Size => _source.VocabularySize + _new.Count;

    /// <summary>What stands for an entry that is not there, or null.</summary>
    public int? UnknownId => _source.UnknownId;

    /// <summary>Ids that end an answer, sorted.</summary>
    public IReadOnlyList<int> StopIds { get; }

    /// <summary>Words that the vocabulary lacks, with the ids they would get: a model must have rows for them.</summary>
    public IReadOnlyDictionary<string, int> NewTokens => _new;

    /// <summary>The id of a vocabulary entry or new word, or null.</summary>
    public int? IdOf(string token) => _source.IdOf(token) ?? (_new.TryGetValue(token, out int id) ? id : null);

    /// <summary>The vocabulary entry or new word of an id.</summary>
    public string? TokenOf(int id) => _source.TokenOf(id) ?? _new.FirstOrDefault(n => n.Value == id).Key;

    /// <summary>The text of ids, special tokens and new words as they are written.</summary>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var text = new System.Text.StringBuilder();
        for (int at = 0, end; at < ids.Length; at = end)
        {
            bool known = _source.Checkpoint is not null && ids[at] < _source.VocabularySize;
            for (end = at + 1; known && end < ids.Length && ids[end] < _source.VocabularySize;) end++;
            text.Append(known ? _source.Checkpoint!.Decode(ids[at..end]) : TokenOf(ids[at]));
        }
        return text.ToString();
    }

    /// <summary>Ids of a text on its own, nothing added around it.</summary>
    public IEnumerable<int> Encode(string text)
    {
        foreach ((string piece, int? id) in Pieces(text))
        {
            if (id is { } known) yield return known;
            else
                foreach (int t in _source.Encode(piece)) yield return t;
        }
    }

    /// <summary>The same ids, and where in the text each stands: start and end in code points.</summary>
    public (int[] Ids, (int Start, int End)[] Spans) EncodeSpans(string text)
    {
        var ids = new List<int>();
        var spans = new List<(int, int)>();
        int start = 0;
        foreach ((string piece, int? id) in Pieces(text))
        {
            int points = piece.EnumerateRunes().Count();
            if (id is { } known)
            {
                ids.Add(known);
                spans.Add((start, start + points));
            }
            else
            {
                (int[] own, (int Start, int End)[] where) = _source.EncodeSpans(piece);
                ids.AddRange(own);
                spans.AddRange(where.Select(w => (start + w.Start, start + w.End)));
            }
            start += points;
        }
        return ([.. ids], [.. spans]);
    }

    /// <summary>A text cut at the words that must be matched: each piece, and the id where it is such a word.</summary>
    private IEnumerable<(string Piece, int? Id)> Pieces(string text)
    {
        int from = 0;
        while (from < text.Length)
        {
            (int at, string word, int id) = (-1, "", 0);
            foreach ((string w, int i) in _matched)
            {
                int found = text.IndexOf(w, from, StringComparison.Ordinal);
                if (found >= 0 && (at < 0 || found < at || found == at && w.Length > word.Length)) (at, word, id) = (found, w, i);
            }
            string piece = at < 0 ? text[from..] : text[from..at];
            if (piece.Length > 0) yield return (piece, null);
            if (at < 0) yield break;
            yield return (word, id);
            from = at + word.Length;
        }
    }

    private int Add(string word)
    {
        if (_source.IdOf(word) is { } known)
        {
            // One id for the word alone: the tokenizer already matches it as a whole.
            if (_source.Encode(word) is not [int only] || only != known) _matched.Add((word, known));
            return known;
        }
        if (_new.TryGetValue(word, out int id)) return id;
        id = _source.VocabularySize + _new.Count;
        _new.Add(word, id);
        _matched.Add((word, id));
        return id;
    }
}

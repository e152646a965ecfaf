using System.Text;

namespace Pure.Tuner;

/// <summary>Text on its way through the normalisers that remembers, when asked to, which original code points each character came from.</summary>
/// <remarks>The rules for inserted and removed characters are those of the <c>tokenizers</c> library: an inserted character shares the span of the one before it.</remarks>
internal sealed class AlignedText
{
    private int[]? _starts;         // original code point where each UTF-16 unit's character begins; null when spans are not wanted
    private int[]? _ends;
    private readonly long _most;    // characters that steps may make of it
    private readonly int _origin;   // original position of the first character: the span of what is inserted in front of everything

    private const int AlwaysAllowed = 1 << 22, Growth = 64;

    private AlignedText(string text, int[]? starts, int[]? ends, int origin, bool isWhole)
    {
        _most = Math.Max(AlwaysAllowed, (long)Growth * text.Length);
        (Text, _starts, _ends, _origin, AtStart) = (text, starts, ends, origin, isWhole);
    }

    public AlignedText(string text, bool aligned) : this(text, null, null, 0, true)
    {
        if (!aligned) return;
        (_starts, _ends) = (new int[text.Length], new int[text.Length]);
        for (int i = 0, at = 0; i < text.Length; at++)
        {
            int begin = i;
            CodePoints.At(text, ref i);
            for (int j = begin; j < i; j++) (_starts[j], _ends[j]) = (at, at + 1);
        }
    }

    public string Text { get; private set; }

    public bool IsAligned => _starts is not null;

    /// <summary>Whether the original text began where this piece begins.</summary>
    public bool AtStart { get; }

    public AlignedText Slice(int start, int end)
    {
        if (start == 0 && end == Text.Length) return this;
        return _starts is null
            ? new AlignedText(Text[start..end], null, null, 0, AtStart && start == 0)
            : new AlignedText(Text[start..end], _starts[start..end], _ends![start..end], start < end ? _starts[start] : _origin, AtStart && start == 0);
    }

    /// <summary>The original code points of UTF-16 units start to end; an empty range has none of its own.</summary>
    public (int Start, int End) Span(int start, int end) => start < end && end <= Text.Length ? (_starts![start], _ends![end - 1]) : (start, end);

    /// <summary>Replaces the text without spans, for callers that have checked <see cref="IsAligned"/>.</summary>
    public void Set(string text)
    {
        if (_starts is not null) throw new InvalidOperationException("an aligned text is changed by Transform");
        Text = text;
    }

    /// <summary>The whole text anew: each character with 1 for inserted, 0 for in place of one, -n for in place of one and the n after it.</summary>
    /// <param name="characters">The new text.</param>
    /// <param name="skip">Characters dropped in front.</param>
    public void Transform(List<(int CodePoint, int Change)> characters, int skip = 0)
    {
        var text = new StringBuilder(characters.Count);
        foreach ((int c, _) in characters) CodePoints.Append(text, c);
        string old = Text;
        Text = text.ToString();
        if (_starts is null) return;

        var starts = new int[Text.Length];
        var ends = new int[Text.Length];
        int at = 0;
        int to = 0;
        for (; skip > 0; skip--) CodePoints.At(old, ref at);
        foreach ((int c, int change) in characters)
        {
            int from = change > 0 ? at - 1 : at;
            (int start, int end) = from < 0 || from >= old.Length ? (_origin, _origin) : (_starts[from], _ends![from]);
            for (int n = c < 0x10000 ? 1 : 2; n > 0; n--, to++) (starts[to], ends[to]) = (start, end);
            for (int n = change; n <= 0 && at < old.Length; n++) CodePoints.At(old, ref at);
        }
        (_starts, _ends) = (starts, ends);
    }

    /// <summary>Puts text in front; it takes the span of the first character. An empty text stays empty.</summary>
    public void Prepend(string prefix)
    {
        if (Text.Length == 0 || prefix.Length == 0) return;
        RequireRoom((long)prefix.Length + Text.Length);
        if (_starts is null)
        {
            Text = prefix + Text;
            return;
        }
        Text = prefix + Text;
        int[] starts = new int[Text.Length];
        int[] ends = new int[Text.Length];
        _starts.CopyTo(starts, prefix.Length);
        _ends!.CopyTo(ends, prefix.Length);
        starts.AsSpan(0, prefix.Length).Fill(_starts[0]);
        ends.AsSpan(0, prefix.Length).Fill(_ends[0]);
        (_starts, _ends) = (starts, ends);
    }

    /// <summary>Replaces every match; the new characters take the span of the last one matched.</summary>
    public void Replace(IPattern pattern, string content)
    {
        if (_starts is null && pattern is LiteralPattern literal)
        {
            RequireRoom(Text.Length / Math.Max(1, literal.Text.Length) <= AlwaysAllowed / Math.Max(1, content.Length) ? 0 : Text.AsSpan().Count(literal.Text) * (long)content.Length);
            if (literal.Text.Length > 0) Text = Text.Replace(literal.Text, content, StringComparison.Ordinal);
            return;
        }
        var matches = new List<Match>();
        pattern.Find(Text, matches);
        if (!matches.Exists(m => m.IsMatch)) return;
        RequireRoom(matches.Sum(m => m.IsMatch ? content.Length : (long)m.End - m.Start));
        var text = new StringBuilder(Text.Length);
        var starts = new List<int>();
        var ends = new List<int>();
        foreach (Match match in matches)
        {
            if (match.IsMatch) text.Append(content);
            else text.Append(Text, match.Start, match.End - match.Start);
            if (_starts is null) continue;
            if (match.IsMatch)
            {
                (int start, int end) = match.End > 0 ? (_starts[match.End - 1], _ends![match.End - 1]) : (_origin, _origin);
                for (int i = 0; i < content.Length; i++) { starts.Add(start); ends.Add(end); }
            }
            else
            {
                starts.AddRange(_starts.AsSpan(match.Start..match.End));
                ends.AddRange(_ends.AsSpan(match.Start..match.End));
            }
        }
        Text = text.ToString();
        if (_starts is not null) (_starts, _ends) = ([.. starts], [.. ends]);
    }

    /// <exception cref="FormatException">A step makes far more text than it is given: the file that asks for it is damaged.</exception>
    private void RequireRoom(long characters)
    {
        if (characters > _most) throw new FormatException($"a step makes {characters} characters of a text of {Text.Length}");
    }

    /// <summary>Keeps the characters for which the test holds.</summary>
    public void Filter(Func<int, bool> keep)
    {
        var kept = new List<(int CodePoint, int Change)>(Text.Length);
        int removed = 0, skip = 0;
        foreach (int c in CodePoints.Of(Text))
        {
            if (!keep(c)) { removed++; continue; }
            if (kept.Count > 0) kept[^1] = (kept[^1].CodePoint, -removed);
            else skip = removed;
            kept.Add((c, 0));
            removed = 0;
        }
        if (kept.Count > 0) kept[^1] = (kept[^1].CodePoint, -removed);
        Transform(kept, skip);
    }
}

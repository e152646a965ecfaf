namespace Pure.Tuner;

/// <summary>A stretch of text that a pattern matched, or that lies between two matches.</summary>
internal readonly record struct Match(int Start, int End, bool IsMatch);

/// <summary>What texts are cut by.</summary>
internal interface IPattern
{
    /// <summary>Adds matches and what lies between them, from the first character to the last.</summary>
    void Find(ReadOnlySpan<char> text, List<Match> matches);
}

/// <summary>Each character of a set is a match of its own.</summary>
internal sealed class CharSetPattern(CharSet set) : IPattern
{
    public void Find(ReadOnlySpan<char> text, List<Match> matches)
    {
        int last = 0;
        for (int i = 0; i < text.Length;)
        {
            int start = i;
            if (!set.Contains(CodePoints.At(text, ref i))) continue;
            if (last < start) matches.Add(new Match(last, start, false));
            matches.Add(new Match(start, i, true));
            last = i;
        }
        if (last < text.Length) matches.Add(new Match(last, text.Length, false));
    }
}

/// <summary>A fixed string.</summary>
internal sealed class LiteralPattern(string text) : IPattern
{
    public string Text => text;

    public void Find(ReadOnlySpan<char> input, List<Match> matches)
    {
        int last = 0;
        while (text.Length > 0 && input[last..].IndexOf(text, StringComparison.Ordinal) is >= 0 and int offset)
        {
            int start = last + offset;
            if (last < start) matches.Add(new Match(last, start, false));
            last = start + text.Length;
            matches.Add(new Match(start, last, true));
        }
        if (last < input.Length) matches.Add(new Match(last, input.Length, false));
    }
}

/// <summary>A pattern whose matches are what lies between, and the other way round.</summary>
internal sealed class InvertedPattern(IPattern pattern) : IPattern
{
    public void Find(ReadOnlySpan<char> text, List<Match> matches)
    {
        int first = matches.Count;
        pattern.Find(text, matches);
        for (int i = first; i < matches.Count; i++) matches[i] = matches[i] with { IsMatch = !matches[i].IsMatch };
    }
}

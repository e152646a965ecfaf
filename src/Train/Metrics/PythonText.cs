namespace Pure.Tuner;

/// <summary>Text handled as Python does it where a metric is defined by that.</summary>
internal static class PythonText
{
    /// <summary>str.isspace of one character: .NET's white space and four control characters.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    /// <summary>str.split(): the pieces between runs of white space.</summary>
    public static string[] Split(string text)
    {
        var words = new List<string>();
        for (int at = 0; at < text.Length;)
        {
            if (IsSpace(text[at]))
            {
                at++;
                continue;
            }
            int end = at;
            while (end < text.Length && !IsSpace(text[end])) end++;
            words.Add(text[at..end]);
            at = end;
        }
        return [.. words];
    }

    /// <summary>str.rstrip().</summary>
    public static string TrimEnd(string text)
    {
        int end = text.Length;
        while (end > 0 && IsSpace(text[end - 1])) end--;
        return text[..end];
    }

    /// <summary>The code points of a text; half a pair counts as one of its own.</summary>
    public static int[] CodePoints(string text)
    {
        var points = new List<int>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            bool pair = char.IsSurrogatePair(text, i);
            points.Add(pair ? char.ConvertToUtf32(text, i) : text[i]);
            if (pair) i++;
        }
        return [.. points];
    }
}

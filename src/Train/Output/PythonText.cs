using System.Collections;
using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>Text handled and values written as Python does it, where the reference's results hang on that.</summary>
internal static class PythonText
{
    /// <param name="value">A value that <see cref="PythonJsonReader"/> gives.</param>
    public static string Str(object? value) => value as string ?? Repr(value);

    /// <summary>str.strip(): white space as Python sees it, which counts four control characters more.</summary>
    public static string Strip(string text)
    {
        int from = 0, to = text.Length;
        while (from < to && IsSpace(text[from])) from++;
        while (to > from && IsSpace(text[to - 1])) to--;
        return text[from..to];
    }

    /// <summary>Whether a value counts as true: not null, false, zero or empty.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool b => b,
        string s => s.Length > 0,
        long i => i != 0,
        double d => d != 0,
        ICollection c => c.Count > 0,
        _ => true,
    };

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

    private static string Repr(object? value) => value switch
    {
        null => "None",
        bool b => b ? "True" : "False",
        string s => Quote(s),
        double d when double.IsNaN(d) => "nan",
        double d when double.IsInfinity(d) => d > 0 ? "inf" : "-inf",
        double d => PythonFloat.Format(d),
        JsonMap map => "{" + string.Join(", ", map.Select(e => $"{Quote(e.Key)}: {Repr(e.Value)}")) + "}",
        IEnumerable list => "[" + string.Join(", ", list.Cast<object?>().Select(Repr)) + "]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Quote(string text)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var quoted = new StringBuilder().Append(quote);
        foreach (Rune r in text.EnumerateRunes())
            _ = r.Value switch
            {
                '\\' => quoted.Append(@"\\"),
                '\n' => quoted.Append(@"\n"),
                '\r' => quoted.Append(@"\r"),
                '\t' => quoted.Append(@"\t"),
                var c when c == quote => quoted.Append('\\').Append(quote),
                ' ' => quoted.Append(' '),
                var c when IsShown(r) => quoted.Append(r.ToString()),
                <= 0xff => quoted.Append(CultureInfo.InvariantCulture, $@"\x{r.Value:x2}"),
                <= 0xffff => quoted.Append(CultureInfo.InvariantCulture, $@"\u{r.Value:x4}"),
                _ => quoted.Append(CultureInfo.InvariantCulture, $@"\U{r.Value:x8}"),
            };
        return quoted.Append(quote).ToString();
    }

    private static bool IsShown(Rune r) => Rune.GetUnicodeCategory(r) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}

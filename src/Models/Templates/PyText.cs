using System.Buffers;
using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>Texts as Python sees them: sequences of code points.</summary>
internal static class PyText
{
    /// <summary>What Python counts as white space.</summary>
    public static SearchValues<char> Blanks { get; } = SearchValues.Create("\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000");

    public static bool IsBlank(char c) => Blanks.Contains(c);

    public static string TrimEnd(string text) => text[..(text.AsSpan().LastIndexOfAnyExcept(Blanks) + 1)];

    public static string TrimStart(string text) => text.AsSpan().IndexOfAnyExcept(Blanks) is var at and >= 0 ? text[at..] : "";

    /// <summary>Whether every character is one UTF-16 unit, so that places need no translation.</summary>
    public static bool IsPlain(string text) => !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');

    public static int Length(string text) => IsPlain(text) ? text.Length : Offsets(text).Length - 1;

    /// <summary>The place of each code point, and the end.</summary>
    public static int[] Offsets(string text)
    {
        var offsets = new List<int>(text.Length + 1);
        for (int i = 0; i < text.Length; i += At(text, i)) offsets.Add(i);
        offsets.Add(text.Length);
        return [.. offsets];
    }

    private static int At(string text, int i) => char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1;

    /// <summary>The characters, each a text.</summary>
    public static IEnumerable<string> Characters(string text)
    {
        for (int i = 0; i < text.Length; i += At(text, i)) yield return text.Substring(i, At(text, i));
    }

    /// <summary>Code points from one place to another.</summary>
    public static string Part(string text, int from, int to)
    {
        if (from >= to) return "";
        if (IsPlain(text)) return text[from..to];
        int[] offsets = Offsets(text);
        return text[offsets[from]..offsets[to]];
    }

    /// <summary>Order by code points; UTF-16's differs above the basic plane.</summary>
    public static int Compare(string a, string b)
    {
        int at = a.AsSpan().CommonPrefixLength(b);
        if (at == a.Length || at == b.Length) return a.Length.CompareTo(b.Length);
        bool high = char.IsSurrogate(a[at]), otherHigh = char.IsSurrogate(b[at]);
        return high == otherHigh ? a[at].CompareTo(b[at]) : high ? 1 : -1;
    }

    /// <summary>The text as Python's repr writes it.</summary>
    public static string Repr(string text)
    {
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var repr = new StringBuilder(text.Length + 2).Append(quote);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == quote || c == '\\') repr.Append('\\').Append(c);
            else if (c is '\n' or '\r' or '\t') repr.Append(c switch { '\n' => "\\n", '\r' => "\\r", _ => "\\t" });
            else if (c is >= ' ' and < '\x7f') repr.Append(c);
            else if (Rune.TryGetRuneAt(text, i, out Rune rune))
            {
                if (IsPrintable(rune)) repr.Append(rune.ToString());
                else repr.Append(CultureInfo.InvariantCulture, $"{(rune.Value < 0x100 ? $"\\x{rune.Value:x2}" : rune.Value < 0x10000 ? $"\\u{rune.Value:x4}" : $"\\U{rune.Value:x8}")}");
                i += rune.Utf16SequenceLength - 1;
            }
            else repr.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }
        return repr.Append(quote).ToString();
    }

    public static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    /// <summary>&amp;, &lt;, &gt; and both quotes as HTML writes them.</summary>
    public static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal);
}

using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>Upper, lower and title case as Python does it, with the characters that become several (Unicode's SpecialCasing.txt).</summary>
internal static class PyCase
{
    // A character, then its upper case.
    private static readonly Dictionary<char, string> s_upper = (
        "\u00df\u0053\u0053 \u0149\u02bc\u004e \u01f0\u004a\u030c \u0390\u0399\u0308\u0301 \u03b0\u03a5\u0308\u0301 \u0587\u0535\u0552 \u1e96\u0048\u0331 \u1e97\u0054\u0308 \u1e98\u0057\u030a \u1e99\u0059\u030a " +
        "\u1e9a\u0041\u02be \u1f50\u03a5\u0313 \u1f52\u03a5\u0313\u0300 \u1f54\u03a5\u0313\u0301 \u1f56\u03a5\u0313\u0342 \u1f80\u1f08\u0399 \u1f81\u1f09\u0399 \u1f82\u1f0a\u0399 \u1f83\u1f0b\u0399 \u1f84\u1f0c\u0399 " +
        "\u1f85\u1f0d\u0399 \u1f86\u1f0e\u0399 \u1f87\u1f0f\u0399 \u1f88\u1f08\u0399 \u1f89\u1f09\u0399 \u1f8a\u1f0a\u0399 \u1f8b\u1f0b\u0399 \u1f8c\u1f0c\u0399 \u1f8d\u1f0d\u0399 \u1f8e\u1f0e\u0399 " +
        "\u1f8f\u1f0f\u0399 \u1f90\u1f28\u0399 \u1f91\u1f29\u0399 \u1f92\u1f2a\u0399 \u1f93\u1f2b\u0399 \u1f94\u1f2c\u0399 \u1f95\u1f2d\u0399 \u1f96\u1f2e\u0399 \u1f97\u1f2f\u0399 \u1f98\u1f28\u0399 " +
        "\u1f99\u1f29\u0399 \u1f9a\u1f2a\u0399 \u1f9b\u1f2b\u0399 \u1f9c\u1f2c\u0399 \u1f9d\u1f2d\u0399 \u1f9e\u1f2e\u0399 \u1f9f\u1f2f\u0399 \u1fa0\u1f68\u0399 \u1fa1\u1f69\u0399 \u1fa2\u1f6a\u0399 " +
        "\u1fa3\u1f6b\u0399 \u1fa4\u1f6c\u0399 \u1fa5\u1f6d\u0399 \u1fa6\u1f6e\u0399 \u1fa7\u1f6f\u0399 \u1fa8\u1f68\u0399 \u1fa9\u1f69\u0399 \u1faa\u1f6a\u0399 \u1fab\u1f6b\u0399 \u1fac\u1f6c\u0399 " +
        "\u1fad\u1f6d\u0399 \u1fae\u1f6e\u0399 \u1faf\u1f6f\u0399 \u1fb2\u1fba\u0399 \u1fb3\u0391\u0399 \u1fb4\u0386\u0399 \u1fb6\u0391\u0342 \u1fb7\u0391\u0342\u0399 \u1fbc\u0391\u0399 \u1fc2\u1fca\u0399 " +
        "\u1fc3\u0397\u0399 \u1fc4\u0389\u0399 \u1fc6\u0397\u0342 \u1fc7\u0397\u0342\u0399 \u1fcc\u0397\u0399 \u1fd2\u0399\u0308\u0300 \u1fd3\u0399\u0308\u0301 \u1fd6\u0399\u0342 \u1fd7\u0399\u0308\u0342 \u1fe2\u03a5\u0308\u0300 " +
        "\u1fe3\u03a5\u0308\u0301 \u1fe4\u03a1\u0313 \u1fe6\u03a5\u0342 \u1fe7\u03a5\u0308\u0342 \u1ff2\u1ffa\u0399 \u1ff3\u03a9\u0399 \u1ff4\u038f\u0399 \u1ff6\u03a9\u0342 \u1ff7\u03a9\u0342\u0399 \u1ffc\u03a9\u0399 " +
        "\ufb00\u0046\u0046 \ufb01\u0046\u0049 \ufb02\u0046\u004c \ufb03\u0046\u0046\u0049 \ufb04\u0046\u0046\u004c \ufb05\u0053\u0054 \ufb06\u0053\u0054 \ufb13\u0544\u0546 \ufb14\u0544\u0535 \ufb15\u0544\u053b " +
        "\ufb16\u054e\u0546 \ufb17\u0544\u053d")
        .Split(' ').ToDictionary(p => p[0], p => p[1..]);

    public static string Upper(string text) => Map(text, (rune, _) => s_upper.TryGetValue(rune.IsBmp ? (char)rune.Value : '\0', out string? many) ? many : Rune.ToUpperInvariant(rune).ToString());

    public static string Lower(string text) => Map(text, (rune, at) => Lower(text, rune, at));

    /// <summary>The first character in title case, all others in lower case.</summary>
    public static string Capitalize(string text) => Map(text, (rune, at) => at == 0 ? Title(rune) : Lower(text, rune, at));

    /// <summary>The first letter of each run of letters in title case.</summary>
    public static string Title(string text)
    {
        bool inside = false;
        return Map(text, (rune, at) =>
        {
            string mapped = inside ? Lower(text, rune, at) : Title(rune);
            inside = IsCased(rune);
            return mapped;
        });
    }

    public static string SwapCase(string text) => Map(text, (rune, at) => IsUpper(rune) ? Lower(text, rune, at) : IsLower(rune) ? Upper(rune.ToString()) : rune.ToString());

    /// <summary>For comparing without case: nearly Python's casefold.</summary>
    public static string Fold(string text) => Lower(text.Replace("\u00df", "ss", StringComparison.Ordinal).Replace("\u1e9e", "ss", StringComparison.Ordinal));

    public static bool IsUpper(Rune rune) => Rune.IsUpper(rune);

    public static bool IsLower(Rune rune) => Rune.IsLower(rune) || rune.Value is 0xAA or 0xBA;

    public static bool IsCased(Rune rune) => IsUpper(rune) || IsLower(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter;

    private static string Map(string text, Func<Rune, int, string> map)
    {
        var mapped = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out Rune rune))
            {
                mapped.Append(text[i++]);
                continue;
            }
            mapped.Append(map(rune, i));
            i += rune.Utf16SequenceLength;
        }
        return mapped.ToString();
    }

    private static string Lower(string text, Rune rune, int at) => rune.Value switch
    {
        0x130 => "i\u0307",
        0x3A3 => IsFinal(text, at) ? "\u03c2" : "\u03c3",
        _ => Rune.ToLowerInvariant(rune).ToString(),
    };

    /// <summary>A sigma that ends a word has a form of its own.</summary>
    private static bool IsFinal(string text, int at)
    {
        int before = at - 1, after = at + 1;
        while (before >= 0 && IsIgnorable(text[before])) before--;
        while (after < text.Length && IsIgnorable(text[after])) after++;
        return before >= 0 && Cased(before) && !(after < text.Length && Cased(after));

        bool Cased(int i) => Rune.TryGetRuneAt(text, char.IsLowSurrogate(text[i]) && i > 0 ? i - 1 : i, out Rune rune) && IsCased(rune);
    }

    private static bool IsIgnorable(char c) => c is '\'' or '.' or ':' or '\u00b7' or '\u2019' || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;

    private static string Title(Rune rune)
    {
        int c = rune.Value;
        if (c is (>= 0x1C4 and <= 0x1CC) or (>= 0x1F1 and <= 0x1F3)) return ((char)(c >= 0x1F1 ? 0x1F2 : 0x1C5 + (c - 0x1C4) / 3 * 3)).ToString();
        if (c is >= 0x10D0 and <= 0x10FF) return rune.ToString();   // Georgian has no title case
        if (c is >= 0x1F80 and <= 0x1FAF) return ((char)(c | 8)).ToString();
        if (c is 0x1FB3 or 0x1FC3 or 0x1FF3 or 0x1FBC or 0x1FCC or 0x1FFC) return ((char)(c is 0x1FB3 or 0x1FC3 or 0x1FF3 ? c + 9 : c)).ToString();
        if (c > 0xFFFF || !s_upper.TryGetValue((char)c, out string? many)) return Rune.ToUpperInvariant(rune).ToString();
        bool iota = c is >= 0x1FB2 and <= 0x1FF7 && many[^1] == '\u0399' && many.Length > 1;
        string rest = iota ? many[1..^1] + "\u0345" : char.IsLetter(many[1]) && c is not (0x390 or 0x3B0) ? many[1..].ToLowerInvariant() : many[1..];
        return many[0] + rest;
    }
}

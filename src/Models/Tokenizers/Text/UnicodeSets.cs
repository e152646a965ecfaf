using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>Sets of code points by Unicode property, made from the runtime's own category table.</summary>
internal static class UnicodeSets
{
    private static readonly Lazy<(int Start, int End, UnicodeCategory Category)[]> s_runs = new(ReadRuns);
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, CharSet?> s_byName = new(StringComparer.Ordinal);
    private static readonly Lazy<Dictionary<int, int[]>> s_casePartners = new(FindCasePartners);

    // White_Space is stable; the runtime's own IsWhiteSpace is the same set.
    public static CharSet WhiteSpace { get; } = CharSet.Of([(9, 13), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)]);

    /// <summary>General category N, Rust's <c>char::is_numeric</c>.</summary>
    public static CharSet Numeric => Find("N")!;

    /// <summary>ASCII punctuation (which has symbols in it) and general category P.</summary>
    public static CharSet Punctuation { get; } = CharSet.Of([(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E), .. Find("P")!.Ranges]);

    /// <summary><c>\w</c> of the Rust regex crate: Oniguruma's and the two joiners.</summary>
    public static CharSet Word { get; } = Find("word")!.Or(CharSet.Of([(0x200C, 0x200D)]));

    /// <summary>For each cased code point the others that fold to the same one.</summary>
    public static Dictionary<int, int[]> CasePartners => s_casePartners.Value;

    /// <summary>A set by the name of a general category, a binary property or a script, or null.</summary>
    public static CharSet? Find(string name)
    {
        string key = name.Replace("_", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
        return s_byName.GetOrAdd(key, Make);
    }

    private static CharSet? Make(string key) => key switch
    {
        "l" or "letter" => Categories(UnicodeCategory.UppercaseLetter, UnicodeCategory.LowercaseLetter, UnicodeCategory.TitlecaseLetter, UnicodeCategory.ModifierLetter, UnicodeCategory.OtherLetter),
        "lu" or "uppercaseletter" => Categories(UnicodeCategory.UppercaseLetter),
        "ll" or "lowercaseletter" => Categories(UnicodeCategory.LowercaseLetter),
        "lt" or "titlecaseletter" => Categories(UnicodeCategory.TitlecaseLetter),
        "lc" or "casedletter" => Categories(UnicodeCategory.UppercaseLetter, UnicodeCategory.LowercaseLetter, UnicodeCategory.TitlecaseLetter),
        "lm" or "modifierletter" => Categories(UnicodeCategory.ModifierLetter),
        "lo" or "otherletter" => Categories(UnicodeCategory.OtherLetter),
        "m" or "mark" or "combiningmark" => Categories(UnicodeCategory.NonSpacingMark, UnicodeCategory.SpacingCombiningMark, UnicodeCategory.EnclosingMark),
        "mn" or "nonspacingmark" => Categories(UnicodeCategory.NonSpacingMark),
        "mc" or "spacingmark" => Categories(UnicodeCategory.SpacingCombiningMark),
        "me" or "enclosingmark" => Categories(UnicodeCategory.EnclosingMark),
        "n" or "number" => Categories(UnicodeCategory.DecimalDigitNumber, UnicodeCategory.LetterNumber, UnicodeCategory.OtherNumber),
        "nd" or "decimalnumber" or "digit" => Categories(UnicodeCategory.DecimalDigitNumber),
        "nl" or "letternumber" => Categories(UnicodeCategory.LetterNumber),
        "no" or "othernumber" => Categories(UnicodeCategory.OtherNumber),
        "p" or "punctuation" => Categories(UnicodeCategory.ConnectorPunctuation, UnicodeCategory.DashPunctuation, UnicodeCategory.OpenPunctuation, UnicodeCategory.ClosePunctuation, UnicodeCategory.InitialQuotePunctuation, UnicodeCategory.FinalQuotePunctuation, UnicodeCategory.OtherPunctuation),
        // Oniguruma's POSIX bracket counts the nine ASCII symbols as punctuation too.
        "punct" => Find("P")!.Or(CharSet.Of('$', '+', '<', '=', '>', '^', '`', '|', '~')),
        "pc" or "connectorpunctuation" => Categories(UnicodeCategory.ConnectorPunctuation),
        "pd" or "dashpunctuation" => Categories(UnicodeCategory.DashPunctuation),
        "ps" or "openpunctuation" => Categories(UnicodeCategory.OpenPunctuation),
        "pe" or "closepunctuation" => Categories(UnicodeCategory.ClosePunctuation),
        "pi" or "initialpunctuation" => Categories(UnicodeCategory.InitialQuotePunctuation),
        "pf" or "finalpunctuation" => Categories(UnicodeCategory.FinalQuotePunctuation),
        "po" or "otherpunctuation" => Categories(UnicodeCategory.OtherPunctuation),
        "s" or "symbol" => Categories(UnicodeCategory.MathSymbol, UnicodeCategory.CurrencySymbol, UnicodeCategory.ModifierSymbol, UnicodeCategory.OtherSymbol),
        "sm" or "mathsymbol" => Categories(UnicodeCategory.MathSymbol),
        "sc" or "currencysymbol" => Categories(UnicodeCategory.CurrencySymbol),
        "sk" or "modifiersymbol" => Categories(UnicodeCategory.ModifierSymbol),
        "so" or "othersymbol" => Categories(UnicodeCategory.OtherSymbol),
        "z" or "separator" => Categories(UnicodeCategory.SpaceSeparator, UnicodeCategory.LineSeparator, UnicodeCategory.ParagraphSeparator),
        "zs" or "spaceseparator" => Categories(UnicodeCategory.SpaceSeparator),
        "zl" or "lineseparator" => Categories(UnicodeCategory.LineSeparator),
        "zp" or "paragraphseparator" => Categories(UnicodeCategory.ParagraphSeparator),
        "c" or "other" => Categories(UnicodeCategory.Control, UnicodeCategory.Format, UnicodeCategory.Surrogate, UnicodeCategory.PrivateUse, UnicodeCategory.OtherNotAssigned),
        "cc" or "control" or "cntrl" => Categories(UnicodeCategory.Control),
        "cf" or "format" => Categories(UnicodeCategory.Format),
        "cs" or "surrogate" => Categories(UnicodeCategory.Surrogate),
        "co" or "privateuse" => Categories(UnicodeCategory.PrivateUse),
        "cn" or "unassigned" => Categories(UnicodeCategory.OtherNotAssigned),
        "space" or "whitespace" => WhiteSpace,
        "blank" => Find("Zs")!.Or(CharSet.Of(9)),
        "upper" or "uppercase" => Find("Lu")!.Or(CharSet.Of([(0x2160, 0x216F), (0x24B6, 0x24CF), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)])),
        "lower" or "lowercase" => Find("Ll")!.Or(CharSet.Of([(0xAA, 0xAA), (0xBA, 0xBA), (0x2B0, 0x2B8), (0x2C0, 0x2C1), (0x2E0, 0x2E4), (0x2170, 0x217F), (0x24D0, 0x24E9)])),
        // Other_Alphabetic is marks, which are in \w anyway, and the circled letters.
        "alpha" or "alphabetic" => Find("L")!.Or(Find("Nl")!).Or(Find("M")!).Or(CharSet.Of([(0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)])),
        "alnum" => Find("alpha")!.Or(Find("Nd")!),
        "word" or "w" => Find("alpha")!.Or(Find("Nd")!).Or(Find("Pc")!),
        "xdigit" or "asciihexdigit" => CharSet.Of([('0', '9'), ('a', 'f'), ('A', 'F')]),
        "ascii" => CharSet.Of([(0, 0x7F)]),
        "any" => CharSet.Any,
        "assigned" => Find("Cn")!.Not(),
        "graph" => Find("C")!.Or(WhiteSpace).Not(),
        "print" => Find("graph")!.Or(Find("Zs")!),
        // Scripts that split patterns in use name; the ranges are those of Scripts.txt.
        "han" => CharSet.Of([(0x2E80, 0x2E99), (0x2E9B, 0x2EF3), (0x2F00, 0x2FD5), (0x3005, 0x3005), (0x3007, 0x3007), (0x3021, 0x3029), (0x3038, 0x303B), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFA6D), (0xFA70, 0xFAD9), (0x16FE2, 0x16FE3), (0x16FF0, 0x16FF1), (0x20000, 0x2A6DF), (0x2A700, 0x2B739), (0x2B740, 0x2B81D), (0x2B820, 0x2CEA1), (0x2CEB0, 0x2EBE0), (0x2EBF0, 0x2EE5D), (0x2F800, 0x2FA1D), (0x30000, 0x3134A), (0x31350, 0x323AF)]),
        "hiragana" => CharSet.Of([(0x3041, 0x3096), (0x309D, 0x309F), (0x1B001, 0x1B11F), (0x1B132, 0x1B132), (0x1B150, 0x1B152), (0x1F200, 0x1F200)]),
        "katakana" => CharSet.Of([(0x30A1, 0x30FA), (0x30FD, 0x30FF), (0x31F0, 0x31FF), (0x32D0, 0x32FE), (0x3300, 0x3357), (0xFF66, 0xFF6F), (0xFF71, 0xFF9D), (0x1AFF0, 0x1AFF3), (0x1AFF5, 0x1AFFB), (0x1AFFD, 0x1AFFE), (0x1B000, 0x1B000), (0x1B120, 0x1B122), (0x1B155, 0x1B155), (0x1B164, 0x1B167)]),
        "hangul" => CharSet.Of([(0x1100, 0x11FF), (0x302E, 0x302F), (0x3131, 0x318E), (0x3200, 0x321E), (0x3260, 0x327E), (0xA960, 0xA97C), (0xAC00, 0xD7A3), (0xD7B0, 0xD7C6), (0xD7CB, 0xD7FB), (0xFFA0, 0xFFBE), (0xFFC2, 0xFFC7), (0xFFCA, 0xFFCF), (0xFFD2, 0xFFD7), (0xFFDA, 0xFFDC)]),
        "thai" => CharSet.Of([(0x0E01, 0x0E3A), (0x0E40, 0x0E5B)]),
        "lao" => CharSet.Of([(0x0E81, 0x0E82), (0x0E84, 0x0E84), (0x0E86, 0x0E8A), (0x0E8C, 0x0EA3), (0x0EA5, 0x0EA5), (0x0EA7, 0x0EBD), (0x0EC0, 0x0EC4), (0x0EC6, 0x0EC6), (0x0EC8, 0x0ECE), (0x0ED0, 0x0ED9), (0x0EDC, 0x0EDF)]),
        "cyrillic" => CharSet.Of([(0x400, 0x484), (0x487, 0x52F), (0x1C80, 0x1C8A), (0x1D2B, 0x1D2B), (0x1D78, 0x1D78), (0x2DE0, 0x2DFF), (0xA640, 0xA69F), (0xFE2E, 0xFE2F), (0x1E030, 0x1E06D), (0x1E08F, 0x1E08F)]),
        "latin" => CharSet.Of([('A', 'Z'), ('a', 'z'), (0xAA, 0xAA), (0xBA, 0xBA), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2B8), (0x2E0, 0x2E4), (0x1D00, 0x1D25), (0x1D2C, 0x1D5C), (0x1D62, 0x1D65), (0x1D6B, 0x1D77), (0x1D79, 0x1DBE), (0x1E00, 0x1EFF), (0x2071, 0x2071), (0x207F, 0x207F), (0x2090, 0x209C), (0x212A, 0x212B), (0x2132, 0x2132), (0x214E, 0x214E), (0x2160, 0x2188), (0x2C60, 0x2C7F), (0xA722, 0xA787), (0xA78B, 0xA7CD), (0xA7D0, 0xA7D1), (0xA7D3, 0xA7D3), (0xA7D5, 0xA7DC), (0xA7F2, 0xA7FF), (0xAB30, 0xAB5A), (0xAB5C, 0xAB64), (0xAB66, 0xAB69), (0xFB00, 0xFB06), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A), (0x10780, 0x10785), (0x10787, 0x107B0), (0x107B2, 0x107BA), (0x1DF00, 0x1DF1E), (0x1DF25, 0x1DF2A)]),
        _ => null,
    };

    public static CharSet Categories(params UnicodeCategory[] categories) =>
        CharSet.Of(s_runs.Value.Where(r => categories.Contains(r.Category)).Select(r => (r.Start, r.End)));

    private static (int, int, UnicodeCategory)[] ReadRuns()
    {
        var runs = new List<(int, int, UnicodeCategory)>(4096);
        int start = 0;
        UnicodeCategory current = CharUnicodeInfo.GetUnicodeCategory(0);
        for (int c = 1; c <= 0x110000; c++)
        {
            UnicodeCategory category = c == 0x110000 ? (UnicodeCategory)(-1) : CharUnicodeInfo.GetUnicodeCategory(c);
            if (category == current) continue;
            runs.Add((start, c - 1, current));
            (start, current) = (c, category);
        }
        return [.. runs];
    }

    private static Dictionary<int, int[]> FindCasePartners()
    {
        // Simple folding by way of upper case and then lower case; the runtime leaves out letters whose
        // upper case is ASCII or that share one with another letter, so these are named.
        var groups = new Dictionary<int, SortedSet<int>>();
        void Join(int fold, int c) { if (!groups.TryGetValue(fold, out SortedSet<int>? g)) groups[fold] = g = [fold]; g.Add(c); }
        for (int c = 0x41; c < 0x1E960; c++)
        {
            if (c is >= 0xD800 and < 0xE000) continue;
            int fold = Rune.ToLowerInvariant(Rune.ToUpperInvariant(new Rune(c))).Value;
            if (fold != c) Join(fold, c);
        }
        foreach ((int fold, int c) in new[] { ('s', 0x17F), ('k', 0x212A), (0xE5, 0x212B), (0x3C9, 0x2126), (0x3C3, 0x3C2), (0xDF, 0x1E9E), (0x3B8, 0x3F4), (0x3B9, 0x345), (0x3B9, 0x1FBE), (0x3BC, 0xB5) }) Join(fold, c);
        var partners = new Dictionary<int, int[]>();
        foreach (SortedSet<int> group in groups.Values)
            foreach (int c in group) partners[c] = [.. group.Where(p => p != c)];
        return partners;
    }
}

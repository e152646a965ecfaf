using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>The methods of Python's str.</summary>
internal static partial class PyStringMethods
{
    private delegate object? Method(PyOps values, string self, PyCall call);

    private static readonly Dictionary<string, Method> s_methods = new(StringComparer.Ordinal)
    {
        ["upper"] = (_, s, c) => Bare(c, PyCase.Upper(s)),
        ["lower"] = (_, s, c) => Bare(c, PyCase.Lower(s)),
        ["title"] = (_, s, c) => Bare(c, PyCase.Title(s)),
        ["capitalize"] = (_, s, c) => Bare(c, PyCase.Capitalize(s)),
        ["swapcase"] = (_, s, c) => Bare(c, PyCase.SwapCase(s)),
        ["casefold"] = (_, s, c) => Bare(c, PyCase.Fold(s)),
        ["strip"] = (v, s, c) => Strip(v, s, c, true, true),
        ["lstrip"] = (v, s, c) => Strip(v, s, c, true, false),
        ["rstrip"] = (v, s, c) => Strip(v, s, c, false, true),
        ["split"] = (v, s, c) => Split(v, s, c, fromRight: false),
        ["rsplit"] = (v, s, c) => Split(v, s, c, fromRight: true),
        ["splitlines"] = (v, s, c) => List(v, Lines(s, PyOps.IsTrue(Or(c.Bind(0, "keepends")[0], false)))),
        ["partition"] = (v, s, c) => Partition(v, s, c, last: false),
        ["rpartition"] = (v, s, c) => Partition(v, s, c, last: true),
        ["replace"] = Replace,
        ["startswith"] = (v, s, c) => Starts(v, s, c, end: false),
        ["endswith"] = (v, s, c) => Starts(v, s, c, end: true),
        ["find"] = (v, s, c) => Find(v, s, c, last: false),
        ["rfind"] = (v, s, c) => Find(v, s, c, last: true),
        ["index"] = (v, s, c) => Find(v, s, c, last: false) is long at and >= 0 ? at : throw v.Fail("substring not found"),
        ["rindex"] = (v, s, c) => Find(v, s, c, last: true) is long at and >= 0 ? at : throw v.Fail("substring not found"),
        ["count"] = Count,
        ["join"] = Join,
        ["format"] = (v, s, c) => v.State.Made(PyFormat.Format(v, s, c)),
        ["format_map"] = (v, s, c) => v.State.Made(PyFormat.FormatMap(v, s, c.Bind(1, "mapping")[0])),
        ["removeprefix"] = (v, s, c) => v.Str(c.Bind(1, "prefix")[0], "removeprefix") is var p && s.StartsWith(p, StringComparison.Ordinal) ? s[p.Length..] : s,
        ["removesuffix"] = (v, s, c) => v.Str(c.Bind(1, "suffix")[0], "removesuffix") is var p && s.EndsWith(p, StringComparison.Ordinal) ? s[..^p.Length] : s,
        ["zfill"] = (v, s, c) => Filled(v, s, v.Int(c.Bind(1, "width")[0], "zfill")),
        ["ljust"] = (v, s, c) => Justified(v, s, c, 'l'),
        ["rjust"] = (v, s, c) => Justified(v, s, c, 'r'),
        ["center"] = (v, s, c) => Justified(v, s, c, 'c'),
        ["expandtabs"] = (v, s, c) => ExpandTabs(v, s, v.Int(Or(c.Bind(0, "tabsize")[0], 8L), "expandtabs")),
        ["isdigit"] = (_, s, _) => All(s, r => Rune.IsDigit(r) || (Rune.GetUnicodeCategory(r) == UnicodeCategory.OtherNumber && Rune.GetNumericValue(r) is >= 0 and <= 9 and var n && n == Math.Floor(n) && IsSuperscript(r))),
        ["isdecimal"] = (_, s, _) => All(s, Rune.IsDigit),
        ["isnumeric"] = (_, s, _) => All(s, r => Rune.IsNumber(r) || Rune.GetNumericValue(r) >= 0),
        ["isalpha"] = (_, s, _) => All(s, Rune.IsLetter),
        ["isalnum"] = (_, s, _) => All(s, r => Rune.IsLetter(r) || Rune.IsNumber(r)),
        ["isspace"] = (_, s, _) => s.Length > 0 && s.All(PyText.IsBlank),
        ["isupper"] = (_, s, _) => IsUpper(s),
        ["islower"] = (_, s, _) => IsLower(s),
        ["istitle"] = (_, s, _) => IsTitle(s),
        ["isascii"] = (_, s, _) => Ascii.IsValid(s),
        ["isprintable"] = (_, s, _) => s.Length == 0 || All(s, PyText.IsPrintable),
        ["isidentifier"] = (_, s, _) => s.Length > 0 && !char.IsDigit(s[0]) && All(s, r => r.Value == '_' || Rune.IsLetterOrDigit(r)),
        ["encode"] = (v, _, _) => throw v.Fail("str.encode: bytes are not supported in templates"),
        ["translate"] = (v, _, _) => throw v.Fail("str.translate is not supported in templates"),
        ["maketrans"] = (v, _, _) => throw v.Fail("str.maketrans is not supported in templates"),
    };

    /// <summary>A method bound to its text; null where there is none.</summary>
    public static PyFunction? Get(PyOps values, string self, string name, bool markup)
    {
        if (!s_methods.TryGetValue(name, out Method? method)) return null;
        return new PyFunction(name, call =>
        {
            values.State.Scan(self.Length);
            object? result = method(values, self, call);
            return !markup ? result : result switch
            {
                string text => new PyMarkup(text),
                PyList list => new PyList([.. list.Items.Select(i => i is string t ? new PyMarkup(t) : i)]),
                _ => result,
            };
        });
    }

    public static bool IsUpper(string s) => s.EnumerateRunes().Any(PyCase.IsCased) && s.EnumerateRunes().All(r => !PyCase.IsCased(r) || PyCase.IsUpper(r));

    public static bool IsLower(string s) => s.EnumerateRunes().Any(PyCase.IsCased) && s.EnumerateRunes().All(r => !PyCase.IsCased(r) || PyCase.IsLower(r));

    /// <summary>Lines as Python cuts them: at more than line feeds.</summary>
    public static List<string> Lines(string text, bool keepEnds = false)
    {
        var lines = new List<string>();
        for (int from = 0; from < text.Length;)
        {
            int end = text.AsSpan(from).IndexOfAny("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029");
            end = end < 0 ? text.Length : from + end;
            int next = end == text.Length ? end : text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? end + 2 : end + 1;
            lines.Add(text[from..(keepEnds ? next : end)]);
            from = next;
        }
        return lines;
    }

    /// <summary>Text without blanks, or without the given characters, at its ends.</summary>
    public static string Stripped(string text, string? characters, bool left, bool right)
    {
        int from = 0, to = text.Length;
        if (characters is null || PyText.IsPlain(characters))
        {
            while (left && from < to && Goes(text[from])) from++;
            while (right && to > from && Goes(text[to - 1])) to--;
            return text[from..to];
        }
        HashSet<string> set = [.. PyText.Characters(characters)];
        List<string> all = [.. PyText.Characters(text)];
        int first = 0, last = all.Count;
        while (left && first < last && set.Contains(all[first])) first++;
        while (right && last > first && set.Contains(all[last - 1])) last--;
        return string.Concat(all[first..last]);

        bool Goes(char c) => characters is null ? PyText.IsBlank(c) : characters.Contains(c);
    }

    /// <summary>The argument, or what stands for it when it was not given.</summary>
    internal static object? Or(object? value, object? otherwise) => PyCall.IsMissing(value) ? otherwise : value;

    private static object? Bare(PyCall call, string result)
    {
        call.Bind(0);
        return call.Values.State.Made(result);
    }

    private static bool All(string s, Func<Rune, bool> test) => s.Length > 0 && s.EnumerateRunes().All(test);

    // Superscripts and circled digits count as digits, fractions do not.
    private static bool IsSuperscript(Rune r) => r.Value is 0xB2 or 0xB3 or 0xB9 or 0x2070 or (>= 0x2074 and <= 0x2079) or (>= 0x2080 and <= 0x2089) or (>= 0x2460 and <= 0x2468) or (>= 0x2474 and <= 0x247C) or (>= 0x2488 and <= 0x2490) or 0x24EA or (>= 0x2776 and <= 0x277E) or (>= 0x2780 and <= 0x2788) or (>= 0x278A and <= 0x2792);

    private static bool IsTitle(string s)
    {
        bool inside = false, any = false;
        foreach (Rune r in s.EnumerateRunes())
        {
            bool upper = PyCase.IsUpper(r) || Rune.GetUnicodeCategory(r) == UnicodeCategory.TitlecaseLetter;
            if ((upper && inside) || (PyCase.IsLower(r) && !inside)) return false;
            inside = PyCase.IsCased(r);
            any |= inside;
        }
        return any;
    }

    private static PyList List(PyOps values, List<string> items)
    {
        values.State.Items(items.Count);
        return new PyList([.. items]);
    }
}

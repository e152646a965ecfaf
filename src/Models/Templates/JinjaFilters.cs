using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>The filters of Jinja2: those of texts, numbers and output here, those of lists in the other part.</summary>
internal static partial class JinjaFilters
{
    private delegate object? Filter(JinjaRenderer renderer, object? value, PyCall call);

    private static readonly Dictionary<string, Filter> s_filters = new(StringComparer.Ordinal)
    {
        ["abs"] = (r, v, _) => Absolute(r.Values, v),
        ["attr"] = (r, v, c) => r.Values.Str(c.Bind(1, "name")[0], "attr") is var name && r.Values.Defined(v) is var target && r.Values.TryAttribute(target, name, out object? value) ? value : new JinjaUndefined($"'{PyOps.TypeName(v)} object' has no attribute '{name}'"),
        ["batch"] = Batch,
        ["capitalize"] = (r, v, _) => r.Values.State.Made(PyCase.Capitalize(r.Values.Text(v))),
        ["center"] = (r, v, c) => PyStringMethods.Justified(r.Values, r.Values.Text(v), r.Values.Int(PyStringMethods.Or(c.Bind(0, "width")[0], 80L), "center"), " ", 'c'),
        ["count"] = Length,
        ["d"] = Default,
        ["default"] = Default,
        ["dictsort"] = DictSort,
        ["e"] = Escape,
        ["escape"] = Escape,
        ["filesizeformat"] = FileSize,
        ["first"] = First,
        ["float"] = (r, v, c) => Float(r.Values, v) ?? PyStringMethods.Or(c.Bind(0, "default")[0], 0.0),
        ["forceescape"] = (r, v, _) => new PyMarkup(r.Values.State.Made(PyText.Escape(r.Values.Text(v)))),
        ["format"] = Format,
        ["groupby"] = GroupBy,
        ["indent"] = Indent,
        ["int"] = Int,
        ["items"] = (r, v, _) => v is JinjaUndefined ? new PyIterator([]) : v is PyDict dict ? new PyIterator(new PyView(dict, "items").Items) : throw r.Values.Fail("Can only get item pairs from a mapping."),
        ["join"] = Join,
        ["last"] = Last,
        ["length"] = Length,
        ["list"] = (r, v, _) => new PyList(r.Values.Items(v)),
        ["lower"] = (r, v, _) => r.Values.State.Made(PyCase.Lower(r.Values.Text(v))),
        ["map"] = Map,
        ["max"] = (r, v, c) => Extreme(r, v, c, 1),
        ["min"] = (r, v, c) => Extreme(r, v, c, -1),
        ["pprint"] = (r, v, _) => JinjaPrettyPrint.Print(r.Values, v),
        ["random"] = (r, _, _) => throw r.Values.Fail("the filter 'random' is not supported: a template must always give the same text"),
        ["reject"] = (r, v, c) => Select(r, v, c, false, keep: false),
        ["rejectattr"] = (r, v, c) => Select(r, v, c, true, keep: false),
        ["replace"] = Replace,
        ["reverse"] = Reverse,
        ["round"] = Round,
        ["safe"] = (r, v, _) => v is PyMarkup ? v : new PyMarkup(r.Values.Text(v)),
        ["select"] = (r, v, c) => Select(r, v, c, false, keep: true),
        ["selectattr"] = (r, v, c) => Select(r, v, c, true, keep: true),
        ["slice"] = Slice,
        ["sort"] = Sort,
        ["string"] = (r, v, _) => v is PyMarkup ? v : r.Values.Text(v),
        ["striptags"] = (r, v, _) => StripTags(r.Values, r.Values.Text(v)),
        ["sum"] = Sum,
        ["title"] = (r, v, _) => r.Values.State.Made(WordBegin().Replace(r.Values.Text(v), m => PyCase.Upper(m.Groups[1].Value) + PyCase.Lower(m.Groups[2].Value))),
        ["tojson"] = ToJson,
        ["trim"] = (r, v, c) => PyStringMethods.Or(c.Bind(0, "chars")[0], null) is var chars ? PyStringMethods.Stripped(r.Values.State.Made(r.Values.Text(v)), r.Values.Defined(chars) is null ? null : r.Values.Str(chars, "trim"), true, true) : null,
        ["truncate"] = Truncate,
        ["unique"] = Unique,
        ["upper"] = (r, v, _) => r.Values.State.Made(PyCase.Upper(r.Values.Text(v))),
        ["urlencode"] = UrlEncode,
        ["urlize"] = (r, _, _) => throw r.Values.Fail("the filter 'urlize' is not supported: chat templates are plain text"),
        ["wordcount"] = (r, v, _) => (long)Word().Count(r.Values.State.Made(r.Values.Text(v))),
        ["wordwrap"] = WordWrap,
        ["xmlattr"] = XmlAttributes,
    };

    public static bool Exists(string name) => s_filters.ContainsKey(name);

    /// <summary>Applies a filter.</summary>
    /// <exception cref="JinjaException">There is no such filter, or it cannot take the value.</exception>
    public static object? Apply(JinjaRenderer renderer, string name, object? value, PyCall call) =>
        s_filters.TryGetValue(name, out Filter? filter) ? filter(renderer, value, call) : throw renderer.Values.Fail($"No filter named '{name}' found.");

    private static object? Absolute(PyOps values, object? v) => values.Defined(v) switch
    {
        double d => Math.Abs(d),
        { } n when PyNumbers.Whole(n) is { } whole => PyNumbers.Normal(BigInteger.Abs(whole)),
        _ => throw values.Fail($"bad operand type for abs(): '{PyOps.TypeName(v)}'"),
    };

    private static object? Default(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(0, "default_value", "boolean");
        return v is JinjaUndefined || (PyOps.IsTrue(PyStringMethods.Or(a[1], false)) && !PyOps.IsTrue(v)) ? PyStringMethods.Or(a[0], "") : v;
    }

    private static object? Escape(JinjaRenderer r, object? v, PyCall c) => v is PyMarkup ? v : new PyMarkup(r.Values.State.Made(PyText.Escape(r.Values.Text(v))));

    private static double? Float(PyOps values, object? v) => PyOps.AsText(values.Defined(v)) is { } text ? PyNumbers.ParseReal(text) : PyNumbers.Real(v);

    private static object? Int(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(0, "default", "base");
        object? otherwise = PyStringMethods.Or(a[0], 0L);
        r.Values.Defined(v);
        if (PyNumbers.Whole(v) is { } whole) return PyNumbers.Normal(whole);
        if (v is double d && double.IsInfinity(d)) throw r.Values.Fail("cannot convert float infinity to integer");
        if (PyOps.AsText(v) is { } text && PyNumbers.ParseWhole(text, r.Values.Int(PyStringMethods.Or(a[1], 10L), "base")) is { } read) return read;
        return Float(r.Values, v) is { } real && double.IsFinite(real) ? PyNumbers.Normal(new BigInteger(Math.Truncate(real))) : otherwise;
    }

    private static object? Format(JinjaRenderer r, object? v, PyCall c)
    {
        if (c.Positional.Count > 0 && c.Named.Count > 0) throw r.Values.Fail("can't handle positional and keyword arguments at the same time");
        object arguments = new PyTuple([.. c.Positional]);
        if (c.Named.Count > 0)
        {
            var named = new PyDict(r.Values);
            foreach ((string key, object? value) in c.Named) named[key] = value;
            arguments = named;
        }
        return r.Values.Binary("%", v is PyMarkup ? v : r.Values.Text(v), arguments);
    }

    private static object? Indent(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(0, "width", "first", "blank");
        object? width = PyStringMethods.Or(a[0], 4L);
        string indent = PyOps.AsText(width) ?? new string(' ', Math.Clamp(r.Values.Int(width, "indent"), 0, 100_000));
        string text = PyOps.AsText(r.Values.Defined(v) is string or PyMarkup ? v : r.Values.Text(v))!;
        List<string> lines = PyStringMethods.Lines(text + "\n");
        bool blank = PyOps.IsTrue(PyStringMethods.Or(a[2], false));
        var indented = new StringBuilder(PyOps.IsTrue(PyStringMethods.Or(a[1], false)) ? indent : "").Append(lines[0]);
        foreach (string line in lines.Skip(1))
        {
            r.Values.State.Text(indent.Length + line.Length + 1);
            if (indented.Length > 16_000_000) r.Values.State.Text(long.MaxValue);
            indented.Append('\n').Append(blank || line.Length > 0 ? indent : "").Append(line);
        }
        return r.Values.State.Made(indented.ToString());
    }

    private static object? Replace(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(2, "old", "new", "count");
        object? count = PyStringMethods.Or(a[2], null);
        string replaced = PyStringMethods.Replaced(r.Values, r.Values.Text(v), r.Values.Text(a[0]), r.Values.Text(a[1]), r.Values.Defined(count) is null ? -1 : r.Values.Int(count, "replace"));
        return replaced;
    }

    private static object? Round(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(0, "precision", "method");
        int precision = r.Values.Int(PyStringMethods.Or(a[0], 0L), "round");
        string method = r.Values.Str(PyStringMethods.Or(a[1], "common"), "round");
        if (method is not ("common" or "ceil" or "floor")) throw r.Values.Fail("method must be common, ceil or floor");
        r.Values.Defined(v);
        if (method != "common")
        {
            double power = Math.Pow(10, precision), scaled = (PyNumbers.Real(v) ?? throw r.Values.Fail($"must be real number, not {PyOps.TypeName(v)}")) * power;
            return (method == "ceil" ? Math.Ceiling(scaled) : Math.Floor(scaled)) / power;
        }
        if (v is double real) return PyNumbers.Round(real, precision);
        if (PyNumbers.Whole(v) is not { } whole) throw r.Values.Fail($"type {PyOps.TypeName(v)} doesn't define __round__ method");
        if (precision >= 0) return PyNumbers.Normal(whole);
        if (precision < -PyNumbers.MaxDigits) return 0L;
        BigInteger unit = BigInteger.Pow(10, -precision), quotient = BigInteger.DivRem(BigInteger.Abs(whole), unit, out BigInteger rest);
        int half = (rest * 2).CompareTo(unit);
        if (half > 0 || (half == 0 && !quotient.IsEven)) quotient++;
        return PyNumbers.Normal(quotient * unit * whole.Sign);
    }

    private static object? FileSize(JinjaRenderer r, object? v, PyCall c)
    {
        bool binary = PyOps.IsTrue(PyStringMethods.Or(c.Bind(0, "binary")[0], false));
        double bytes = Float(r.Values, v) ?? throw r.Values.Fail("filesizeformat: a number is needed"), size = binary ? 1024 : 1000;
        if (bytes == 1) return "1 Byte";
        if (bytes < size) return $"{((long)bytes).ToString(CultureInfo.InvariantCulture)} Bytes";
        string[] units = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
        double unit = size;
        for (int i = 0; ; i++)
        {
            unit *= size;
            if (bytes < unit || i == units.Length - 1) return $"{PyNumbers.Fixed(size * bytes / unit, 1)} {(binary ? units[i].ToUpperInvariant() + "iB" : units[i] + "B")}";
        }
    }

    private static object? Truncate(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(0, "length", "killwords", "end", "leeway");
        string text = r.Values.Text(v), end = r.Values.Text(PyStringMethods.Or(a[2], "..."));
        int length = r.Values.Int(PyStringMethods.Or(a[0], 255L), "truncate"), leeway = r.Values.Int(PyStringMethods.Or(a[3], null) ?? 5L, "truncate"), tail = PyText.Length(end);
        if (length < tail) throw r.Values.Fail($"expected length >= {tail}, got {length}");
        if (leeway < 0) throw r.Values.Fail($"expected leeway >= 0, got {leeway}");
        r.Values.State.Scan(text.Length);
        if (PyText.Length(text) <= (long)length + leeway) return text;
        string kept = PyText.Part(text, 0, length - tail);
        if (!PyOps.IsTrue(PyStringMethods.Or(a[1], false)) && kept.LastIndexOf(' ') is var at and >= 0) kept = kept[..at];
        return r.Values.State.Made(kept + end);
    }

    private static string StripTags(PyOps values, string text)
    {
        values.State.Text(text.Length);
        foreach ((string open, string close) in (ReadOnlySpan<(string, string)>)[("<!--", "-->"), ("<", ">")])
        {
            var kept = new StringBuilder();
            int from = 0;
            for (int at; (at = text.IndexOf(open, from, StringComparison.Ordinal)) >= 0;)
            {
                int end = text.IndexOf(close, at, StringComparison.Ordinal);
                if (end < 0) break;
                kept.Append(text, from, at - from);
                from = end + close.Length;
            }
            text = kept.Append(text, from, text.Length - from).ToString();
        }
        return WebUtility.HtmlDecode(string.Join(' ', PyStringMethods.BlankSplit(text)));
    }

    private static object? ToJson(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(0, "ensure_ascii", "indent", "separators", "sort_keys");
        object? indent = PyStringMethods.Or(a[1], null), separators = PyStringMethods.Or(a[2], null);
        string? by = indent is null ? null : PyOps.AsText(indent) ?? new string(' ', Math.Clamp(r.Values.Int(indent, "indent"), 0, 1000));
        if (separators is not null && separators is not IPySequence { Count: 2 }) throw r.Values.Fail("tojson: separators must be a pair of texts");
        var pair = separators as IPySequence;
        return PyJson.Write(r.Values, v, PyOps.IsTrue(PyStringMethods.Or(a[0], false)), by, pair is null ? null : r.Values.Str(pair[0], "separators"), pair is null ? null : r.Values.Str(pair[1], "separators"), PyOps.IsTrue(PyStringMethods.Or(a[3], false)));
    }

    private static object? UrlEncode(JinjaRenderer r, object? v, PyCall c)
    {
        PyOps values = r.Values;
        if (v is string or PyMarkup or not (PyDict or PyList or PyTuple or PyView or PyIterator)) return Quoted(values.Text(v), "/");
        var pairs = new List<string>();
        foreach (object? pair in values.Items(v is PyDict dict ? new PyView(dict, "items") : v))
        {
            List<object?> both = values.Items(pair);
            if (both.Count != 2) throw values.Fail($"urlencode: pairs are needed, not {both.Count} values");
            pairs.Add($"{Quoted(values.Text(both[0]), "").Replace("%20", "+", StringComparison.Ordinal)}={Quoted(values.Text(both[1]), "").Replace("%20", "+", StringComparison.Ordinal)}");
        }
        return string.Join('&', pairs);

        string Quoted(string text, string safe)
        {
            values.State.Text(text.Length * 3L);
            var quoted = new StringBuilder();
            foreach (byte b in Encoding.UTF8.GetBytes(text))
            {
                if (b < 128 && (char.IsAsciiLetterOrDigit((char)b) || "_.-~".Contains((char)b) || safe.Contains((char)b))) quoted.Append((char)b);
                else quoted.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
            }
            return quoted.ToString();
        }
    }

    private static object? XmlAttributes(JinjaRenderer r, object? v, PyCall c)
    {
        if (v is not PyDict dict) throw r.Values.Fail("xmlattr: a dict is needed");
        var parts = new List<string>();
        foreach ((PyKey key, object? value) in dict)
        {
            if (value is null or JinjaUndefined) continue;
            string name = r.Values.Text(key.Value);
            if (name.AsSpan().IndexOfAny(" \t\n\r\f\v/>=") >= 0) throw r.Values.Fail($"Invalid character in attribute name: {PyText.Repr(name)}");
            parts.Add($"{r.Values.Escaped(key.Value)}=\"{r.Values.Escaped(value)}\"");
        }
        string text = string.Join(' ', parts);
        return r.Values.State.Made(text.Length > 0 && PyOps.IsTrue(PyStringMethods.Or(c.Bind(0, "autospace")[0], true)) ? " " + text : text);
    }

    private static object? WordWrap(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(0, "width", "break_long_words", "wrapstring", "break_on_hyphens");
        int width = r.Values.Int(PyStringMethods.Or(a[0], 79L), "wordwrap");
        if (width <= 0) throw r.Values.Fail($"invalid width {width} (must be > 0)");
        string text = r.Values.Text(v), by = PyStringMethods.Or(a[2], null) is { } given ? r.Values.Text(given) : "\n";
        r.Values.State.Text(text.Length * (1L + by.Length));
        bool breaks = PyOps.IsTrue(PyStringMethods.Or(a[1], true)), hyphens = PyOps.IsTrue(PyStringMethods.Or(a[3], true));
        return r.Values.State.Made(string.Join(by, PyStringMethods.Lines(text).Select(line => string.Join(by, JinjaWordWrap.Wrap(line, width, breaks, hyphens)))));
    }

    [GeneratedRegex(@"([^-\s({\[<])([^-\s({\[<]*)", RegexOptions.CultureInvariant)]
    private static partial Regex WordBegin();

    [GeneratedRegex(@"[\w]+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}

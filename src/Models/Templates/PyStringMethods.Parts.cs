using System.Text;

namespace Pure.Tuner;

internal static partial class PyStringMethods
{
    private static object? Strip(PyOps v, string s, PyCall call, bool left, bool right)
    {
        object? characters = Or(call.Bind(0, "chars")[0], null);
        return Stripped(s, v.Defined(characters) is null ? null : v.Str(characters, call.Name), left, right);
    }

    private static PyList Split(PyOps v, string s, PyCall call, bool fromRight)
    {
        object?[] a = call.Bind(0, "sep", "maxsplit");
        int most = v.Int(Or(a[1], -1L), "maxsplit");
        if (most < 0) most = int.MaxValue;
        object? separator = Or(a[0], null);
        if (v.Defined(separator) is null) return List(v, fromRight ? BlankSplitRight(s, most) : BlankSplit(s, most));
        string sep = v.Str(separator, "split");
        if (sep.Length == 0) throw v.Fail("empty separator");
        var parts = new List<string>();
        if (fromRight)
        {
            int end = s.Length;
            for (int at; parts.Count < most && end >= sep.Length && (at = s.LastIndexOf(sep, end - 1, end, StringComparison.Ordinal)) >= 0; end = at) parts.Add(s[(at + sep.Length)..end]);
            parts.Add(s[..end]);
            parts.Reverse();
            return List(v, parts);
        }
        int from = 0;
        for (int at; parts.Count < most && (at = s.IndexOf(sep, from, StringComparison.Ordinal)) >= 0; from = at + sep.Length) parts.Add(s[from..at]);
        parts.Add(s[from..]);
        return List(v, parts);
    }

    /// <summary>Words between runs of blanks.</summary>
    internal static List<string> BlankSplit(string s, int most = int.MaxValue)
    {
        var parts = new List<string>();
        int from = 0;
        while (true)
        {
            while (from < s.Length && PyText.IsBlank(s[from])) from++;
            if (from == s.Length) return parts;
            int end = parts.Count == most ? -1 : s.AsSpan(from).IndexOfAny(PyText.Blanks);
            if (end < 0)
            {
                parts.Add(s[from..]);
                return parts;
            }
            parts.Add(s[from..(from + end)]);
            from += end;
        }
    }

    private static List<string> BlankSplitRight(string s, int most)
    {
        var parts = new List<string>();
        int end = s.Length;
        while (true)
        {
            while (end > 0 && PyText.IsBlank(s[end - 1])) end--;
            if (end == 0) break;
            int at = parts.Count == most ? -1 : s.AsSpan(0, end).LastIndexOfAny(PyText.Blanks);
            parts.Add(s[(at + 1)..end]);
            if (at < 0) break;
            end = at;
        }
        parts.Reverse();
        return parts;
    }

    private static PyTuple Partition(PyOps v, string s, PyCall call, bool last)
    {
        string sep = v.Str(call.Bind(1, "sep")[0], call.Name);
        if (sep.Length == 0) throw v.Fail("empty separator");
        int at = last ? s.LastIndexOf(sep, StringComparison.Ordinal) : s.IndexOf(sep, StringComparison.Ordinal);
        v.State.Items(3);
        return new PyTuple(at >= 0 ? [s[..at], sep, s[(at + sep.Length)..]] : last ? ["", "", s] : [s, "", ""]);
    }

    private static object? Replace(PyOps v, string s, PyCall call)
    {
        object?[] a = call.Bind(2, "old", "new", "count");
        return Replaced(v, s, v.Str(a[0], "replace"), v.Str(a[1], "replace"), v.Int(Or(a[2], -1L), "replace"));
    }

    /// <summary>The first places, or all where <paramref name="most"/> is negative.</summary>
    internal static string Replaced(PyOps v, string s, string old, string by, int most)
    {
        if (most < 0) most = int.MaxValue;
        var text = new StringBuilder();
        int from = 0;
        v.State.Scan(s.Length);
        if (old.Length == 0)
        {
            foreach (string c in PyText.Characters(s))
            {
                if (most-- > 0)
                {
                    v.State.Text(by.Length);
                    text.Append(by);
                }
                text.Append(c);
            }
            if (most > 0) text.Append(by);
            return v.State.Made(text.ToString());
        }
        for (int at; most > 0 && (at = s.IndexOf(old, from, StringComparison.Ordinal)) >= 0; from = at + old.Length, most--)
        {
            v.State.Text(at - from + by.Length);
            if ((long)text.Length + by.Length > 16_000_000) v.State.Text(long.MaxValue);
            text.Append(s, from, at - from).Append(by);
        }
        return v.State.Made(text.Append(s, from, s.Length - from).ToString());
    }

    /// <summary>The part that start and end name, and where it begins; null where start is behind the end.</summary>
    private static (string Part, int From)? Range(PyOps v, string s, object? start, object? end)
    {
        if (PyCall.IsMissing(start) && PyCall.IsMissing(end)) return (s, 0);
        int length = PyText.Length(s);
        int from = Place(start, 0), to = Math.Min(Place(end, length), length);
        return from > length || from > to ? null : (PyText.Part(s, from, to), from);

        int Place(object? value, int otherwise)
        {
            if (PyCall.IsMissing(value) || value is null) return otherwise;
            int at = v.Int(value, "index");
            return at < 0 ? Math.Max(0, at + length) : at;
        }
    }

    private static object? Find(PyOps v, string s, PyCall call, bool last)
    {
        object?[] a = call.Bind(1, "sub", "start", "end");
        string sub = v.Str(a[0], call.Name);
        if (Range(v, s, a[1], a[2]) is not var (part, from)) return -1L;
        int at = last ? part.LastIndexOf(sub, StringComparison.Ordinal) : part.IndexOf(sub, StringComparison.Ordinal);
        return at < 0 ? -1L : from + (long)PyText.Length(part[..at]);
    }

    private static object? Count(PyOps v, string s, PyCall call)
    {
        object?[] a = call.Bind(1, "sub", "start", "end");
        string sub = v.Str(a[0], "count");
        if (Range(v, s, a[1], a[2]) is not var (part, _)) return 0L;
        if (sub.Length == 0) return PyText.Length(part) + 1L;
        long count = 0;
        for (int at = part.IndexOf(sub, StringComparison.Ordinal); at >= 0; at = part.IndexOf(sub, at + sub.Length, StringComparison.Ordinal)) count++;
        return count;
    }

    private static object? Starts(PyOps v, string s, PyCall call, bool end)
    {
        object?[] a = call.Bind(1, "prefix", "start", "end");
        bool inside = Range(v, s, a[1], a[2]) is not null;
        string part = inside ? Range(v, s, a[1], a[2])!.Value.Part : "";
        bool One(object? value) => v.Str(value, call.Name) is var text && inside && (end ? part.EndsWith(text, StringComparison.Ordinal) : part.StartsWith(text, StringComparison.Ordinal));
        return a[0] is PyTuple several ? several.Items.Any(One) : One(a[0]);
    }

    private static object? Join(PyOps v, string s, PyCall call)
    {
        var text = new StringBuilder();
        int i = 0;
        foreach (object? item in v.Iterate(call.Bind(1, "iterable")[0]))
        {
            string part = PyOps.AsText(item) ?? throw v.Fail($"sequence item {i}: expected str instance, {PyOps.TypeName(item)} found");
            v.State.Text((long)part.Length + s.Length);
            if ((long)text.Length + part.Length + s.Length > 16_000_000) v.State.Text(long.MaxValue);
            if (i++ > 0) text.Append(s);
            text.Append(part);
        }
        return text.ToString();
    }

    private static string Filled(PyOps v, string s, int width)
    {
        int missing = width - PyText.Length(s);
        if (missing <= 0) return s;
        v.State.Text(width);
        bool signed = s.Length > 0 && s[0] is '-' or '+';
        return signed ? s[0] + new string('0', missing) + s[1..] : new string('0', missing) + s;
    }

    private static object? Justified(PyOps v, string s, PyCall call, char side)
    {
        object?[] a = call.Bind(1, "width", "fillchar");
        string fill = v.Str(Or(a[1], " "), call.Name);
        if (PyText.Length(fill) != 1) throw v.Fail("The fill character must be exactly one character long");
        return Justified(v, s, v.Int(a[0], call.Name), fill, side);
    }

    internal static string Justified(PyOps v, string s, int width, string fill, char side)
    {
        int missing = width - PyText.Length(s);
        if (missing <= 0) return s;
        v.State.Text((long)width * fill.Length);
        int left = side == 'l' ? 0 : side == 'r' ? missing : missing / 2 + (missing & width & 1);
        return Many(left) + s + Many(missing - left);

        string Many(int count) => fill.Length == 1 ? new string(fill[0], count) : string.Concat(Enumerable.Repeat(fill, count));
    }

    private static string ExpandTabs(PyOps v, string s, int size)
    {
        var text = new StringBuilder();
        int column = 0;
        foreach (string c in PyText.Characters(s))
        {
            if (c == "\t")
            {
                int blanks = size > 0 ? size - column % size : 0;
                v.State.Text(blanks);
                text.Append(' ', blanks);
                column += blanks;
                continue;
            }
            text.Append(c);
            column = c is "\n" or "\r" ? 0 : column + 1;
        }
        return text.ToString();
    }
}

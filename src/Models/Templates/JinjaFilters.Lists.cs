using System.Globalization;
using System.Text;

namespace Pure.Tuner;

internal static partial class JinjaFilters
{
    private static object? Length(JinjaRenderer r, object? v, PyCall c) => (long)(r.Values.Length(v) ?? throw r.Values.Fail($"object of type '{PyOps.TypeName(v)}' has no len()"));

    private static object? First(JinjaRenderer r, object? v, PyCall c)
    {
        foreach (object? item in r.Values.Iterate(v)) return item;
        return new JinjaUndefined("No first item, sequence was empty.");
    }

    private static object? Last(JinjaRenderer r, object? v, PyCall c)
    {
        if (v is PyIterator or PyNamespace or null or bool or long or double) throw r.Values.Fail($"'{PyOps.TypeName(v)}' object is not reversible");
        List<object?> items = r.Values.Items(v);
        return items.Count > 0 ? items[^1] : new JinjaUndefined("No last item, sequence was empty.");
    }

    private static object? Reverse(JinjaRenderer r, object? v, PyCall c)
    {
        if (PyOps.AsText(v) is { } text)
        {
            r.Values.State.Text(text.Length);
            return string.Concat(PyText.Characters(text).Reverse());
        }
        List<object?> items = r.Values.Items(v);
        items.Reverse();
        return v is PyIterator or JinjaUndefined ? new PyList(items) : new PyIterator(items, $"{PyOps.TypeName(v)}_reverseiterator");
    }

    private static object? Join(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(0, "d", "attribute");
        string between = r.Values.Text(PyStringMethods.Or(a[0], ""));
        Func<object?, object?>? get = PyStringMethods.Or(a[1], null) is { } attribute ? Getter(r, attribute) : null;
        var text = new StringBuilder();
        bool first = true;
        foreach (object? item in r.Values.Iterate(v))
        {
            string part = r.Values.Text(get is null ? item : get(item));
            r.Values.State.Text((long)part.Length + between.Length);
            if ((long)text.Length + part.Length + between.Length > 16_000_000) r.Values.State.Text(long.MaxValue);
            if (!first) text.Append(between);
            first = false;
            text.Append(part);
        }
        return text.ToString();
    }

    /// <summary>What takes an attribute from an item: "a.b.0" goes down, a number is a place.</summary>
    private static Func<object?, object?> Getter(JinjaRenderer r, object? attribute, object? otherwise = null, bool fold = false)
    {
        object?[] parts = attribute is null ? []
            : PyOps.AsText(attribute) is { } path ? [.. path.Split('.').Select(p => p.Length > 0 && p.All(char.IsAsciiDigit) && long.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out long at) ? (object?)at : p)]
            : [attribute];
        return item =>
        {
            foreach (object? part in parts)
            {
                item = r.Values.Item(item, part);
                if (otherwise is not null && item is JinjaUndefined) item = otherwise;
            }
            return fold ? Fold(r, item) : item;
        };
    }

    private static object? Fold(JinjaRenderer r, object? value) => PyOps.AsText(value) is { } text ? r.Values.State.Made(PyCase.Lower(text)) : value;

    private static object? Map(JinjaRenderer r, object? v, PyCall c)
    {
        if (!PyOps.IsTrue(v)) return new PyIterator([]);
        Func<object?, object?> map;
        if (c.Positional.Count == 0 && c.Named.Any(n => n.Key == "attribute"))
        {
            object?[] a = c.Bind(0, "attribute", "default");
            map = Getter(r, a[0], PyStringMethods.Or(a[1], null));
        }
        else
        {
            if (c.Positional.Count == 0) throw r.Values.Fail("map requires a filter argument");
            string name = r.Values.Str(c.Positional[0], "map");
            var rest = new PyCall(r.Values, name, [.. c.Positional.Skip(1)], c.Named);
            map = item => Apply(r, name, item, rest);
        }
        return new PyIterator(r.Values.Iterate(v).Select(map));
    }

    private static object? Select(JinjaRenderer r, object? v, PyCall c, bool attribute, bool keep)
    {
        if (!PyOps.IsTrue(v)) return new PyIterator([]);
        if (attribute && c.Positional.Count == 0) throw r.Values.Fail("Missing parameter for attribute name");
        Func<object?, object?> get = attribute ? Getter(r, c.Positional[0]) : item => item;
        int at = attribute ? 1 : 0;
        Func<object?, bool> test = PyOps.IsTrue;
        if (c.Positional.Count > at)
        {
            string name = r.Values.Str(c.Positional[at], "select");
            var rest = new PyCall(r.Values, name, [.. c.Positional.Skip(at + 1)], c.Named);
            test = item => JinjaTests.Apply(r, name, item, rest);
        }
        return new PyIterator(r.Values.Iterate(v).Where(item => test(get(item)) == keep));
    }

    private static object? Batch(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(1, "linecount", "fill_with");
        int size = r.Values.Int(a[0], "batch");
        object? fill = PyStringMethods.Or(a[1], null);
        return new PyIterator(Batches());

        IEnumerable<object?> Batches()
        {
            var batch = new List<object?>();
            foreach (object? item in r.Values.Iterate(v))
            {
                if (batch.Count == size)
                {
                    yield return new PyList(batch);
                    batch = [];
                }
                r.Values.State.Items(1);
                batch.Add(item);
            }
            if (batch.Count == 0) yield break;
            if (fill is not null && batch.Count < size)
            {
                r.Values.State.Items(size - batch.Count);
                batch.AddRange(Enumerable.Repeat(fill, size - batch.Count));
            }
            yield return new PyList(batch);
        }
    }

    private static object? Slice(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(1, "slices", "fill_with");
        int slices = r.Values.Int(a[0], "slice");
        object? fill = PyStringMethods.Or(a[1], null);
        return new PyIterator(Slices());

        IEnumerable<object?> Slices()
        {
            List<object?> all = r.Values.Items(v);
            if (slices == 0) throw r.Values.Fail("integer division or modulo by zero");
            for (int i = 0, at = 0; i < slices; i++)
            {
                int count = all.Count / slices + (i < all.Count % slices ? 1 : 0);
                r.Values.State.Items(count + 1);
                List<object?> slice = all.GetRange(at, count);
                at += count;
                if (fill is not null && i >= all.Count % slices) slice.Add(fill);
                yield return new PyList(slice);
            }
        }
    }

    private static object? Sort(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(0, "reverse", "case_sensitive", "attribute");
        bool fold = !PyOps.IsTrue(PyStringMethods.Or(a[1], false));
        object? attribute = PyStringMethods.Or(a[2], null);
        Func<object?, object?>[] getters = PyOps.AsText(attribute) is { } several ? [.. several.Split(',').Select(p => Getter(r, p, fold: fold))] : [Getter(r, attribute, fold: fold)];
        return new PyList(Sorted(r, r.Values.Items(v), item => getters.Length == 1 ? getters[0](item) : new PyList([.. getters.Select(g => g(item))]), PyOps.IsTrue(PyStringMethods.Or(a[0], false))));
    }

    /// <summary>Stable, and equal items keep their order in reverse too.</summary>
    private static List<object?> Sorted(JinjaRenderer r, List<object?> items, Func<object?, object?> key, bool reverse = false)
    {
        r.Values.State.Items(items.Count * 2L);
        List<(object? Item, object? Key)> keyed = [.. items.Select(i => (i, key(i)))];
        return [.. PyOps.Sorted(keyed, (x, y) => reverse ? r.Values.Ordered("<", y.Key, x.Key) : r.Values.Ordered("<", x.Key, y.Key)).Select(k => k.Item)];
    }

    private static object? DictSort(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(0, "case_sensitive", "by", "reverse");
        string by = r.Values.Str(PyStringMethods.Or(a[1], "key"), "dictsort");
        if (by is not ("key" or "value")) throw r.Values.Fail("You can only sort by either \"key\" or \"value\"");
        if (v is not PyDict dict) throw r.Values.Fail($"dictsort: '{PyOps.TypeName(r.Values.Defined(v))}' object has no attribute 'items'");
        bool fold = !PyOps.IsTrue(PyStringMethods.Or(a[0], false));
        List<object?> pairs = r.Values.Items(new PyView(dict, "items"));
        return new PyList(Sorted(r, pairs, p => ((PyTuple)p!)[by == "key" ? 0 : 1] is var part && fold ? Fold(r, part) : part, PyOps.IsTrue(PyStringMethods.Or(a[2], false))));
    }

    private static object? GroupBy(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(1, "attribute", "default", "case_sensitive");
        object? otherwise = PyStringMethods.Or(a[1], null);
        bool fold = !PyOps.IsTrue(PyStringMethods.Or(a[2], false));
        Func<object?, object?> key = Getter(r, a[0], otherwise, fold), shown = Getter(r, a[0], otherwise);
        var groups = new List<object?>();
        List<object?> items = [];
        object? current = null;
        foreach (object? item in Sorted(r, r.Values.Items(v), key))
        {
            object? own = key(item);
            if (items.Count > 0 && !r.Values.Equal(own, current)) Close();
            current = own;
            r.Values.State.Items(1);
            items.Add(item);
        }
        if (items.Count > 0) Close();
        return new PyList(groups);

        void Close()
        {
            groups.Add(new PyTuple([fold ? shown(items[0]) : current, new PyList(items)], ["grouper", "list"]));
            items = [];
        }
    }

    private static object? Unique(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(0, "case_sensitive", "attribute");
        Func<object?, object?> key = Getter(r, PyStringMethods.Or(a[1], null), fold: !PyOps.IsTrue(PyStringMethods.Or(a[0], false)));
        return new PyIterator(Firsts());

        IEnumerable<object?> Firsts()
        {
            var seen = new HashSet<PyKey>(r.Values);
            foreach (object? item in r.Values.Iterate(v))
            {
                r.Values.State.Items(1);
                if (seen.Add(new PyKey(r.Values.Hashable(key(item))))) yield return item;
            }
        }
    }

    private static object? Extreme(JinjaRenderer r, object? v, PyCall c, int sign)
    {
        object?[] a = c.Bind(0, "case_sensitive", "attribute");
        Func<object?, object?> key = Getter(r, PyStringMethods.Or(a[1], null), fold: !PyOps.IsTrue(PyStringMethods.Or(a[0], false)));
        (object? best, object? bestKey, bool any) = (null, null, false);
        foreach (object? item in r.Values.Iterate(v))
        {
            object? own = key(item);
            if (!any || (sign > 0 ? r.Values.Ordered(">", own, bestKey) : r.Values.Ordered("<", own, bestKey))) (best, bestKey) = (item, own);
            any = true;
        }
        return any ? best : new JinjaUndefined("No aggregated item, sequence was empty.");
    }

    private static object? Sum(JinjaRenderer r, object? v, PyCall c)
    {
        object?[] a = c.Bind(0, "attribute", "start");
        object? sum = PyStringMethods.Or(a[1], 0L);
        if (sum is string or PyMarkup) throw r.Values.Fail("sum() can't sum strings [use ''.join(seq) instead]");
        Func<object?, object?> get = Getter(r, PyStringMethods.Or(a[0], null));
        foreach (object? item in r.Values.Iterate(v)) sum = r.Values.Binary("+", sum, get(item));
        return sum;
    }
}

using System.Text;

namespace Pure.Tuner;

/// <summary>Python's pprint: one line where 80 columns do, else an item a line; keys of dicts in order.</summary>
internal static class JinjaPrettyPrint
{
    private const int Width = 80;

    public static string Print(PyOps values, object? value)
    {
        var text = new StringBuilder();
        Print(values, text, value, 0, 0);
        return values.State.Made(text.ToString());
    }

    private static void Print(PyOps values, StringBuilder text, object? value, int indent, int behind)
    {
        values.State.Enter();
        string line = values.Repr(Ordered(values, value));
        if (PyText.Length(line) <= Width - indent - behind || value is not (PyDict { Count: > 0 } or PyList { Count: > 0 } or PyTuple { Count: > 0 })) text.Append(line);
        else if (value is PyDict dict)
        {
            text.Append('{');
            List<KeyValuePair<PyKey, object?>> pairs = [.. (PyDict)Ordered(values, dict)!];
            for (int i = 0; i < pairs.Count; i++)
            {
                string key = values.Repr(pairs[i].Key.Value);
                if (i > 0) text.Append(",\n").Append(' ', indent + 1);
                text.Append(key).Append(": ");
                Print(values, text, pairs[i].Value, indent + 1 + PyText.Length(key) + 2, i == pairs.Count - 1 ? behind + 1 : 1);
            }
            text.Append('}');
        }
        else
        {
            var items = (IPySequence)value;
            string end = value is PyList ? "]" : items.Count == 1 ? ",)" : ")";
            text.Append(value is PyList ? '[' : '(');
            for (int i = 0; i < items.Count; i++)
            {
                if (i > 0) text.Append(",\n").Append(' ', indent + 1);
                Print(values, text, items[i], indent + 1, i == items.Count - 1 ? behind + end.Length : 1);
            }
            text.Append(end);
        }
        values.State.Leave();
    }

    /// <summary>Dicts at every level with their keys in order; those that have none stay.</summary>
    private static object? Ordered(PyOps values, object? value)
    {
        if (value is not (PyDict or PyList or PyTuple { Names: null })) return value;
        values.State.Enter();
        object? ordered;
        if (value is PyDict dict)
        {
            values.State.Items(dict.Count * 2L);
            var sorted = new PyDict(values);
            IEnumerable<KeyValuePair<PyKey, object?>> pairs = dict.Keys.All(k => k is string) ? dict.OrderBy(p => (string)p.Key.Value!, Comparer<string>.Create(PyText.Compare)) : dict;
            foreach ((PyKey key, object? item) in pairs) sorted[key.Value] = Ordered(values, item);
            ordered = sorted;
        }
        else
        {
            var list = (IPySequence)value;
            values.State.Items(list.Count);
            object?[] items = [.. Enumerable.Range(0, list.Count).Select(i => Ordered(values, list[i]))];
            ordered = value is PyList ? new PyList(items) : new PyTuple(items);
        }
        values.State.Leave();
        return ordered;
    }
}

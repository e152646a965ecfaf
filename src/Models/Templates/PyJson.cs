using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>JSON to values, and values to the text that Python's json.dumps writes.</summary>
internal static class PyJson
{
    /// <summary>The values of JSON: whole numbers stay whole however long they are, numbers with a point or an exponent are floats.</summary>
    public static object? Read(PyOps values, JsonNode? node)
    {
        switch (node)
        {
            case null: return null;
            case JsonObject map:
                values.State.Enter();
                var dict = new PyDict(values);
                foreach ((string key, JsonNode? value) in map) dict[key] = Read(values, value);
                values.State.Leave();
                return dict;
            case JsonArray list:
                values.State.Enter();
                var read = new PyList([.. list.Select(i => Read(values, i))]);
                values.State.Leave();
                return read;
        }
        JsonValue scalar = node.AsValue();
        return scalar.GetValueKind() switch
        {
            JsonValueKind.String => scalar.ToString(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number => Number(values, scalar),
            _ => null,
        };
    }

    private static object Number(PyOps values, JsonValue scalar)
    {
        if (!scalar.TryGetValue(out JsonElement _) && (scalar.TryGetValue(out double real) || (scalar.TryGetValue(out float single) && (real = single) == single))) return real;
        string text = scalar.ToJsonString();
        if (text.AsSpan().IndexOfAny(".eE") >= 0) return double.Parse(text, CultureInfo.InvariantCulture);
        return text.Length > PyNumbers.MaxDigits ? throw values.Fail("a number of the data is too long") : PyNumbers.Normal(BigInteger.Parse(text, CultureInfo.InvariantCulture));
    }

    /// <summary>json.dumps without escapes of HTML.</summary>
    /// <param name="values">The rendering's values.</param>
    /// <param name="value">What to write.</param>
    /// <param name="ascii">Everything above ASCII as \uXXXX.</param>
    /// <param name="indent">What a level is indented by; null writes one line.</param>
    /// <param name="item">Between items; null is the default.</param>
    /// <param name="key">Between key and value; null is the default.</param>
    /// <param name="sort">Keys in order.</param>
    public static string Write(PyOps values, object? value, bool ascii = false, string? indent = null, string? item = null, string? key = null, bool sort = false)
    {
        var writer = new Writer(values, ascii, indent, item ?? (indent is null ? ", " : ","), key ?? ": ", sort);
        writer.Write(value, 0);
        return writer.Text;
    }

    /// <summary>A text with everything above ASCII escaped as Python's ascii() does.</summary>
    public static string Ascii(string text)
    {
        var ascii = new StringBuilder(text.Length);
        foreach (string c in PyText.Characters(text))
        {
            int code = c.Length == 2 ? char.ConvertToUtf32(c[0], c[1]) : c[0];
            ascii.Append(code < 128 ? c : code < 0x100 ? $"\\x{code:x2}" : code < 0x10000 ? $"\\u{code:x4}" : $"\\U{code:x8}");
        }
        return ascii.ToString();
    }

    private sealed class Writer(PyOps values, bool ascii, string? indent, string itemSeparator, string keySeparator, bool sort)
    {
        private readonly StringBuilder _text = new();

        public string Text => values.State.Made(_text.ToString());

        public void Write(object? value, int level)
        {
            values.State.Enter();
            int before = _text.Length;
            switch (value)
            {
                case null: _text.Append("null"); break;
                case bool b: _text.Append(b ? "true" : "false"); break;
                case string or PyMarkup: Quote(PyOps.AsText(value)!); break;
                case long or BigInteger: _text.Append(values.Text(value)); break;
                case double d: _text.Append(Real(d)); break;
                case PyList list: Several('[', list.Items, ']', level, i => Write(i, level + 1)); break;
                case PyTuple tuple: Several('[', tuple.Items, ']', level, i => Write(i, level + 1)); break;
                case PyDict dict: Map(dict, level); break;
                default: throw values.Fail($"Object of type {PyOps.TypeName(value)} is not JSON serializable");
            }
            values.State.Text(_text.Length - before);
            if (_text.Length > 16_000_000) values.State.Text(long.MaxValue);
            values.State.Leave();
        }

        private void Map(PyDict dict, int level)
        {
            List<KeyValuePair<PyKey, object?>> pairs = [.. dict];
            if (sort) pairs = PyOps.Sorted(pairs, (a, b) => values.Ordered("<", a.Key.Value, b.Key.Value));
            Several('{', pairs, '}', level, p =>
            {
                Quote(p.Key.Value switch
                {
                    string or PyMarkup => PyOps.AsText(p.Key.Value)!,
                    null => "null",
                    bool b => b ? "true" : "false",
                    long or BigInteger => values.Text(p.Key.Value),
                    double d => Real(d),
                    var other => throw values.Fail($"keys must be str, int, float, bool or None, not {PyOps.TypeName(other)}"),
                });
                _text.Append(keySeparator);
                Write(p.Value, level + 1);
            });
        }

        private void Several<T>(char open, IReadOnlyList<T> items, char close, int level, Action<T> write)
        {
            _text.Append(open);
            for (int i = 0; i < items.Count; i++)
            {
                if (i > 0) _text.Append(itemSeparator);
                NewLine(level + 1);
                write(items[i]);
            }
            if (items.Count > 0) NewLine(level);
            _text.Append(close);
        }

        private void NewLine(int level)
        {
            if (indent is null) return;
            values.State.Text(1 + (long)indent.Length * level);
            _text.Append('\n');
            for (int i = 0; i < level; i++) _text.Append(indent);
        }

        private static string Real(double d) => double.IsNaN(d) ? "NaN" : double.IsInfinity(d) ? d > 0 ? "Infinity" : "-Infinity" : PyNumbers.Text(d);

        private void Quote(string text)
        {
            _text.Append('"');
            foreach (char c in text)
                _ = c switch
                {
                    '"' => _text.Append("\\\""),
                    '\\' => _text.Append("\\\\"),
                    '\n' => _text.Append("\\n"),
                    '\r' => _text.Append("\\r"),
                    '\t' => _text.Append("\\t"),
                    '\f' => _text.Append("\\f"),
                    '\b' => _text.Append("\\b"),
                    < ' ' => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                    > '~' when ascii => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                    _ => _text.Append(c),
                };
            _text.Append('"');
        }
    }
}

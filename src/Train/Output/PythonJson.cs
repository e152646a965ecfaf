using System.Collections;
using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>JSON text character for character as Python's json.dumps gives it.</summary>
internal static class PythonJson
{
    /// <param name="value">null, bool, a number, a string, a dictionary by string, or a list of such.</param>
    /// <param name="indent">Spaces per level; 0 writes one line.</param>
    /// <param name="sorted">Keys in the order of their code points, at every level.</param>
    /// <param name="ascii">Escape all that is not ASCII; false writes it as it is (ensure_ascii=False).</param>
    public static string Write(object? value, int indent, bool sorted = false, bool ascii = true)
    {
        var text = new StringBuilder();
        Append(text, value, indent, 0, sorted, ascii);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value, int indent, int level, bool sorted, bool ascii)
    {
        switch (value)
        {
            case null: text.Append("null"); break;
            case bool b: text.Append(b ? "true" : "false"); break;
            case string s: Quote(text, s, ascii); break;
            case double d: text.Append(PythonFloat.Format(d)); break;
            case float f: text.Append(PythonFloat.Format(f)); break;
            case IEnumerable<KeyValuePair<string, object?>> map:
                KeyValuePair<string, object?>[] entries = [.. map];
                if (sorted) Array.Sort(entries, (a, b) => string.CompareOrdinal(a.Key, b.Key));
                Items(text, '{', '}', indent, level, entries, e =>
                {
                    Quote(text, e.Key, ascii);
                    text.Append(": ");
                    Append(text, e.Value, indent, level + 1, sorted, ascii);
                });
                break;
            case IEnumerable list:
                Items(text, '[', ']', indent, level, [.. list.Cast<object?>()], v => Append(text, v, indent, level + 1, sorted, ascii));
                break;
            default: text.Append(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }

    private static void Items<T>(StringBuilder text, char open, char close, int indent, int level, T[] items, Action<T> write)
    {
        text.Append(open);
        for (int i = 0; i < items.Length; i++)
        {
            if (indent > 0) text.Append(i == 0 ? "\n" : ",\n").Append(' ', indent * (level + 1));
            else if (i > 0) text.Append(", ");
            write(items[i]);
        }
        if (indent > 0 && items.Length > 0) text.Append('\n').Append(' ', indent * level);
        text.Append(close);
    }

    private static void Quote(StringBuilder text, string s, bool ascii)
    {
        text.Append('"');
        foreach (char c in s)
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                > '~' when ascii => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        text.Append('"');
    }
}

namespace Pure.Tuner;

/// <summary>Calls in Python's notation: one call, or a list of calls, whose named arguments are literals.</summary>
/// <remarks>JSON's true, false and null may be whole arguments too. Arguments without a name are dropped, as in the reference.</remarks>
internal static class PythonCalls
{
    // Words that Python does not let name anything.
    private static readonly HashSet<string> s_reserved =
    [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global",
        "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];

    /// <summary>The calls; null where the text is anything else.</summary>
    public static IReadOnlyList<ToolCall>? Read(string text)
    {
        var reader = new PythonLiteralReader(text);
        var calls = new List<ToolCall>();
        return All(ref reader, calls) && reader.AtEnd && calls.Count > 0 ? calls : null;
    }

    private static bool All(ref PythonLiteralReader reader, List<ToolCall> calls)
    {
        if (!reader.Take('[')) return One(ref reader, calls);
        while (!reader.Take(']'))
        {
            if (!One(ref reader, calls)) return false;
            if (!reader.Take(',')) return reader.Take(']');
        }
        return true;
    }

    private static bool One(ref PythonLiteralReader reader, List<ToolCall> calls, int depth = 0)
    {
        if (depth < 90 && reader.Take('(')) return One(ref reader, calls, depth + 1) && reader.Take(')');
        string name = reader.Word();
        if (name.Length == 0 || s_reserved.Contains(name) || !reader.Take('(')) return false;
        var arguments = new JsonMap();
        bool named = false;
        while (!reader.Take(')'))
        {
            PythonLiteralReader start = reader;
            string key = reader.Word();
            if (key.Length > 0 && reader.Take('='))
            {
                if (s_reserved.Contains(key) || !Value(ref reader, out object? value)) return false;
                (named, arguments[key]) = (true, value);
            }
            else
            {
                // Without a name: dropped, but it must be there before those with one.
                reader = start;
                if (named) return false;
                if (!reader.Literal(out _))
                {
                    reader = start;
                    if (reader.Word() is not { Length: > 0 } word || s_reserved.Contains(word)) return false;
                }
            }
            if (reader.Take(',')) continue;
            if (!reader.Take(')')) return false;
            break;
        }
        calls.Add(ToolCall.Of(name, arguments));
        return true;
    }

    private static bool Value(ref PythonLiteralReader reader, out object? value)
    {
        PythonLiteralReader start = reader;
        (bool known, value) = reader.Word() switch
        {
            "true" => (true, (object?)true),
            "false" => (true, false),
            "null" => (true, null),
            _ => (false, null),
        };
        if (known) return true;
        reader = start;
        return reader.Literal(out value);
    }
}

using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>Gemma 4: declarations and calls in a notation of its own, texts between &lt;|"|&gt; marks.</summary>
internal sealed class Gemma4ToolFormat : IToolFormat
{
    private static readonly Regex s_call = TaggedCalls.Pattern(@"<\|tool_call>call:([^\s{]+)\{(.*?)\}<tool_call\|>");
    private static readonly Regex s_text = TaggedCalls.Pattern("<\\|\"\\|>(.*?)<\\|\"\\|>");
    private static readonly Regex s_key = new(@"(^|[{\s\x1c-\x1f,])([A-Za-z_][A-Za-z0-9_]*)([\s\x1c-\x1f]*:)", RegexOptions.CultureInvariant);

    public string Name => "gemma4";

    public string Tools(IReadOnlyList<JsonMap> tools, DateTimeOffset now) => string.Join('\n', tools.Select(Declaration));

    public string Calls(IReadOnlyList<ToolCall> calls) => string.Concat(calls.Select(c =>
    {
        object? arguments = PythonJsonReader.TryRead(c.Arguments, out object? read) ? read : c.Arguments;
        return $"<|tool_call>call:{c.Name}{{{(arguments is JsonMap map ? Entries(map) : arguments as string ?? Value(arguments))}}}<tool_call|>";
    }));

    public IReadOnlyList<ToolCall>? Extract(string content)
    {
        ToolCall[] calls = [.. s_call.Matches(content).Select(m => new ToolCall(PythonText.Strip(m.Groups[1].Value), Arguments(PythonText.Strip(m.Groups[2].Value))))];
        return calls.Length == 0 ? null : calls;
    }

    private static string Declaration(JsonMap tool)
    {
        JsonMap function = ToolJson.Function(tool);
        string text = $"declaration:{PythonText.Str(function["name"])}{{description:{Quote(function.TryGetValue("description", out object? d) ? d : "")}";
        if (Map(function, "parameters") is { } parameters)
        {
            var parts = new List<string>();
            if (Map(parameters, "properties") is { } properties) parts.Add($"properties:{{{string.Join(',', properties.Keys.Select(name => Property(name, properties)))}}}");
            if (Names(parameters.Get("required")) is { Length: > 0 } required) parts.Add($"required:[{string.Join(',', required.Select(Quote))}]");
            if (PythonText.IsTrue(parameters.Get("type"))) parts.Add($"type:{Upper(parameters["type"])}");
            text += $",parameters:{{{string.Join(',', parts)}}}";
        }
        if (Map(function, "response") is { } response)
        {
            var parts = new List<string>();
            if (PythonText.IsTrue(response.Get("description"))) parts.Add($"description:{Quote(response["description"])}");
            if (response.TryGetValue("type", out object? type) && Upper(type) is "<|\"|>OBJECT<|\"|>" and var word) parts.Add($"type:{word}");
            text += $",response:{{{string.Join(',', parts)}}}";
        }
        return text + "}";
    }

    private static string Property(string name, JsonMap properties)
    {
        JsonMap schema = properties[name] as JsonMap ?? throw new UsageException($"tools: parameter '{name}': expected a mapping, found {ToolJson.Short(ToolJson.Line(properties[name]))}; write {{\"type\": …, \"description\": …}}");
        var parts = new List<string>();
        if (PythonText.IsTrue(schema.Get("description"))) parts.Add($"description:{Quote(schema["description"])}");
        if (PythonText.IsTrue(schema.Get("type"))) parts.Add($"type:{Upper(schema["type"])}");
        return $"{name}:{{{string.Join(',', parts)}}}";
    }

    private static JsonMap? Map(JsonMap map, string key) => !PythonText.IsTrue(map.Get(key)) ? null
        : map[key] as JsonMap ?? throw new UsageException($"tools: {key}: expected a mapping, found {ToolJson.Short(ToolJson.Line(map[key]))}; write a JSON schema");

    // A bare text counts letter by letter, as in the reference.
    private static object?[] Names(object? required) => required switch
    {
        List<object?> list => [.. list],
        JsonMap map => [.. map.Keys],
        string text => [.. text.EnumerateRunes().Select(r => r.ToString())],
        _ when !PythonText.IsTrue(required) => [],
        _ => throw new UsageException($"tools: required: expected a list of names, found {ToolJson.Short(ToolJson.Line(required))}; write [\"name\"]"),
    };

    private static string Quote(object? value) => $"<|\"|>{PythonText.Str(value)}<|\"|>";

    private static string Upper(object? type) => Quote(PythonText.Str(type).ToUpperInvariant());

    private static string Value(object? value) => value switch
    {
        null => "null",
        string => Quote(value),
        bool b => b ? "true" : "false",
        JsonMap map => $"{{{Entries(map)}}}",
        List<object?> list => $"[{string.Join(',', list.Select(Value))}]",
        _ => PythonText.Str(value),
    };

    private static string Entries(JsonMap map) => string.Join(',', map.OrderBy(e => e.Key, CodePointOrder.Instance).Select(e => $"{e.Key}:{Value(e.Value)}"));

    /// <summary>The inner text of a call to JSON: marks become quotes, bare keys are quoted. What is then not JSON stays text.</summary>
    private static string Arguments(string text)
    {
        if (text.Length == 0) return "{}";
        string json = s_key.Replace(s_text.Replace("{" + text + "}", m => ToolJson.Line(m.Groups[1].Value)), "$1\"$2\"$3");
        return PythonJsonReader.TryRead(json, out object? map) ? ToolJson.Line(map) : PythonJsonReader.TryRead(text, out object? value) ? ToolJson.TextOrLine(value) : text;
    }

    /// <summary>Python's order of texts: by code points, where surrogates stand behind all of the first plane.</summary>
    private sealed class CodePointOrder : IComparer<string>
    {
        public static readonly CodePointOrder Instance = new();

        public int Compare(string? x, string? y)
        {
            int at = x.AsSpan().CommonPrefixLength(y);
            if (at == x!.Length || at == y!.Length) return x.Length - y!.Length;
            return Rank(x[at]) - Rank(y[at]);
        }

        private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
    }
}

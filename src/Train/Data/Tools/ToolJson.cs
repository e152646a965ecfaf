namespace Pure.Tuner;

/// <summary>What formats of tools share: reading the list, unwrapping a tool, writing JSON as the reference does.</summary>
internal static class ToolJson
{
    /// <summary>On one line, characters as they are.</summary>
    public static string Line(object? value) => PythonJson.Write(value, 0, ascii: false);

    /// <summary>Text as it is, all else as JSON on one line.</summary>
    public static string TextOrLine(object? value) => value as string ?? Line(value);

    /// <summary>A list of tools.</summary>
    /// <exception cref="UsageException">Not JSON, or not a list of mappings.</exception>
    public static IReadOnlyList<JsonMap> Read(string text)
    {
        if (!PythonJsonReader.TryRead(text, out object? value))
            throw new UsageException($"tools: expected a list of tools as JSON, found {Short(text)}; put quotes around words and a comma between entries");
        if (value is "" or JsonMap { Count: 0 }) return [];
        if (value is not List<object?> list) throw new UsageException($"tools: expected a list, found {Short(text)}; put brackets around it");
        return [.. list.Select((t, i) => t as JsonMap ?? throw new UsageException($"tools: tool {i + 1}: expected a mapping, found {Short(Line(t))}; write {{\"name\": …, \"description\": …, \"parameters\": …}}"))];
    }

    /// <summary>With {"type": "function"} around it.</summary>
    public static JsonMap Wrapped(JsonMap tool) => IsWrapped(tool) ? tool : new JsonMap { ["type"] = "function", ["function"] = tool };

    /// <summary>Without {"type": "function"} around it.</summary>
    /// <param name="tool">The tool.</param>
    /// <param name="missing">What stands for a function that is not there.</param>
    public static object? Inner(JsonMap tool, object? missing) => !IsWrapped(tool) ? tool : tool.TryGetValue("function", out object? function) ? function : missing;

    /// <summary>The same, where the format reads in it: a mapping with a name.</summary>
    public static JsonMap Function(JsonMap tool) =>
        Inner(tool, null) is JsonMap function && function.ContainsKey("name") ? function
        : throw new UsageException($"tools: {Short(Line(tool))}: there is no 'name'; write {{\"name\": …, \"description\": …, \"parameters\": …}}");

    /// <summary>The begin of a text, for an error.</summary>
    public static string Short(string text) => text.Length <= 60 ? $"'{text}'" : $"'{text.AsSpan(0, 60)}…'";

    private static bool IsWrapped(JsonMap tool) => tool.Get("type") is "function";
}

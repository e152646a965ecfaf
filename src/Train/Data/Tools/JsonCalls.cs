namespace Pure.Tuner;

/// <summary>An answer that is nothing but JSON: a call, or a list of calls.</summary>
internal static class JsonCalls
{
    /// <param name="content">The model's words.</param>
    /// <param name="key">Where the arguments stand.</param>
    public static IReadOnlyList<ToolCall>? Read(string content, string key)
    {
        if (!PythonJsonReader.TryRead(PythonText.Strip(content), out object? value)) return null;
        var calls = new List<ToolCall>();
        foreach (object? item in value as List<object?> ?? [value])
        {
            if (item is not JsonMap call) throw NoCall(item);
            if (!call.ContainsKey("name") || !call.TryGetValue(key, out object? arguments)) return null;
            calls.Add(ToolCall.Of(call["name"], arguments));
        }
        return calls;
    }

    public static UsageException NoCall(object? value) =>
        new($"a call of a tool: expected a mapping with a name and arguments, found {ToolJson.Short(ToolJson.Line(value))}; take the answer as text");
}

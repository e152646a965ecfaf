namespace Pure.Tuner;

/// <summary>A call of a tool.</summary>
/// <param name="Name">The tool.</param>
/// <param name="Arguments">Its arguments as JSON text, as a rule a mapping.</param>
internal readonly record struct ToolCall(string Name, string Arguments)
{
    /// <summary>The arguments read.</summary>
    /// <exception cref="UsageException">They are not JSON.</exception>
    public object? Value => PythonJsonReader.TryRead(Arguments, out object? value) ? value
        : throw new UsageException($"arguments of '{Name}': not JSON: {ToolJson.Short(Arguments)}; put quotes around words and a comma between entries");

    /// <summary>The arguments by name.</summary>
    /// <exception cref="UsageException">They are not a mapping.</exception>
    public JsonMap Parameters => Value as JsonMap
        ?? throw new UsageException($"arguments of '{Name}': expected a mapping from names to values, found {ToolJson.Short(Arguments)}; write {{\"name\": value}}");

    public static ToolCall Of(object? name, object? arguments) => new(PythonText.Str(name), ToolJson.Line(arguments));
}

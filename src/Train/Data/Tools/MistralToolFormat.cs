namespace Pure.Tuner;

/// <summary>Mistral 0.3 and later: tools and calls as JSON lists.</summary>
internal sealed class MistralToolFormat : IToolFormat
{
    public string Name => "mistral";

    public string Tools(IReadOnlyList<JsonMap> tools, DateTimeOffset now) => $"[AVAILABLE_TOOLS] {ToolJson.Line(tools.Select(ToolJson.Wrapped))}[/AVAILABLE_TOOLS]";

    public string Calls(IReadOnlyList<ToolCall> calls) => ToolJson.Line(calls.Select(c => new JsonMap { ["name"] = c.Name, ["arguments"] = c.Value }));

    public IReadOnlyList<ToolCall>? Extract(string content) => JsonCalls.Read(content, "arguments");
}

using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>MiniMax-M1: calls as JSON, one a line.</summary>
internal sealed class Minimax1ToolFormat : IToolFormat
{
    private static readonly Regex s_calls = TaggedCalls.Pattern(@"<tool_calls>\s*(.+?)\s*</tool_calls>");

    public string Name => "minimax1";

    public string Tools(IReadOnlyList<JsonMap> tools, DateTimeOffset now) =>
        "You are provided with these tools:\n<tools>\n" + string.Concat(tools.Select(t => ToolJson.Line(ToolJson.Inner(t, "")) + "\n")) +
        "</tools>\n\nIf you need to call tools, please respond with <tool_calls></tool_calls> XML tags, and provide tool-name and json-object of arguments, following the format below:\n" +
        "<tool_calls>\n{\"name\": <tool-name-1>, \"arguments\": <args-json-object-1>}\n...\n</tool_calls>";

    public string Calls(IReadOnlyList<ToolCall> calls) =>
        $"<tool_calls>\n{string.Join('\n', calls.Select(c => ToolJson.Line(new JsonMap { ["name"] = c.Name, ["arguments"] = c.Value })))}\n</tool_calls>";

    public IReadOnlyList<ToolCall>? Extract(string content)
    {
        if (s_calls.Match(content) is not { Success: true } found) return null;
        var calls = new List<ToolCall>();
        foreach (string line in found.Groups[1].Value.Split('\n').Select(PythonText.Strip))
        {
            if (!PythonJsonReader.TryRead(line, out object? value)) continue;
            calls.Add(value is JsonMap call && call.TryGetValue("name", out object? name) && call.TryGetValue("arguments", out object? arguments) ? ToolCall.Of(name, arguments) : throw JsonCalls.NoCall(value));
        }
        return calls;
    }
}

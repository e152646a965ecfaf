using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>Qwen 2.5 and 3: a tool a line, calls as JSON between tags.</summary>
internal class QwenToolFormat : IToolFormat
{
    private static readonly Regex s_call = TaggedCalls.Pattern(@"<tool_call>(.+?)</tool_call>(?=\s*<tool_call>|\s*$)");

    private protected const string Intro =
        "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>";

    private protected const string Outro =
        "\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call>";

    public virtual string Name => "qwen";

    public virtual string Tools(IReadOnlyList<JsonMap> tools, DateTimeOffset now) => $"\n\n{Intro}{Lines(tools)}{Outro}";

    public virtual string Calls(IReadOnlyList<ToolCall> calls) =>
        string.Join('\n', calls.Select(c => $"<tool_call>\n{ToolJson.Line(new JsonMap { ["name"] = c.Name, ["arguments"] = c.Value })}\n</tool_call>"));

    public IReadOnlyList<ToolCall>? Extract(string content)
    {
        var calls = new List<ToolCall>();
        foreach (System.Text.RegularExpressions.Match m in s_call.Matches(content))
        {
            if (!PythonJsonReader.TryRead(PythonText.Strip(m.Groups[1].Value), out object? value) || value is string or List<object?>) return null;
            if (value is not JsonMap call) throw JsonCalls.NoCall(value);
            if (!call.TryGetValue("name", out object? name) || !call.TryGetValue("arguments", out object? arguments)) return null;
            calls.Add(ToolCall.Of(name, arguments));
        }
        return calls.Count == 0 ? null : calls;
    }

    private protected static string Lines(IReadOnlyList<JsonMap> tools) => string.Concat(tools.Select(t => "\n" + ToolJson.Line(ToolJson.Wrapped(t))));
}

using System.Text;
using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>Qwen 3.5: calls with a tag for each parameter.</summary>
internal sealed class Qwen35ToolFormat : IToolFormat
{
    private static readonly Regex s_call = TaggedCalls.Pattern(@"<tool_call>\s*<function=\s*([^\s<>]+)\s*(.*?)\s*</function>\s*</tool_call>");
    private static readonly Regex s_parameter = TaggedCalls.Pattern("<parameter=(.*?)>(.*?)</parameter>");

    public string Name => "qwen3_5";

    public string Tools(IReadOnlyList<JsonMap> tools, DateTimeOffset now) =>
        "\n\n# Tools\n\nYou have access to the following functions:\n\n<tools>" + string.Concat(tools.Select(t => "\n" + ToolJson.Line(ToolJson.Inner(t, t)))) +
        "\n</tools>\n\nIf you choose to call a function ONLY reply in the following format with NO suffix:\n\n" +
        "<tool_call>\n<function=example_function_name>\n<parameter=example_parameter_1>\nvalue_1\n</parameter>\n" +
        "<parameter=example_parameter_2>\nThis is the value for the second parameter\nthat can span\nmultiple lines\n</parameter>\n</function>\n</tool_call>\n\n" +
        "<IMPORTANT>\nReminder:\n- Function calls MUST follow the specified format: an inner <function=...></function> block must be nested within <tool_call></tool_call> XML tags\n" +
        "- Required parameters MUST be specified\n" +
        "- You may provide optional reasoning for your function call in natural language BEFORE the function call, but NOT after\n" +
        "- If there is no function call available, answer the question like normal with your current knowledge and do not tell the user about function calls\n</IMPORTANT>";

    public string Calls(IReadOnlyList<ToolCall> calls) => string.Join('\n', calls.Select(c =>
    {
        var text = new StringBuilder($"<tool_call>\n<function={c.Name}>");
        foreach ((string key, object? value) in c.Parameters) text.Append($"\n<parameter={key}>\n{ToolJson.TextOrLine(value)}\n</parameter>");
        return text.Append("\n</function>\n</tool_call>").ToString();
    }));

    public IReadOnlyList<ToolCall>? Extract(string content)
    {
        ToolCall[] calls = [.. s_call.Matches(content).Select(m => TaggedCalls.Call(m.Groups[1].Value, PythonText.Strip(m.Groups[2].Value), s_parameter, stripText: true))];
        return calls.Length == 0 ? null : calls;
    }
}

using System.Text;
using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>Seed-OSS: all tools as one list, calls with a tag for each parameter.</summary>
internal sealed class SeedOssToolFormat : IToolFormat
{
    private static readonly Regex s_call = TaggedCalls.Pattern(@"<seed:tool_call>\s*<function=\s*([^\s<]+)\s*(.*?)\s*</function>\s*</seed:tool_call>");
    private static readonly Regex s_parameter = TaggedCalls.Pattern("<parameter=(.*?)>(.*?)</parameter>");

    public string Name => "seed_oss";

    public string Tools(IReadOnlyList<JsonMap> tools, DateTimeOffset now) =>
        "system\nYou are Doubao, a helpful AI assistant. You may call one or more functions to assist with the user query.Tool List:\n" +
        "You are authorized to use the following tools (described in JSON Schema format). Before performing any task, you must decide how to call them based on the descriptions and parameters of these tools.\n" +
        ToolJson.Line(tools) +
        "\n工具调用请遵循如下格式:\n<seed:tool_call>\n<function=example_function_name>\n<parameter=example_parameter_1>value_1</parameter>\n" +
        "<parameter=example_parameter_2>This is the value for the second parameter\nthat can span\nmultiple lines</parameter>\n</function>\n</seed:tool_call>\n";

    // The function's tag stays open, as in the reference.
    public string Calls(IReadOnlyList<ToolCall> calls) => string.Join('\n', calls.Select(c =>
    {
        var text = new StringBuilder($"\n<seed:tool_call>\n<function={c.Name}");
        foreach ((string key, object? value) in c.Parameters) text.Append($"\n<parameter={key}>{ToolJson.TextOrLine(value)}</parameter>");
        return text.Append("\n</function>\n</seed:tool_call>").ToString();
    }));

    public IReadOnlyList<ToolCall>? Extract(string content)
    {
        ToolCall[] calls = [.. s_call.Matches(content).Select(m => TaggedCalls.Call(m.Groups[1].Value, PythonText.Strip(m.Groups[2].Value), s_parameter, stripText: false))];
        return calls.Length == 0 ? null : calls;
    }
}

using System.Text;
using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>MiniMax-M2: calls with a tag for each parameter.</summary>
internal sealed class Minimax2ToolFormat : IToolFormat
{
    private static readonly Regex s_calls = TaggedCalls.Pattern(@"<minimax:tool_call>\s*(.+?)\s*</minimax:tool_call>");
    private static readonly Regex s_call = TaggedCalls.Pattern("<invoke name=\"(.*?)\">(.*?)</invoke>");
    private static readonly Regex s_parameter = TaggedCalls.Pattern("<parameter name=\"(.*?)\">(.*?)</parameter>");

    public string Name => "minimax2";

    public string Tools(IReadOnlyList<JsonMap> tools, DateTimeOffset now) =>
        "\n\n# Tools\n\nYou may call one or more tools to assist with the user query.\nHere are the tools available in JSONSchema format:\n\n<tools>\n" +
        string.Concat(tools.Select(t => $"<tool>{ToolJson.Line(ToolJson.Inner(t, ""))}</tool>\n")) +
        "</tools>\n\nWhen making tool calls, use XML format to invoke tools and pass parameters:\n\n<minimax:tool_call>\n<invoke name=\"tool-name-1\">\n" +
        "<parameter name=\"param-key-1\">param-value-1</parameter>\n<parameter name=\"param-key-2\">param-value-2</parameter>\n...\n</invoke>\n</minimax:tool_call>";

    // The tags around all calls are left out, as in the reference.
    public string Calls(IReadOnlyList<ToolCall> calls) => string.Join('\n', calls.Select(c =>
    {
        var text = new StringBuilder($"<invoke name=\"{c.Name}\">");
        foreach ((string key, object? value) in c.Parameters) text.Append($"\n<parameter name=\"{key}\">{ToolJson.TextOrLine(value)}</parameter>");
        return text.Append("\n</invoke>").ToString();
    }));

    public IReadOnlyList<ToolCall>? Extract(string content) =>
        s_calls.Match(content) is { Success: true } found
            ? [.. s_call.Matches(found.Groups[1].Value).Select(m => TaggedCalls.Call(m.Groups[1].Value, m.Groups[2].Value, s_parameter, stripText: false))]
            : null;
}

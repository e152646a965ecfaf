namespace Pure.Tuner;

/// <summary>LFM 2: tools as a JSON list, calls as Python would write them.</summary>
internal sealed class Lfm2ToolFormat : IToolFormat
{
    private const string Start = "<|tool_call_start|>", End = "<|tool_call_end|>";

    public string Name => "lfm2";

    public string Tools(IReadOnlyList<JsonMap> tools, DateTimeOffset now) => $"List of tools: <|tool_list_start|>{ToolJson.Line(tools.Select(t => ToolJson.Inner(t, t)))}<|tool_list_end|>";

    // Texts stand between quotes without escapes, as in the reference: a quote in a text cannot be read back.
    public string Calls(IReadOnlyList<ToolCall> calls) =>
        $"{Start}[{string.Join(", ", calls.Select(c => $"{c.Name}({string.Join(", ", c.Parameters.Select(p => p.Value is string text ? $"{p.Key}=\"{text}\"" : $"{p.Key}={ToolJson.Line(p.Value)}"))})"))}]{End}";

    public IReadOnlyList<ToolCall>? Extract(string content)
    {
        int from = content.IndexOf(Start, StringComparison.Ordinal);
        int to = from < 0 ? -1 : content.IndexOf(End, from, StringComparison.Ordinal);
        return to < 0 ? null : PythonCalls.Read(PythonText.Strip(content[(from + Start.Length)..to]));
    }
}

using System.Text;

namespace Pure.Tuner;

/// <summary>GLM 4.5 and later: a pair of tags for each argument. Calls are looked for in Qwen's form, as in the reference.</summary>
internal sealed class Glm4MoeToolFormat : QwenToolFormat
{
    public override string Name => "glm4_moe";

    public override string Tools(IReadOnlyList<JsonMap> tools, DateTimeOffset now) => $"\n\n{Intro}{Lines(tools)}" +
        "\n</tools>\n\nFor each function call, output the function name and arguments within the following XML format:\n<tool_call>{function-name}" +
        "\n<arg_key>{arg-key-1}</arg_key>\n<arg_value>{arg-value-1}</arg_value>\n<arg_key>{arg-key-2}</arg_key>\n<arg_value>{arg-value-2}</arg_value>\n...\n</tool_call>\n";

    // The closing tag is left out, as in the reference.
    public override string Calls(IReadOnlyList<ToolCall> calls) => string.Join('\n', calls.Select(c =>
    {
        var text = new StringBuilder($"\n<tool_call>{c.Name}");
        foreach ((string key, object? value) in c.Parameters) text.Append($"\n<arg_key>{key}</arg_key>\n<arg_value>{ToolJson.TextOrLine(value)}</arg_value>");
        return text.ToString();
    }));
}

namespace Pure.Tuner;

/// <summary>GLM 4: tools under headings, one call as its name and a line of JSON.</summary>
internal sealed class Glm4ToolFormat : IToolFormat
{
    public string Name => "glm4";

    public string Tools(IReadOnlyList<JsonMap> tools, DateTimeOffset now) =>
        "你是一个名为 ChatGLM 的人工智能助手。你是基于智谱 AI 公司训练的语言模型 GLM-4 模型开发的，你的任务是针对用户的问题和要求提供适当的答复和支持。\n\n# 可用工具" +
        string.Concat(tools.Select(ToolJson.Function).Select(f => $"\n\n## {PythonText.Str(f["name"])}\n\n{PythonJson.Write(f, 4, ascii: false)}\n在调用上述函数时，请使用 Json 格式表示调用的参数。"));

    public string Calls(IReadOnlyList<ToolCall> calls) =>
        calls is [var only] ? $"{only.Name}\n{only.Arguments}"
        : throw new UsageException($"a turn that calls tools: format glm4 has exactly one call a turn, found {calls.Count}; split the turn or choose another tool_format");

    public IReadOnlyList<ToolCall>? Extract(string content) =>
        content.Split('\n', 2) is [var name, var input] && PythonJsonReader.TryRead(PythonText.Strip(input), out object? arguments) ? [ToolCall.Of(name, arguments)] : null;
}

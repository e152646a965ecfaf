using System.Globalization;

namespace Pure.Tuner;

/// <summary>Llama 3.1 and later: tools as indented JSON with the date, calls as bare JSON.</summary>
internal sealed class Llama3ToolFormat : IToolFormat
{
    public string Name => "llama3";

    public string Tools(IReadOnlyList<JsonMap> tools, DateTimeOffset now) =>
        $"Cutting Knowledge Date: December 2023\nToday Date: {now.ToString("dd MMM yyyy", CultureInfo.InvariantCulture)}\n\n" +
        "You have access to the following functions. To call a function, please respond with JSON for a function call. " +
        "Respond in the format {\"name\": function name, \"parameters\": dictionary of argument name and its value}. Do not use variables.\n\n" +
        string.Concat(tools.Select(t => PythonJson.Write(ToolJson.Wrapped(t), 4, ascii: false) + "\n\n"));

    public string Calls(IReadOnlyList<ToolCall> calls)
    {
        JsonMap[] all = [.. calls.Select(c => new JsonMap { ["name"] = c.Name, ["parameters"] = c.Value })];
        return ToolJson.Line(all.Length == 1 ? all[0] : all);
    }

    public IReadOnlyList<ToolCall>? Extract(string content) => JsonCalls.Read(content, "parameters");
}

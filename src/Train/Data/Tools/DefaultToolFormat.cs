using System.Text;
using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>Plain words for models that were not made for tools: "Action:" and "Action Input:" (ReAct, Yao et al. 2022, arXiv:2210.03629).</summary>
internal sealed class DefaultToolFormat : IToolFormat
{
    private static readonly Regex s_action = TaggedCalls.Pattern(@"Action:\s*([a-zA-Z0-9_]+)\s*Action Input:\s*(.+?)(?=\s*Action:|\s*$)");

    public string Name => "default";

    public string Tools(IReadOnlyList<JsonMap> tools, DateTimeOffset now)
    {
        var text = new StringBuilder("You have access to the following tools:\n");
        var names = new List<string>();
        foreach (JsonMap function in tools.Select(ToolJson.Function))
        {
            string name = function["name"] as string ?? throw new UsageException($"tools: name: expected text, found {ToolJson.Line(function["name"])}; quote it");
            text.Append($"> Tool Name: {name}\nTool Description: {Text(function, "description")}\nTool Args:\n");
            foreach (string line in Parameters(name, function)) text.Append(line);
            text.Append('\n');
            names.Add(name);
        }
        return text.Append("Use the following format if using a tool:\n```\nAction: tool name (one of [").AppendJoin(", ", names)
            .Append("])\nAction Input: the input to the tool, in a JSON format representing the kwargs (e.g. ```{\"input\": \"hello world\", \"num_beams\": 5}```)\n```\n").ToString();
    }

    public string Calls(IReadOnlyList<ToolCall> calls) => string.Join('\n', calls.Select(c => $"Action: {c.Name}\nAction Input: {c.Arguments}"));

    public IReadOnlyList<ToolCall>? Extract(string content)
    {
        var calls = new List<ToolCall>();
        foreach (System.Text.RegularExpressions.Match m in s_action.Matches(content))
        {
            string input = PythonText.Strip(m.Groups[2].Value).Trim('"').Trim('`');
            if (!PythonJsonReader.TryRead(input, out object? arguments)) return null;
            calls.Add(ToolCall.Of(m.Groups[1].Value, arguments));
        }
        return calls.Count == 0 ? null : calls;
    }

    private static IEnumerable<string> Parameters(string tool, JsonMap function)
    {
        UsageException Fault(string what) => new($"tools: '{tool}': {what}; write it out, or choose another tool_format (this one describes every parameter in words)");
        if (function.Get("parameters") is not JsonMap parameters || parameters.Get("properties") is not JsonMap properties)
            throw Fault("parameters: expected a mapping with 'properties'");
        object? required = parameters.TryGetValue("required", out object? given) ? given : new List<object?>();
        foreach ((string name, object? value) in properties)
        {
            if (value is not JsonMap parameter) throw Fault($"parameter '{name}': expected a mapping with 'type' and 'description', found {ToolJson.Short(ToolJson.Line(value))}");
            bool needed = required switch
            {
                List<object?> list => list.Contains(name),
                JsonMap map => map.ContainsKey(name),
                string text => text.Contains(name, StringComparison.Ordinal),
                _ => throw Fault($"required: expected a list of names, found {ToolJson.Line(required)}"),
            };
            string one = "", each = "";
            if (parameter.Get("enum") is { } choices && PythonText.IsTrue(choices))
            {
                if (choices is not List<object?> list || list.Any(c => c is not string)) throw Fault($"parameter '{name}': enum: expected a list of texts, found {ToolJson.Short(ToolJson.Line(choices))}");
                one = $", should be one of [{string.Join(", ", list)}]";
            }
            if (parameter.Get("items") is { } items && PythonText.IsTrue(items))
                each = $", where each item should be {Text(items as JsonMap ?? throw Fault($"parameter '{name}': items: expected a mapping, found {ToolJson.Short(ToolJson.Line(items))}"), "type")}";
            yield return $"  - {name} ({Text(parameter, "type")}{(needed ? ", required" : "")}): {Text(parameter, "description")}{one}{each}\n";
        }
    }

    private static string Text(JsonMap map, string key) => map.TryGetValue(key, out object? value) ? PythonText.Str(value) : "";
}

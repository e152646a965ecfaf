using System.Text.RegularExpressions;

namespace Pure.Tuner;

public sealed partial class ChatEncoder
{
    /// <summary>The clock, for formats of tools that tell the date.</summary>
    internal TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>What follows the system text where a row has tools.</summary>
    private string ToolText(string tools, string place)
    {
        if (tools.Length == 0) return "";
        if (_template.Tools is { Length: > 0 } slots) return Fill(slots[0].Text!, tools, null);
        return At(place, () => ToolJson.Read(tools) is { Count: > 0 } list ? ToolFormats.Get(_template.ToolFormat!).Tools(list, Clock.GetLocalNow()) : "");
    }

    /// <summary>A turn that calls tools: JSON, or JSON between the template's words for a call; what else is there stands in front.</summary>
    internal string CallText(string content, string place)
    {
        string before = "", json = content;
        // A template whose system text stands inside the first question knows no thoughts.
        if (!_template.SystemInUser)
        {
            if (Between(_template.ToolCallWords, content) is { } call) (before, json) = (content.Replace(call.Value, "", StringComparison.Ordinal), call.Groups[1].Value);
            else if (Between(_template.ThoughtWords, content) is { } thought) (before, json) = (thought.Value, content.Replace(thought.Value, "", StringComparison.Ordinal));
        }
        return before + At(place, () => ToolFormats.Get(_template.FunctionToolFormat).Calls(ReadCalls(json)));
    }

    /// <summary>The calls of a turn.</summary>
    /// <exception cref="UsageException">Not JSON, or a call without a name or arguments.</exception>
    private static IReadOnlyList<ToolCall> ReadCalls(string json)
    {
        const string Cure = "write {\"name\": …, \"arguments\": {…}}, or a list of such";
        if (!PythonJsonReader.TryRead(json, out object? value)) throw new UsageException($"a turn that calls tools: expected JSON, found {ToolJson.Short(json)}; {Cure}");
        return [.. (value as List<object?> ?? [value]).Select(c => c is JsonMap call && call.Get("name") is string name && call.TryGetValue("arguments", out object? arguments)
            ? ToolCall.Of(name, arguments)
            : throw new UsageException($"a turn that calls tools: expected a name and arguments, found {ToolJson.Short(ToolJson.Line(c))}; {Cure}"))];
    }

    private static System.Text.RegularExpressions.Match? Between(string[] words, string content) =>
        Regex.Match(content, Regex.Escape(words[0]) + "(.*?)" + Regex.Escape(words[1]), RegexOptions.Singleline | RegexOptions.CultureInvariant) is { Success: true } found ? found : null;

    /// <summary>Puts the row in front of what is wrong.</summary>
    private static string At(string place, Func<string> text)
    {
        try
        {
            return text();
        }
        catch (UsageException fault)
        {
            throw new UsageException($"{place}: {fault.Message}", fault);
        }
    }
}

using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>Calls written with a tag for each argument.</summary>
internal static class TaggedCalls
{
    private const string Blanks = @"\s\x1c-\x1f";

    /// <summary>A pattern as Python reads it with DOTALL: \s has four control characters more there, inside of [^…] too.</summary>
    public static Regex Pattern(string pattern) => new(
        pattern.Replace(@"[^\s", "[^" + Blanks, StringComparison.Ordinal).Replace(@"\s*", $"[{Blanks}]*", StringComparison.Ordinal), RegexOptions.Singleline | RegexOptions.CultureInvariant);

    /// <summary>The call of a block of tags: a value that is JSON is read, any other is text.</summary>
    /// <param name="name">The tool.</param>
    /// <param name="block">What stands between the tags of the call.</param>
    /// <param name="parameter">Finds key and value.</param>
    /// <param name="stripText">Whether white space around text goes.</param>
    public static ToolCall Call(string name, string block, Regex parameter, bool stripText)
    {
        var arguments = new JsonMap();
        foreach (System.Text.RegularExpressions.Match m in parameter.Matches(block))
        {
            string raw = m.Groups[2].Value, value = PythonText.Strip(raw);
            arguments[m.Groups[1].Value] = PythonJsonReader.TryRead(value, out object? read) ? read : stripText ? value : raw;
        }
        return ToolCall.Of(PythonText.Strip(name), arguments);
    }
}

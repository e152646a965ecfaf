using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pure.Tuner;

/// <summary>A value of a recipe with the place where it stands: null, bool, long, double, string, a list or a mapping of such.</summary>
/// <param name="Value">What the text means by the rules of YAML 1.1, which recipes are written for: "yes" and "on" are true.</param>
/// <param name="Text">The scalar as written.</param>
/// <param name="Place">"file:line".</param>
internal sealed partial record RecipeValue(object? Value, string Text, string Place)
{
    public static RecipeValue From(YamlNode node, string file, bool lines = true)
    {
        string place = lines ? $"{file}:{node.Start.Line}" : file;
        return node switch
        {
            YamlScalarNode { Value: { } text } when text.Contains('\0', StringComparison.Ordinal) => throw new UsageException($"{place}: a text holds the character U+0000, which no name or number has; take it out"),
            YamlScalarNode { Style: ScalarStyle.Plain or ScalarStyle.Any } s => new(Plain(s.Value ?? ""), s.Value ?? "", place),
            YamlScalarNode s => new(s.Value ?? "", s.Value ?? "", place),
            YamlSequenceNode s => new(s.Select(n => From(n, file, lines)).ToList(), "a list", place),
            YamlMappingNode m => new(Entries(m, file, lines).ToDictionary(e => e.Key.Text, e => e.Value), "a mapping", place),
            _ => throw new UsageException($"{place}: only plain values, lists and mappings can stand in a recipe; write the value out"),
        };
    }

    public static IEnumerable<(RecipeValue Key, RecipeValue Value)> Entries(YamlMappingNode map, string file, bool lines = true)
    {
        foreach ((YamlNode key, YamlNode value) in map.Children)
            yield return (key is YamlScalarNode ? From(key, file, lines) : throw new UsageException($"{file}:{key.Start.Line}: a key must be a word; write 'key: value'"), From(value, file, lines));
    }

    /// <summary>The value without the places: what a dictionary of further settings holds.</summary>
    public object? Bare() => Value switch
    {
        List<RecipeValue> list => list.ConvertAll(v => v.Bare()),
        Dictionary<string, RecipeValue> map => map.ToDictionary(e => e.Key, e => e.Value.Bare()),
        _ => Value,
    };

    public static object? Plain(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL" or "None": return null;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON": return true;
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF": return false;
        }
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        if (WholePattern().IsMatch(text) && long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole)) return whole;
        if (NumberPattern().IsMatch(text) && double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)) return number;
        return text;
    }

    // A number without a dot ("1e-4") is text to YAML 1.1; the reference turns it into a number later, so it is one here.
    [GeneratedRegex(@"^[-+]?[0-9][0-9_]*$")]
    private static partial Regex WholePattern();

    [GeneratedRegex(@"^[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)([eE][-+]?[0-9]+)?$")]
    private static partial Regex NumberPattern();
}

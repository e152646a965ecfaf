using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pure.Tuner;

/// <summary>Reads recipes: LLaMA-Factory's YAML or JSON files, and "key=value" overrides.</summary>
public static partial class RecipeReader
{
    /// <summary>Reads a recipe; overrides come last and win.</summary>
    /// <param name="path">A .yaml, .yml or .json file; null for a recipe made of overrides alone.</param>
    /// <param name="overrides">Each "key=value", "--key=value" or, for an entry of a mapping, "key.inner=value"; the value is written as in YAML.</param>
    /// <exception cref="UsageException">A key is unknown or not supported, or a value is not what it must be: one line for each fault.</exception>
    public static Recipe Read(string? path, IEnumerable<string>? overrides = null)
    {
        string text = "";
        if (path is not null)
        {
            if (!File.Exists(path)) throw new UsageException($"{path}: there is no such recipe; give the path of a YAML or JSON file");
            text = File.ReadAllText(path);
        }
        return Parse(text, path is null ? "recipe" : Path.GetFileName(path), overrides);
    }

    /// <summary>Reads a recipe from its text.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="overrides">As in <see cref="Read(string, IEnumerable{string})"/>.</param>
    /// <param name="allowExtra">Whether an unknown key is only told; null asks the environment.</param>
    internal static Recipe Parse(string text, string name = "recipe", IEnumerable<string>? overrides = null, bool? allowExtra = null)
    {
        var entries = new List<(string Key, RecipeValue Value)>();
        // A tab can only be white space in JSON, and is not allowed as such in YAML.
        if (text.AsSpan().TrimStart().StartsWith("{")) text = text.Replace('\t', ' ');
        foreach ((RecipeValue key, RecipeValue value) in Load(text, name)) entries.Add((key.Text, value));
        foreach (string o in overrides ?? []) entries.Add(Whole(Override(o), entries));
        return new Binding(allowExtra ?? EnvironmentSwitches.IsOn("ALLOW_EXTRA_ARGS")).Bind(entries);
    }

    private static IEnumerable<(RecipeValue Key, RecipeValue Value)> Load(string text, string name)
    {
        YamlNode? root;
        try
        {
            root = RecipeYaml.Read(text);
        }
        catch (YamlException e)
        {
            // The parser counts lines up to the token before the tab.
            int tab = Array.FindIndex(text.Split('\n'), l => l.TrimStart(' ').StartsWith('\t')) + 1;
            if (tab > 0) throw new UsageException($"{name}:{tab}: a tab stands where YAML allows only spaces; use spaces instead of the tab", e);
            throw new UsageException($"{name}:{e.Start.Line}: not a recipe: {e.Message.Split('\n')[0].TrimEnd('.')}; write one 'key: value' a line", e);
        }
        return root switch
        {
            null or YamlScalarNode { Value: null or "" } => [],
            YamlMappingNode map => RecipeValue.Entries(map, name),
            _ => throw new UsageException($"{name}:{root.Start.Line}: not a recipe: expected 'key: value' lines; write for example 'stage: sft'"),
        };
    }

    /// <summary>"key.inner=value" as the whole mapping of the key: what is there already, with one entry in place of the old one.</summary>
    private static (string Key, RecipeValue Value) Whole((string Key, RecipeValue Value) entry, List<(string Key, RecipeValue Value)> before)
    {
        string[] path = entry.Key.Split('.');
        if (path.Length == 1 || path[0] == "pure_tuner" || path.Contains("")) return entry;
        return (path[0], Inside(before.LastOrDefault(e => e.Key == path[0]).Value, path.AsSpan(1), entry.Value));

        static RecipeValue Inside(RecipeValue? old, ReadOnlySpan<string> rest, RecipeValue value)
        {
            if (rest.IsEmpty) return value;
            var map = old?.Value is Dictionary<string, RecipeValue> was ? new Dictionary<string, RecipeValue>(was) : [];
            map[rest[0]] = Inside(map.GetValueOrDefault(rest[0]), rest[1..], value);
            return value with { Value = map, Text = "a mapping" };
        }
    }

    private static (string Key, RecipeValue Value) Override(string text)
    {
        int at = text.IndexOf('=', StringComparison.Ordinal);
        if (at <= 0) throw new UsageException($"command line: {text}: expected key=value; write for example 'lora_rank=8'");
        string key = text[..at].TrimStart('-').Trim(), value = text[(at + 1)..].Trim();
        string place = "command line";
        if (value.Length == 0 || value[0] is not ('[' or '{' or '"' or '\'')) return (key, new RecipeValue(RecipeValue.Plain(value), value, place));
        try
        {
            return (key, RecipeValue.From(RecipeYaml.Read(value)!, place, lines: false));
        }
        catch (YamlException e)
        {
            throw new UsageException($"{place}: {key}: cannot read '{value}': {e.Message.Split('\n')[0].TrimEnd('.')}; quote it for the shell", e);
        }
    }
}

using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>Writes a recipe back: training_args.yaml for people and for a second run, args.json for the commands that read a finished folder.</summary>
internal static class RecipeWriter
{
    /// <summary>Every setting, resolved, in the order of the properties; reading it again gives the same recipe.</summary>
    public static string ToYaml(Recipe recipe)
    {
        var text = new StringBuilder();
        foreach ((string key, object? value) in Settings(recipe)) text.Append(key).Append(": ").Append(Yaml(value)).Append('\n');
        return text.ToString();
    }

    /// <summary>Writes training_args.yaml and args.json into a folder.</summary>
    public static void Save(Recipe recipe, string folder)
    {
        AtomicFile.WriteText(Path.Combine(folder, "training_args.yaml"), ToYaml(recipe));
        AtomicFile.WriteText(Path.Combine(folder, "args.json"), ToJson(recipe));
    }

    public static string ToJson(Recipe recipe)
    {
        var json = new Dictionary<string, object?>();
        foreach ((string key, object? value) in Settings(recipe)) json[key] = value;
        return PythonJson.Write(json, 2) + "\n";
    }

    private static IEnumerable<(string, object?)> Settings(Recipe recipe)
    {
        Recipe resolved = recipe with { LoraAlpha = recipe.ResolvedLoraAlpha };
        foreach (RecipeKey key in RecipeKeys.All)
        {
            // How many threads compute is the machine's matter, and a default must not look like a wish in the next command.
            if (key.Name == "threads" || key.Name is "max_length" or "max_new_tokens" or "do_sample" && !recipe.Origins.ContainsKey(key.Name)) continue;
            if (key.Property is { } property && property.GetValue(resolved) is { } value) yield return (key.Name, value);
        }
        yield return ("pure_tuner", new Dictionary<string, object?> { ["answers"] = recipe.PureTuner.Answers, ["answer_tokens"] = recipe.PureTuner.AnswerTokens });
    }

    // JSON is YAML too; only plain words are nicer without quotes.
    private static string Yaml(object? value) => value switch
    {
        string s when s.Length > 0 && s.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/') && char.IsAsciiLetter(s[0]) && RecipeValue.Plain(s) is string => s,
        IEnumerable<string> list => "[" + string.Join(", ", list.Select(Yaml)) + "]",
        IReadOnlyDictionary<string, object?> map => "{" + string.Join(", ", map.Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Key}: {Yaml(e.Value)}"))) + "}",
        _ => PythonJson.Write(value, 0),
    };
}

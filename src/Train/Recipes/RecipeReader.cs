using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pure.Tuner;

/// <summary>Reads recipes: LLaMA-Factory's YAML or JSON files, and "key=value" overrides.</summary>
public static class RecipeReader
{
    /// <summary>Reads a recipe; overrides come last and win.</summary>
    /// <param name="path">A .yaml, .yml or .json file; null for a recipe made of overrides alone.</param>
    /// <param name="overrides">Each "key=value", "--key=value" or "pure_tuner.key=value"; the value is written as in YAML.</param>
    /// <exception cref="UsageException">A key is unknown or not supported, or a value is not what it must be: one line for each fault.</exception>
    public static Recipe Read(string? path, IEnumerable<string>? overrides = null) => Read(path, overrides, []);

    /// <param name="path">See the public overload.</param>
    /// <param name="overrides">See the public overload.</param>
    /// <param name="ignore">Keys to pass over, as the golden cases need for parts that are not built yet.</param>
    internal static Recipe Read(string? path, IEnumerable<string>? overrides, IReadOnlyCollection<string> ignore)
    {
        string text = "";
        if (path is not null)
        {
            if (!File.Exists(path)) throw new UsageException($"{path}: there is no such recipe; give the path of a YAML or JSON file");
            text = File.ReadAllText(path);
        }
        return Parse(text, path is null ? "recipe" : Path.GetFileName(path), overrides, ignore);
    }

    /// <summary>Reads a recipe from its text.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="overrides">As in <see cref="Read(string, IEnumerable{string})"/>.</param>
    /// <param name="ignore">Keys to pass over.</param>
    internal static Recipe Parse(string text, string name = "recipe", IEnumerable<string>? overrides = null, IReadOnlyCollection<string>? ignore = null)
    {
        var entries = new List<(string Key, RecipeValue Value)>();
        // A tab can only be white space in JSON, and is not allowed as such in YAML.
        if (text.AsSpan().TrimStart().StartsWith("{")) text = text.Replace('\t', ' ');
        foreach ((RecipeValue key, RecipeValue value) in Load(text, name)) entries.Add((key.Text, value));
        foreach (string o in overrides ?? []) entries.Add(Override(o));
        return new Binding(ignore ?? []).Bind(entries);
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

    /// <summary>Goes through the keys in file order and collects every fault before it gives up.</summary>
    private sealed class Binding(IReadOnlyCollection<string> ignore)
    {
        private readonly List<string> _faults = [];
        private readonly List<string> _notices = [];
        private readonly Dictionary<string, string> _origins = [];
        private readonly Recipe _recipe = new();
        private readonly PureTunerOptions _own = new();
        private int _oldLengths;

        public Recipe Bind(List<(string Key, RecipeValue Value)> entries)
        {
            foreach ((string key, RecipeValue value) in entries)
            {
                if (ignore.Contains(key)) continue;
                try { One(key, value); }
                catch (UsageException e) { _faults.Add(e.Message); }
            }
            Recipe recipe = _recipe with
            {
                PureTuner = _own,
                Device = _origins.ContainsKey("device") ? _recipe.Device : _own.Device ?? _recipe.Device,
                Threads = _recipe.Threads ?? _own.Threads,
                CutoffLen = _origins.ContainsKey("cutoff_len") || _oldLengths == 0 ? _recipe.CutoffLen : _oldLengths,
                Notices = _notices,
                Origins = _origins,
            };
            _faults.AddRange(RecipeChecks.Always(recipe));
            return _faults.Count == 0 ? recipe : throw new UsageException(string.Join('\n', _faults));
        }

        private void One(string name, RecipeValue value)
        {
            if (name == "pure_tuner" || name.StartsWith("pure_tuner.", StringComparison.Ordinal))
            {
                Own(name, value);
                return;
            }
            (name, RecipeValue? modern) = Modernise(name, value);
            if (modern is null) return;
            value = modern;
            RecipeKey key = RecipeKeys.Find(name)
                ?? throw new UsageException($"{value.Place}: {name}: there is no such key; did you mean '{RecipeKeys.Nearest(name)}'?");
            _origins[name] = value.Place;
            switch (key.Status)
            {
                case RecipeKeyStatus.Supported:
                    RecipeBinder.Set(_recipe, key, value);
                    break;
                case RecipeKeyStatus.Refused when !RecipeBinder.IsFine(key, value):
                    throw new UsageException($"{value.Place}: {name}: '{value.Text}' is not supported: {key.Why}");
                case RecipeKeyStatus.Accepted when !RecipeBinder.IsFine(key, value):
                    if (!RecipeBinder.FitsType(key, value)) throw new UsageException($"{value.Place}: {name}: expected a value like '{RecipeBinder.Show(key.Default)}', found '{value.Text}'; the key changes nothing here, leave it out");
                    _notices.Add($"{value.Place}: {name}: changes nothing here: {key.Why}");
                    break;
            }
        }

        private void Own(string name, RecipeValue value)
        {
            if (name == "pure_tuner" && value.Value is null) return;
            Dictionary<string, RecipeValue> entries = name == "pure_tuner"
                ? value.Value as Dictionary<string, RecipeValue> ?? throw new UsageException($"{value.Place}: pure_tuner: expected a mapping, found '{value.Text}'; write the keys indented below it")
                : new() { [name["pure_tuner.".Length..]] = value };
            foreach ((string own, RecipeValue v) in entries)
            {
                RecipeKey key = RecipeKeys.FindOwn(own) ?? throw new UsageException($"{v.Place}: pure_tuner.{own}: there is no such key; did you mean '{RecipeKeys.NearestOwn(own)}'?");
                RecipeBinder.Set(_own, key, v);
                _origins["pure_tuner." + own] = v.Place;
            }
        }

        /// <summary>Old spellings to today's, with a notice; a null value means that nothing is left to set.</summary>
        private (string Name, RecipeValue? Value) Modernise(string name, RecipeValue value)
        {
            if (RecipeKeys.Dropped.TryGetValue(name, out string? why))
            {
                _notices.Add($"{value.Place}: {name}: no longer used: {why}");
                return (name, null);
            }
            if (RecipeKeys.Renamed.TryGetValue(name, out string? now))
            {
                _notices.Add($"{value.Place}: {name}: old spelling of {now}");
                return (now, value);
            }
            switch (name)
            {
                case "max_source_length" or "max_target_length":
                    _notices.Add($"{value.Place}: {name}: old key: both lengths together are cutoff_len");
                    _oldLengths += value.Value is long n and > 0 and < int.MaxValue / 2 ? (int)n : throw new UsageException($"{value.Place}: {name}: expected a whole number, found '{value.Text}'; set cutoff_len instead");
                    return (name, null);
                case "warmup_steps" when value.Value is double share and > 0 and < 1:
                    _notices.Add($"{value.Place}: warmup_steps: a share of the steps is warmup_ratio now");
                    return ("warmup_ratio", value with { Value = share });
                case "finetuning_type" when value.Text == "qlora":
                    throw new UsageException($"{value.Place}: finetuning_type: 'qlora' needs a quantised base, which is not supported yet; use 'finetuning_type: lora'");
                case "finetuning_type" when value.Text is "none" or "None":
                    _notices.Add($"{value.Place}: finetuning_type: 'none' is an old value: without adapter_name_or_path the base is used alone");
                    return (name, null);
                case "optim" when OptimizerNames.SameAs(value.Text) is { } same:
                    _notices.Add($"{value.Place}: {same.Notice}");
                    return (name, value with { Value = same.Name, Text = same.Name });
                case "adafactor" when value.Value is true:
                    _notices.Add($"{value.Place}: adafactor: old key: write 'optim: adafactor'");
                    return ("optim", value with { Value = "adafactor", Text = "adafactor" });
                case "flash_attn" or "quantization_method":
                    // Every old and new value is accepted, so there is nothing to translate.
                    return (name, value.Value is bool ? value with { Value = "auto" } : value);
                default:
                    return (name, value);
            }
        }
    }
}

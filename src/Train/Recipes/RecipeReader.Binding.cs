namespace Pure.Tuner;

public static partial class RecipeReader
{
    /// <summary>Goes through the keys in file order and collects every fault before it gives up.</summary>
    private sealed class Binding(bool allowExtra)
    {
        private readonly List<string> _faults = [];
        private readonly List<string> _notices = [];
        private readonly Dictionary<string, string> _origins = [];
        private readonly Recipe _recipe = new();
        private readonly PureTunerOptions _own = new();
        private int _oldLengths;
        private bool _qlora;

        public Recipe Bind(List<(string Key, RecipeValue Value)> entries)
        {
            foreach ((string key, RecipeValue value) in entries)
            {
                try { One(key, value); }
                catch (UsageException e) { _faults.Add(e.Message); }
            }
            Recipe recipe = _recipe with
            {
                PureTuner = _own,
                Device = _origins.ContainsKey("device") ? _recipe.Device : _own.Device ?? _recipe.Device,
                Threads = _recipe.Threads ?? _own.Threads,
                CutoffLen = _origins.ContainsKey("cutoff_len") || _oldLengths == 0 ? _recipe.CutoffLen : _oldLengths,
                QuantizationBit = _recipe.QuantizationBit ?? (_qlora ? 4 : null),
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
            if (name == "matrix_units")                                     // --matrix-units
            {
                Own("pure_tuner.matrix_units", value);
                return;
            }
            (name, RecipeValue? modern) = Modernise(name, value);
            if (modern is null) return;
            value = modern;
            if (RecipeKeys.Find(name) is not { } key)
            {
                string unknown = $"{value.Place}: {name}: there is no such key; did you mean '{RecipeKeys.Nearest(name)}'?";
                if (!allowExtra) throw new UsageException(unknown);
                _notices.Add($"{unknown} It is passed over, because ALLOW_EXTRA_ARGS is set");
                return;
            }
            _origins[name] = value.Place;
            switch (key.Status)
            {
                case RecipeKeyStatus.Supported:
                    RecipeBinder.Set(_recipe, key, value);
                    break;
                case RecipeKeyStatus.Refused when !RecipeBinder.IsFine(key, value):
                    throw new UsageException($"{value.Place}: {name}: '{value.Text}' is not supported: {key.Why}");
                case RecipeKeyStatus.Accepted when !RecipeBinder.IsFine(key, value):
                    if (key.Words.Count > 0 && !key.Words.Contains(value.Text)) throw new UsageException($"{value.Place}: {name}: expected one of {string.Join(", ", key.Words)}, found '{value.Text}'; did you mean '{RecipeKeys.NearestOf(value.Text, key.Words)}'?");
                    if (!RecipeBinder.FitsType(key, value)) throw new UsageException($"{value.Place}: {name}: expected a value like '{RecipeBinder.Show(key.Default)}', found '{value.Text}'; the key changes nothing here, leave it out");
                    if (name == "deepspeed" && DeepSpeedFile.Fault(value) is { } fault) throw new UsageException($"{value.Place}: deepspeed: {fault}");
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
                RecipeKey key = RecipeKeys.FindOwn(own) ?? throw new UsageException($"{v.Place}: pure_tuner.{own}: there is no such key; did you mean 'pure_tuner.{RecipeKeys.NearestOwn(own)}'?");
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
                    _qlora = true;
                    return (name, value with { Value = "lora", Text = "lora" });
                case "finetuning_type" when value.Text is "none" or "None":
                    _notices.Add($"{value.Place}: finetuning_type: 'none' is an old value: without adapter_name_or_path the base is used alone");
                    return (name, null);
                case "optim" when OptimizerNames.SameAs(value.Text) is { } same:
                    _notices.Add($"{value.Place}: {same.Notice}");
                    return (name, value with { Value = same.Name, Text = same.Name });
                case "adafactor" when value.Value is true:
                    _notices.Add($"{value.Place}: adafactor: old key: write 'optim: adafactor'");
                    return ("optim", value with { Value = "adafactor", Text = "adafactor" });
                case "train_sampling_strategy":
                    return value.Text switch
                    {
                        "random" or "" or "null" => (name, null),
                        "sequential" => ("disable_shuffling", value with { Value = true, Text = "true" }),
                        "group_by_length" => ("group_by_length", value with { Value = true, Text = "true" }),
                        _ => throw new UsageException($"{value.Place}: train_sampling_strategy: expected one of random, sequential, group_by_length, found '{value.Text}'; did you mean '{RecipeKeys.NearestOf(value.Text, ["random", "sequential", "group_by_length"])}'?"),
                    };
                case "flash_attn" when value.Value is bool uses:
                    _notices.Add($"{value.Place}: flash_attn: '{value.Text}' is an old value of '{(uses ? "auto" : "disabled")}'");
                    return (name, value with { Value = "auto", Text = "auto" });
                case "quantization_method" when value.Text == "bitsandbytes":
                    _notices.Add($"{value.Place}: quantization_method: 'bitsandbytes' is an old value of 'bnb'");
                    return (name, value with { Value = "bnb", Text = "bnb" });
                default:
                    return (name, value);
            }
        }
    }
}

using System.Text.Json;

namespace Pure.Tuner;

/// <summary>The JSON of <see cref="AdapterConfig"/>, field by field as PEFT 0.18 writes it.</summary>
internal static class AdapterConfigJson
{
    public static string Write(AdapterConfig c) => PythonJson.Write(new Dictionary<string, object?>
    {
        ["alora_invocation_tokens"] = null,
        ["alpha_pattern"] = c.AlphaPattern.Select(p => new KeyValuePair<string, object?>(p.Key, Whole(p.Value))).ToList(),
        ["arrow_config"] = null,
        ["auto_mapping"] = null,
        ["base_model_name_or_path"] = c.BaseModelNameOrPath,
        ["bias"] = c.Bias,
        ["corda_config"] = null,
        ["ensure_weight_tying"] = false,
        ["eva_config"] = null,
        ["exclude_modules"] = (object?)c.ExcludePattern ?? c.ExcludeModules,
        ["fan_in_fan_out"] = c.FanInFanOut,
        ["inference_mode"] = true,
        ["init_lora_weights"] = c.InitLoraWeights switch { "true" => true, "false" => false, _ => c.InitLoraWeights },
        ["layer_replication"] = null,
        ["layers_pattern"] = c.LayersPattern,
        ["layers_to_transform"] = c.LayersToTransform,
        ["loftq_config"] = new Dictionary<string, object?>(),
        ["lora_alpha"] = Whole(c.LoraAlpha),
        ["lora_bias"] = c.LoraBias,
        ["lora_dropout"] = c.LoraDropout,
        ["megatron_config"] = null,
        ["megatron_core"] = "megatron.core",
        ["modules_to_save"] = c.ModulesToSave,
        ["peft_type"] = "LORA",
        ["peft_version"] = "0.18.1",
        ["qalora_group_size"] = 16,
        ["r"] = c.R,
        ["rank_pattern"] = c.RankPattern.Select(p => new KeyValuePair<string, object?>(p.Key, p.Value)).ToList(),
        ["revision"] = null,
        ["target_modules"] = (object?)c.TargetPattern ?? c.TargetModules,
        ["target_parameters"] = null,
        ["task_type"] = c.TaskType,
        ["trainable_token_indices"] = c.TrainableTokens.Count == 0 ? null : c.TrainableTokens.Select(p => new KeyValuePair<string, object?>(p.Key, p.Value)).ToList(),
        ["use_dora"] = c.UseDora,
        ["use_qalora"] = false,
        ["use_rslora"] = c.UseRslora,
    }, 2, sorted: true);

    public static AdapterConfig Read(string path)
    {
        if (!File.Exists(path)) throw new UsageException($"{path}: is not there; name a folder that holds a LoRA adapter");
        JsonElement json;
        try
        {
            json = JsonText.Document(File.ReadAllBytes(path)).RootElement;
        }
        catch (JsonException e)
        {
            throw new UsageException($"{path}:{e.LineNumber + 1}: not JSON; save the adapter again", e);
        }
        if (json.ValueKind != JsonValueKind.Object) throw new UsageException($"{path}: expected a mapping, found {DatasetInfo.Kind(json)}; save the adapter again");
        var fields = new Fields(path, json);
        if (fields.Text("peft_type") is { } type && type != "LORA") throw new UsageException($"{path}: peft_type: '{type}' is not supported yet; only LORA adapters are loaded");
        foreach (string key in (string[])["layer_replication", "target_parameters", "alora_invocation_tokens", "arrow_config", "use_bdlora"])
            if (fields.IsSet(key)) throw new UsageException($"{path}: {key}: is not supported yet; train the adapter without it");
        if (fields.Flag("use_qalora")) throw new UsageException($"{path}: use_qalora: is not supported yet; train the adapter without it");
        return new AdapterConfig
        {
            BaseModelNameOrPath = fields.Text("base_model_name_or_path"),
            R = fields.Whole("r") ?? 8,
            LoraAlpha = fields.Number("lora_alpha") ?? 8,
            LoraDropout = fields.Number("lora_dropout") ?? 0,
            Bias = fields.Text("bias") ?? "none",
            TargetModules = fields.Names("target_modules"),
            TargetPattern = fields.Pattern("target_modules"),
            ExcludeModules = fields.Names("exclude_modules"),
            ExcludePattern = fields.Pattern("exclude_modules"),
            ModulesToSave = fields.Names("modules_to_save"),
            RankPattern = [.. fields.Map("rank_pattern").Select(p => KeyValuePair.Create(p.Key, p.Value is >= 1 and < int.MaxValue && p.Value == Math.Floor(p.Value) ? (int)p.Value : throw new UsageException($"{path}: rank_pattern: {p.Key}: expected a whole number above 0, found {p.Value.ToString(System.Globalization.CultureInfo.InvariantCulture)}; save the adapter again")))],
            AlphaPattern = fields.Map("alpha_pattern"),
            LayersToTransform = fields.Wholes("layers_to_transform"),
            LayersPattern = fields.Names("layers_pattern") ?? (fields.Pattern("layers_pattern") is { } one ? [one] : null),
            TrainableTokens = fields.Tokens(),
            UseRslora = fields.Flag("use_rslora"),
            UseDora = fields.Flag("use_dora"),
            FanInFanOut = fields.Flag("fan_in_fan_out"),
            LoraBias = fields.Flag("lora_bias"),
            InitLoraWeights = fields.Start(),
            TaskType = fields.Text("task_type"),
        };
    }

    // PEFT writes the number that it was given, and alpha is nearly always a whole one.
    private static object Whole(double x) => x == Math.Truncate(x) && Math.Abs(x) < 1e9 ? (object)(long)x : x;

    private sealed class Fields(string path, JsonElement json)
    {
        private JsonElement? Get(string key) => json.TryGetProperty(key, out JsonElement v) && v.ValueKind != JsonValueKind.Null ? v : null;

        private UsageException Fault(string key, string expected, JsonElement found) => new($"{path}: {key}: expected {expected}, found {DatasetInfo.Kind(found)}; save the adapter again");

        public bool IsSet(string key) => Get(key) is { } v && v.ValueKind != JsonValueKind.False && !(v.ValueKind == JsonValueKind.Array && v.GetArrayLength() == 0);

        public string? Text(string key) => Get(key) is not { } v ? null : v.ValueKind == JsonValueKind.String ? v.GetString() : throw Fault(key, "text", v);

        public bool Flag(string key) => Get(key) is { } v && (v.ValueKind is JsonValueKind.True or JsonValueKind.False ? v.GetBoolean() : throw Fault(key, "true or false", v));

        public double? Number(string key) => Get(key) is not { } v ? null : v.ValueKind == JsonValueKind.Number ? v.GetDouble() : throw Fault(key, "a number", v);

        public int? Whole(string key) => Get(key) is not { } v ? null : v.ValueKind == JsonValueKind.Number && v.TryGetInt32(out int n) && n > 0 ? n : throw Fault(key, "a whole number above 0", v);

        public string? Pattern(string key) => Get(key) is { ValueKind: JsonValueKind.String } v ? v.GetString() : null;

        public string Start() => Get("init_lora_weights") is not { } v ? "true" : v.ValueKind == JsonValueKind.String ? v.GetString()! : v.ValueKind == JsonValueKind.False ? "false" : "true";

        public List<string>? Names(string key) => Get(key) is not { } v || v.ValueKind == JsonValueKind.String ? null
            : v.ValueKind == JsonValueKind.Array && v.EnumerateArray().All(n => n.ValueKind == JsonValueKind.String) ? [.. v.EnumerateArray().Select(n => n.GetString()!)]
            : throw Fault(key, "a list of names", v);

        public List<int>? Wholes(string key) => Get(key) is not { } v ? null
            : v.ValueKind == JsonValueKind.Number && v.TryGetInt32(out int one) ? [one]
            : v.ValueKind == JsonValueKind.Array && v.EnumerateArray().All(n => n.ValueKind == JsonValueKind.Number && n.TryGetInt32(out _)) ? [.. v.EnumerateArray().Select(n => n.GetInt32())]
            : throw Fault(key, "a list of numbers", v);

        // A bare list belongs to the embedding.
        public List<KeyValuePair<string, int[]>> Tokens() => Get("trainable_token_indices") is not { } v ? []
            : v.ValueKind == JsonValueKind.Array ? [KeyValuePair.Create("embed_tokens", Ids(v))]
            : v.ValueKind == JsonValueKind.Object ? [.. v.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, Ids(p.Value)))]
            : throw Fault("trainable_token_indices", "a list of ids or a mapping from a module to such a list", v);

        private int[] Ids(JsonElement v) => v.ValueKind == JsonValueKind.Array && v.EnumerateArray().All(n => n.ValueKind == JsonValueKind.Number && n.TryGetInt32(out _))
            ? [.. v.EnumerateArray().Select(n => n.GetInt32())] : throw Fault("trainable_token_indices", "a list of ids", v);

        public List<KeyValuePair<string, double>> Map(string key) => Get(key) is not { } v ? []
            : v.ValueKind == JsonValueKind.Object && v.EnumerateObject().All(p => p.Value.ValueKind == JsonValueKind.Number) ? [.. v.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value.GetDouble()))]
            : throw Fault(key, "a mapping from names to numbers", v);
    }
}

using System.Text.Json.Nodes;
using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>One row a model family: how its config.json becomes a <see cref="DecoderConfig"/>.</summary>
internal static class Families
{
    private const int MostLayers = 10_000;       // lists of so many are made before any tensor is looked for
    private const int MostHeadDim = 1 << 16;     // likewise: frequencies of the rotary embedding

    private static readonly Dictionary<string, Func<ConfigReader, DecoderConfig>> s_rows = new()
    {
        ["llama"] = c => Plain(c) with { QkvBias = c.Bool("attention_bias", false), OutputBias = c.Bool("attention_bias", false), MlpBias = c.Bool("mlp_bias", false) },
        ["mistral"] = c => Plain(c, kvHeads: 8) with { Windows = EveryLayer(c, Window(c)) },
        ["qwen2"] = c => Plain(c) with { QkvBias = true, Windows = QwenWindows(c) },
        ["qwen3"] = c => Plain(c, headDim: 128) with { QkvBias = c.Bool("attention_bias", false), OutputBias = c.Bool("attention_bias", false), QkNorm = true, Windows = QwenWindows(c) },
    };

    internal static IEnumerable<string> Names => s_rows.Keys;

    /// <exception cref="CheckpointException">The model type is unknown, or a key is wrong or would change the mathematics and is not read.</exception>
    internal static DecoderConfig Read(JsonObject json, string source)
    {
        var reader = new ConfigReader(json, source);
        string type = json["model_type"] is JsonValue v ? v.ToString() : throw new CheckpointException($"{source}: 'model_type' is missing (known: {string.Join(", ", Names)})");
        if (!s_rows.TryGetValue(type, out Func<ConfigReader, DecoderConfig>? row))
            throw new CheckpointException($"{source}: model_type '{type}' is not supported{Kind(json, type)} (known: {string.Join(", ", Names)})");
        DecoderConfig config = row(reader);
        reader.Get("quantization_config");       // how weights are stored, not what is computed: PackedLayout reads it
        reader.RefuseUnread(type);
        if (config.Hidden <= 0 || config.Layers < 0 || config.Heads <= 0 || config.KvHeads <= 0 || config.HeadDim <= 0 || config.Intermediate <= 0 || config.Vocab <= 0)
            throw new CheckpointException($"{source}: a size is not positive: hidden {config.Hidden}, layers {config.Layers}, heads {config.Heads}, key heads {config.KvHeads}, head_dim {config.HeadDim}, intermediate {config.Intermediate}, vocabulary {config.Vocab}");
        if ((long)Math.Max(config.Heads, config.KvHeads) * config.HeadDim > int.MaxValue)
            throw new CheckpointException($"{source}: {Math.Max(config.Heads, config.KvHeads)} heads of {config.HeadDim} are more than any model has: fetch the file again");
        if (config.HeadDim > MostHeadDim) throw new CheckpointException($"{source}: head_dim is {config.HeadDim}, and no model's heads are wider than {MostHeadDim}: fetch the file again");
        if (config.Heads % config.KvHeads != 0)
            throw new CheckpointException($"{source}: num_attention_heads {config.Heads} is no multiple of num_key_value_heads {config.KvHeads}");
        if (config.Rope.Rotary % 2 != 0)
            throw new CheckpointException($"{source}: head_dim {config.HeadDim} is odd; the rotation needs pairs");
        return config;
    }

    /// <summary>What stands in the way beside the name.</summary>
    private static string Kind(JsonObject json, string type)
    {
        bool sees = json.ContainsKey("vision_config") || type.EndsWith("_vl", StringComparison.Ordinal) || type.Contains("_vl_", StringComparison.Ordinal);
        bool routes = type.Contains("moe", StringComparison.Ordinal) || json.ContainsKey("num_experts") || json.ContainsKey("n_routed_experts") || json.ContainsKey("num_local_experts");
        return (sees, routes) switch
        {
            (true, _) => ": models that see images are not there yet; use a text model",
            (_, true) => ": models with experts are not there yet; use a dense one",
            _ => "",
        };
    }

    private static DecoderConfig Plain(ConfigReader c, int? kvHeads = null, int? headDim = null)
    {
        int hidden = c.Int("hidden_size"), heads = c.Int("num_attention_heads"), layers = c.Int("num_hidden_layers");
        if (layers is < 0 or > MostLayers) throw c.Wrong("num_hidden_layers", $"a number from 0 to {MostLayers}");
        int width = c.IntOrNull("head_dim") ?? headDim ?? (heads > 0 ? hidden / heads : 0);
        int positions = c.IntOrNull("max_position_embeddings") ?? 2048;
        return new DecoderConfig
        {
            ModelType = c.Text("model_type"),
            Hidden = hidden,
            Intermediate = c.Int("intermediate_size"),
            Layers = layers,
            Heads = heads,
            KvHeads = c.IntOrNull("num_key_value_heads") ?? kvHeads ?? heads,
            HeadDim = width,
            Vocab = c.Int("vocab_size"),
            NormEps = (float)c.Double("rms_norm_eps", 1e-6),
            Activation = ActivationOf(c, c.TextOrNull("hidden_act") ?? "silu"),
            TiesHead = c.Get("tie_word_embeddings") is null ? null : c.Bool("tie_word_embeddings", false),
            PadId = c.IntOrNull("pad_token_id") is { } pad ? pad < 0 ? pad + c.Int("vocab_size") : pad : null,
            MaxPositions = positions,
            Rope = Rope(c, width, positions),
            Windows = new int[Math.Max(0, layers)],
            InitializerRange = c.Double("initializer_range", 0.02),
            Json = c.Json,
        };
    }

    /// <summary>Both spellings: rope_theta beside rope_scaling (transformers 4), or both inside rope_parameters (transformers 5).</summary>
    private static RopeConfig Rope(ConfigReader c, int headDim, int maxPositions)
    {
        ConfigReader? s = c.Section("rope_parameters") ?? c.Section("rope_scaling");
        _ = c.Get("rope_scaling");
        double theta = s?.DoubleOrNull("rope_theta") ?? c.Double("rope_theta", 10000);
        var rope = new RopeConfig { Rotary = headDim, Theta = theta, MaxPositions = maxPositions };
        if (s is null) return rope;
        string kind = s.TextOrNull("rope_type") ?? s.TextOrNull("type") ?? "default";
        _ = s.Get("type");
        if (kind is not ("default" or "linear" or "dynamic" or "llama3" or "yarn" or "longrope"))
            throw s.Wrong(s.Has("rope_type") ? "rope_type" : "type", "default, linear, dynamic, llama3, yarn or longrope");
        double? given = s.DoubleOrNull("original_max_position_embeddings") ?? c.DoubleOrNull("original_max_position_embeddings");
        double original = given ?? maxPositions;
        rope = rope with
        {
            Kind = kind,
            Factor = s.Double("factor", 1),
            OriginalMaxPositions = original,
            LongFactor = given is null ? s.Double("factor", 1) : maxPositions / original,
            LowFrequency = s.Double("low_freq_factor", 1),
            HighFrequency = s.Double("high_freq_factor", 4),
            BetaFast = NotZero(s.DoubleOrNull("beta_fast")) ?? 32,
            BetaSlow = NotZero(s.DoubleOrNull("beta_slow")) ?? 1,
            AttentionFactor = s.DoubleOrNull("attention_factor"),
            MScale = NotZero(s.DoubleOrNull("mscale")),
            MScaleAllDim = NotZero(s.DoubleOrNull("mscale_all_dim")),
            Truncate = s.Bool("truncate", true),
            ShortFactors = s.Doubles("short_factor"),
            LongFactors = s.Doubles("long_factor"),
        };
        if (kind is "linear" or "dynamic" or "llama3" or "yarn" && !s.Has("factor")) throw new CheckpointException($"{s.Source}: {(s.Has("rope_type") ? "rope_type" : "type")} '{kind}' needs a 'factor' in the rope settings");
        if (kind == "longrope" && (rope.ShortFactors?.Length != headDim / 2 || rope.LongFactors?.Length != headDim / 2))
            throw new CheckpointException($"{s.Source}: rope kind longrope needs short_factor and long_factor of {headDim / 2} numbers each");
        s.RefuseUnread("rope");
        return rope;
    }

    /// <summary>The reference takes 0 for "not given".</summary>
    private static double? NotZero(double? value) => value == 0 ? null : value;

    private static int[] EveryLayer(ConfigReader c, int window)
    {
        var windows = new int[c.Int("num_hidden_layers")];
        Array.Fill(windows, window);
        return ByLayerTypes(c, window) ?? windows;
    }

    /// <summary>A missing key means 4096, a null means no window.</summary>
    private static int Window(ConfigReader c) => c.Has("sliding_window") ? c.IntOrNull("sliding_window") ?? 0 : 4096;

    private static int[] QwenWindows(ConfigReader c)
    {
        bool uses = c.Bool("use_sliding_window", false);
        int window = uses ? Window(c) : 0, from = c.IntOrNull("max_window_layers") ?? 28;
        _ = c.Get("sliding_window");
        var windows = new int[c.Int("num_hidden_layers")];
        for (int i = 0; i < windows.Length; i++) windows[i] = i >= from ? window : 0;
        return ByLayerTypes(c, window) ?? windows;
    }

    private static int[]? ByLayerTypes(ConfigReader c, int window)
    {
        if (c.Texts("layer_types") is not { } types) return null;
        if (types.Length != c.Int("num_hidden_layers")) throw c.Wrong("layer_types", $"one entry for each of {c.Int("num_hidden_layers")} layers");
        return Array.ConvertAll(types, t => t switch
        {
            "full_attention" => 0,
            "sliding_attention" => window,
            _ => throw c.Wrong("layer_types", "full_attention or sliding_attention"),
        });
    }

    private static Activation ActivationOf(ConfigReader c, string name) => name switch
    {
        "silu" or "swish" => Activation.Silu,
        "gelu" => Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" or "gelu_accurate" => Activation.GeluTanh,
        "quick_gelu" => Activation.GeluQuick,
        "relu" => Activation.Relu,
        "relu2" => Activation.ReluSquared,
        "sigmoid" => Activation.Sigmoid,
        "tanh" => Activation.Tanh,
        "linear" => Activation.Identity,
        _ => throw c.Wrong("hidden_act", "silu, gelu, gelu_new, gelu_pytorch_tanh, quick_gelu, relu, relu2, sigmoid, tanh or linear"),
    };
}

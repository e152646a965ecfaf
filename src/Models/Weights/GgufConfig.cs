using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>A GGUF file's metadata as the config.json that Hugging Face would have for the same model.</summary>
internal static class GgufConfig
{
    private static readonly string[] s_architectures = ["llama", "mistral", "qwen2", "qwen3"];

    /// <summary>general.architecture.</summary>
    /// <exception cref="CheckpointException">It is missing or not one that can be loaded.</exception>
    public static string Architecture(GgufFile file)
    {
        string? name = file.Text("general.architecture");
        return name is not null && s_architectures.Contains(name) ? name
            : throw file.Bad($"the architecture {(name is null ? "is not said (key 'general.architecture')" : $"'{name}' cannot be loaded from GGUF")} (known: {string.Join(", ", s_architectures)})");
    }

    /// <summary>Rows of q and k are interleaved for the rotary embedding of neighbouring pairs.</summary>
    public static bool IsInterleaved(GgufFile file) => Architecture(file) is "llama" or "mistral";

    /// <summary>The configuration.</summary>
    /// <exception cref="CheckpointException">A key is missing or contradicts another, or the model is of a kind that is not supported.</exception>
    public static JsonObject ToHuggingFace(GgufFile file)
    {
        string arch = Architecture(file);
        if (file.Integer($"{arch}.expert_count") is > 0 and var experts) throw file.Bad($"key '{arch}.expert_count' is {experts}: mixtures of experts cannot be loaded from GGUF");
        long hidden = Required(file, $"{arch}.embedding_length"), heads = Required(file, $"{arch}.attention.head_count");
        long headDim = HeadDim(file, arch, hidden, heads);
        long? window = file.Integer($"{arch}.attention.sliding_window");
        string type = ModelType(file, arch, window);
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(type switch { "mistral" => "MistralForCausalLM", "qwen2" => "Qwen2ForCausalLM", "qwen3" => "Qwen3ForCausalLM", _ => "LlamaForCausalLM" }),
            ["model_type"] = type,
            ["hidden_size"] = hidden,
            ["intermediate_size"] = Required(file, $"{arch}.feed_forward_length"),
            ["num_hidden_layers"] = Required(file, $"{arch}.block_count"),
            ["num_attention_heads"] = heads,
            ["num_key_value_heads"] = PerLayer(file, $"{arch}.attention.head_count_kv") ?? heads,
            ["hidden_act"] = "silu",
            ["rms_norm_eps"] = file.Number($"{arch}.attention.layer_norm_rms_epsilon") ?? throw file.Bad($"key '{arch}.attention.layer_norm_rms_epsilon' is missing: fetch or convert the model again"),
            ["rope_theta"] = file.Number($"{arch}.rope.freq_base") ?? 10000.0,
            ["max_position_embeddings"] = Required(file, $"{arch}.context_length"),
            ["vocab_size"] = VocabularySize(file, arch),
            ["tie_word_embeddings"] = file.Find("output.weight") is null,
        };
        // Llama's own default is hidden / heads; Qwen3's is 128, so that there it must always be said.
        if (headDim * heads != hidden || type == "qwen3") config["head_dim"] = headDim;
        if (GgufRope.Scaling(file, arch, config["rope_theta"]!.GetValue<double>(), headDim) is { } scaling) config["rope_scaling"] = scaling;
        if (type is "llama" or "qwen3") config["attention_bias"] = file.Find("blk.0.attn_q.bias") is not null;
        if (type == "llama") config["mlp_bias"] = file.Find("blk.0.ffn_gate.bias") is not null;
        if (type == "mistral") config["sliding_window"] = window;
        if (type is "qwen2" or "qwen3") config["use_sliding_window"] = false;   // the key is written, but no program that runs these files uses it
        foreach ((string key, string token) in new[] { ("bos_token_id", "bos"), ("eos_token_id", "eos"), ("pad_token_id", "padding") })
            if (file.TokenId(token) is { } id) config[key] = id;
        return (JsonObject)JsonNode.Parse(config.ToJsonString())!;   // numbers of a parsed document can be read as any type, like those of a file
    }

    /// <summary>
    /// Mistral is written under the name llama, and only its window tells them apart; a llama with biases on q, k and v but not on the
    /// output is what Hugging Face calls qwen2.
    /// </summary>
    private static string ModelType(GgufFile file, string arch, long? window) =>
        arch is "qwen2" or "qwen3" ? arch
        : file.Find("blk.0.attn_q.bias") is not null && file.Find("blk.0.attn_output.bias") is null ? "qwen2"
        : arch == "mistral" || window is > 0 ? "mistral"
        : "llama";

    private static long HeadDim(GgufFile file, string arch, long hidden, long heads)
    {
        if (file.Integer($"{arch}.attention.key_length") is not { } headDim)
            headDim = hidden % heads == 0 ? hidden / heads : throw file.Bad($"key '{arch}.embedding_length' ({hidden}) is no multiple of '{arch}.attention.head_count' ({heads}) and '{arch}.attention.key_length' is missing");
        if (headDim <= 0 || headDim % 2 != 0) throw file.Bad($"the heads have {headDim} elements and the rotary embedding needs an even number");
        if (file.Integer($"{arch}.attention.value_length") is { } valueDim && valueDim != headDim)
            throw file.Bad($"key '{arch}.attention.value_length' is {valueDim} and the key heads have {headDim} elements: different sizes are not supported");
        if (file.Integer($"{arch}.rope.dimension_count") is { } rotated && rotated != headDim)
            throw file.Bad($"key '{arch}.rope.dimension_count' is {rotated} and the heads have {headDim} elements: a rotary embedding of a part is not supported for '{arch}'");
        return headDim;
    }

    private static long VocabularySize(GgufFile file, string arch) =>
        file.Find("token_embd.weight") is { Shape.Length: 2 } table ? table.Shape[0]
        : file.Integer($"{arch}.vocab_size") ?? throw file.Bad("tensor 'token_embd.weight' is missing: fetch or convert the model again");

    private static long Required(GgufFile file, string key) => PerLayer(file, key) is { } value
        ? value is > 0 and <= int.MaxValue ? value : throw file.Bad($"key '{key}' is {value} and must be positive")
        : throw file.Bad($"key '{key}' is missing: fetch or convert the model again");

    /// <summary>A number that newer files may give per layer.</summary>
    private static long? PerLayer(GgufFile file, string key)
    {
        if (!file.Metadata.TryGetValue(key, out object? value) || value is not Array) return file.Integer(key);
        int[] list = file.Integers(key)!;
        return list.Length > 0 && list.All(n => n == list[0]) ? list[0] : throw file.Bad($"key '{key}' differs from layer to layer: such models are not supported");
    }
}

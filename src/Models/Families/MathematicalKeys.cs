using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>Which configuration keys change what a model computes. A key that does and is not read must stop the load.</summary>
internal static class MathematicalKeys
{
    /// <summary>Keys that say how the model was made, stored or is to be used, never what it computes for given ids.</summary>
    private static readonly HashSet<string> s_harmless =
    [
        "architectures", "attention_dropout", "auto_map", "bos_token_id", "embd_pdrop", "eos_token_id", "dtype", "torch_dtype", "hidden_dropout",
        "hidden_dropout_prob", "initializer_range", "max_length", "max_position_embeddings", "max_window_layers", "model_max_length", "n_positions",
        "pretraining_tp", "resid_pdrop", "attn_pdrop", "tokenizer_class", "transformers_version", "transformers.js_config", "unsloth_fixed", "unsloth_version", "unsloth_training",
        "use_cache", "use_mrope", "vocab_size", "num_labels", "id2label", "label2id", "problem_type", "name_or_path", "_name_or_path",
        "summary_dropout_prob", "attn_implementation", "_attn_implementation", "_attn_implementation_autoset", "attention_dropout_prob", "bad_words_ids", "keys_to_ignore_at_inference",
        "output_attentions", "output_hidden_states", "return_dict", "sep_token_id", "cls_token_id", "decoder_start_token_id", "pad_token_id", "classifier_dropout", "rope_interleaved", "is_llama_config",
        "head_dim", "layer_types", "num_attention_heads", "num_hidden_layers", "sliding_window", "use_sliding_window", "tie_word_embeddings",
    ];

    /// <summary>Parts of names that stand for mathematics in every family known.</summary>
    private static readonly string[] s_parts =
    [
        "scal", "softcap", "rope", "rotary", "norm", "multiplier", "attn", "attention", "bias", "window", "expert", "moe", "clip", "cap", "activation",
        "hidden_act", "head", "kv", "q_lora", "layer", "residual", "logit", "mlp", "alibi", "position", "chunk", "router", "mamba", "conv", "ssm",
        "quantization", "vision", "audio", "mtp", "nextn", "embedding", "width", "sink", "gate", "parallel", "tie",
    ];

    internal static bool Matter(string key, JsonNode? value)
    {
        if (s_harmless.Contains(key)) return false;
        if (value!.GetValueKind() == JsonValueKind.Number && key.EndsWith("_multiplier", StringComparison.Ordinal) && value.ToJsonString() is "1" or "1.0") return false;
        if (key == "partial_rotary_factor" && value.ToJsonString() is "1" or "1.0") return false;
        if (key == "chunk_size_feed_forward" && value.ToJsonString() is "0") return false;
        foreach (string part in s_parts)
            if (key.Contains(part, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}

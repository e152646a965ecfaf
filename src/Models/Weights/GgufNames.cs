using System.Globalization;
using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>GGUF's tensor names and Hugging Face's.</summary>
internal static partial class GgufNames
{
    private static readonly Dictionary<string, string> s_outside = new(StringComparer.Ordinal)
    {
        ["token_embd.weight"] = "model.embed_tokens.weight",
        ["output_norm.weight"] = "model.norm.weight",
        ["output.weight"] = "lm_head.weight",
        ["output.bias"] = "lm_head.bias",
    };

    private static readonly Dictionary<string, string> s_layer = new(StringComparer.Ordinal)
    {
        ["attn_norm"] = "input_layernorm",
        ["attn_q"] = "self_attn.q_proj",
        ["attn_k"] = "self_attn.k_proj",
        ["attn_v"] = "self_attn.v_proj",
        ["attn_output"] = "self_attn.o_proj",
        ["attn_q_norm"] = "self_attn.q_norm",
        ["attn_k_norm"] = "self_attn.k_norm",
        ["ffn_norm"] = "post_attention_layernorm",
        ["ffn_gate"] = "mlp.gate_proj",
        ["ffn_up"] = "mlp.up_proj",
        ["ffn_down"] = "mlp.down_proj",
    };

    /// <summary>Tensors that hold no weights: tables of the rotary embedding, which the configuration covers.</summary>
    public static bool IsTable(string name) => name is "rope_freqs.weight" || name.EndsWith(".attn_rot_embd", StringComparison.Ordinal) || name.EndsWith(".attn_rot_embd.weight", StringComparison.Ordinal);

    /// <summary>The Hugging Face name, or null when the tensor belongs to no architecture that is known here.</summary>
    public static string? ToHuggingFace(string name)
    {
        if (s_outside.TryGetValue(name, out string? outside)) return outside;
        System.Text.RegularExpressions.Match m = Layer().Match(name);
        return m.Success && s_layer.TryGetValue(m.Groups[2].Value, out string? part)
            ? string.Create(CultureInfo.InvariantCulture, $"model.layers.{m.Groups[1].Value}.{part}.{m.Groups[3].Value}")
            : null;
    }

    /// <summary>The name in a GGUF file and the layer, -1 outside them; null when the tensor has no place there.</summary>
    public static (string Name, int Layer)? FromHuggingFace(string name)
    {
        foreach ((string gguf, string theirs) in s_outside)
            if (theirs == name) return (gguf, -1);
        System.Text.RegularExpressions.Match m = TheirLayer().Match(name);
        if (!m.Success || !int.TryParse(m.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int layer)) return null;
        foreach ((string gguf, string theirs) in s_layer)
            if (theirs == m.Groups[2].Value) return (string.Create(CultureInfo.InvariantCulture, $"blk.{layer}.{gguf}.{m.Groups[3].Value}"), layer);
        return null;
    }

    [GeneratedRegex(@"^model\.layers\.([0-9]+)\.([a-z_.]+)\.(weight|bias)$", RegexOptions.CultureInvariant)]
    private static partial Regex TheirLayer();

    [GeneratedRegex(@"^blk\.([0-9]+)\.([a-z_]+)\.(weight|bias)$", RegexOptions.CultureInvariant)]
    private static partial Regex Layer();
}

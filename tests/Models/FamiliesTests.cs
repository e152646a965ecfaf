using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class FamiliesTests
{
    private static DecoderConfig Read(string more, string type = "llama") => Families.Read((JsonObject)JsonNode.Parse($$"""
        { "model_type": "{{type}}", "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3, "num_attention_heads": 4,
          "num_key_value_heads": 2, "vocab_size": 100, "tie_word_embeddings": false {{more}} }
        """)!, "config.json");

    private static string Refused(string more, string type = "llama") => Assert.Throws<CheckpointException>(() => Read(more, type)).Message;

    [Fact]
    public void Both_spellings_of_the_rotation_mean_the_same()
    {
        RopeConfig four = Read(""", "rope_theta": 50000.0, "rope_scaling": { "type": "linear", "factor": 4.0 }, "torch_dtype": "bfloat16" """).Rope;
        RopeConfig five = Read(""", "rope_parameters": { "rope_type": "linear", "factor": 4.0, "rope_theta": 50000.0 }, "dtype": "bfloat16" """).Rope;
        Assert.Equal(four, five);
        Assert.Equal((50000.0, "linear", 4.0), (five.Theta, five.Kind, five.Factor));
    }

    [Fact]
    public void An_unknown_model_type_is_refused_with_the_known_ones() =>
        Assert.Equal("config.json: model_type 'llama7' is not supported (known: llama, mistral, qwen2, qwen3)", Refused("", "llama7"));

    [Theory]
    [InlineData(""", "attn_logit_softcapping": 50.0 """, "attn_logit_softcapping")]
    [InlineData(""", "partial_rotary_factor": 0.5 """, "partial_rotary_factor")]
    [InlineData(""", "residual_multiplier": 0.2 """, "residual_multiplier")]
    [InlineData(""", "num_local_experts": 8 """, "num_local_experts")]
    [InlineData(""", "rope_scaling": { "rope_type": "linear", "factor": 2.0, "rope_magic": 3 } """, "rope_magic")]
    public void A_key_that_would_change_the_mathematics_is_refused_by_name(string more, string key) => Assert.Contains($"'{key}:", Refused(more));

    [Fact]
    public void How_weights_are_stored_changes_no_mathematics() => Assert.Equal(64, Read(""", "quantization_config": { "quant_method": "gptq" } """).Hidden);

    [Theory]
    [InlineData(""", "summary_dropout_prob": 0.1, "unsloth_version": "2026.1", "attn_logit_softcapping": null, "use_expert_bias": false """)]
    [InlineData(""", "rope_scaling": null, "attention_dropout": 0.0, "architectures": ["LlamaForCausalLM"] """)]
    public void Keys_that_compute_nothing_pass(string more) => Assert.Equal(64, Read(more).Hidden);

    [Theory]
    [InlineData(""", "rms_norm_eps": "small" """, "config.json: 'rms_norm_eps' is \"small\" where a number is expected")]
    [InlineData(""", "hidden_act": "mish" """, "'hidden_act' is \"mish\" where silu")]
    [InlineData(""", "rope_scaling": { "rope_type": "spiral" } """, "'rope_type' is \"spiral\" where default")]
    [InlineData(""", "head_dim": 15 """, "head_dim 15 is odd")]
    public void A_wrong_value_is_refused_with_what_was_expected(string more, string message) => Assert.Contains(message, Refused(more));

    [Fact]
    public void Windows_follow_each_familys_rule()
    {
        Assert.Equal([0, 0, 0], Read(""", "sliding_window": 8 """).Windows);
        Assert.Equal([8, 8, 8], Read(""", "sliding_window": 8 """, "mistral").Windows);
        Assert.Equal([0, 8, 8], Read(""", "sliding_window": 8, "use_sliding_window": true, "max_window_layers": 1 """, "qwen2").Windows);
        Assert.Equal([0, 0, 0], Read(""", "sliding_window": 8, "use_sliding_window": false, "max_window_layers": 1 """, "qwen3").Windows);
        Assert.Equal([8, 0, 8], Read(""", "sliding_window": 8, "layer_types": ["sliding_attention", "full_attention", "sliding_attention"] """, "mistral").Windows);
    }
}

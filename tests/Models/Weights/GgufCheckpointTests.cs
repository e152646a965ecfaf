using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class GgufCheckpointTests
{
    [Fact]
    public void Names_and_shapes_are_hugging_faces()
    {
        using Opened o = new(GgufBuilder.Llama(tied: false));
        Assert.Equal(["lm_head.weight", "model.embed_tokens.weight", "model.layers.0.input_layernorm.weight", "model.layers.0.mlp.down_proj.weight", "model.layers.0.mlp.gate_proj.weight",
            "model.layers.0.mlp.up_proj.weight", "model.layers.0.post_attention_layernorm.weight", "model.layers.0.self_attn.k_proj.weight", "model.layers.0.self_attn.o_proj.weight",
            "model.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.v_proj.weight", "model.norm.weight"], o.Checkpoint.Names.Order(StringComparer.Ordinal));
        Assert.Equal([8L, 3L], o.Checkpoint.Describe("model.layers.0.mlp.down_proj.weight").Shape);
        Assert.Equal(96, o.Checkpoint.ReadRaw("lm_head.weight").Length);
    }

    [Fact]
    public void Rows_of_q_and_k_of_a_llama_are_put_back()
    {
        using Opened o = new(GgufBuilder.Llama().Floats("blk.0.attn_q.bias", [8], GgufBuilder.Count(8)));
        // Two heads of four: the file has rows 0 2 1 3 of each head, in Hugging Face's numbering.
        Assert.Equal([0, 2, 1, 3, 4, 6, 5, 7], Rows("model.layers.0.self_attn.q_proj.weight", 8));
        Assert.Equal([0, 2, 1, 3], Rows("model.layers.0.self_attn.k_proj.weight", 4));
        Assert.Equal([0, 1, 2, 3], Rows("model.layers.0.self_attn.v_proj.weight", 4));
        var bias = new float[3];
        o.Checkpoint.ReadRows("model.layers.0.self_attn.q_proj.bias", 4, bias);
        Assert.Equal([4f, 6f, 5f], bias);
        Assert.False(o.Checkpoint.Describe("model.layers.0.self_attn.q_proj.weight").IsRaw);
        Assert.Contains("is packed or in another order", Assert.Throws<CheckpointException>(() => o.Checkpoint.ReadRaw("model.layers.0.self_attn.q_proj.weight").Length).Message, StringComparison.Ordinal);
        var bytes = new byte[2 * 8 * 4];
        o.Checkpoint.ReadBytes("model.layers.0.self_attn.q_proj.weight", 1, bytes);
        Assert.Equal(16f, BitConverter.ToSingle(bytes));

        int[] Rows(string name, int count)
        {
            var w = new float[count * 8];
            o.Checkpoint.Read(name, w);
            return [.. Enumerable.Range(0, count).Select(r => (int)w[r * 8] / 8)];
        }
    }

    [Fact]
    public void Rows_of_q_of_a_qwen2_stay()
    {
        using Opened o = new(GgufBuilder.Llama("qwen2"));
        var w = new float[64];
        o.Checkpoint.Read("model.layers.0.self_attn.q_proj.weight", w);
        Assert.Equal(GgufBuilder.Count(64), w);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    public void Putting_rows_back_undoes_the_interleaving(long headDim)
    {
        for (long row = 0; row < 3 * headDim; row++)
        {
            long inside = row % headDim, head = row / headDim;
            long interleaved = head * headDim + inside % (headDim / 2) * 2 + inside / (headDim / 2);
            Assert.Equal(interleaved, GgufCheckpoint.RowInFile(row, headDim));
        }
    }

    [Fact]
    public void The_configuration_of_a_llama()
    {
        using Opened o = new(GgufBuilder.Llama());
        JsonObject c = o.Checkpoint.ReadConfig();
        Assert.Equal("""{"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":8,"intermediate_size":3,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":1,"hidden_act":"silu","rms_norm_eps":1E-05,"rope_theta":10000,"max_position_embeddings":64,"vocab_size":3,"tie_word_embeddings":true,"attention_bias":false,"mlp_bias":false,"eos_token_id":2}""", c.ToJsonString());
        Assert.Equal(10000f, c["rope_theta"]!.GetValue<float>());
    }

    [Fact]
    public void Other_families_and_keys()
    {
        JsonObject c = Config(GgufBuilder.Llama("qwen3", tied: false).Key("qwen3.attention.key_length", 4u));
        Assert.Equal(("qwen3", 4, false, false), ((string)c["model_type"]!, (int)c["head_dim"]!, (bool)c["tie_word_embeddings"]!, (bool)c["attention_bias"]!));
        c = Config(GgufBuilder.Llama().Key("llama.attention.sliding_window", 16u));
        Assert.Equal(("mistral", 16), ((string)c["model_type"]!, (int)c["sliding_window"]!));
        c = Config(GgufBuilder.Llama().Floats("blk.0.attn_q.bias", [8], GgufBuilder.Count(8)));
        Assert.Equal("qwen2", (string)c["model_type"]!);
        c = Config(GgufBuilder.Llama().Floats("blk.0.attn_q.bias", [8], GgufBuilder.Count(8)).Floats("blk.0.attn_output.bias", [8], GgufBuilder.Count(8)));
        Assert.Equal(("llama", true), ((string)c["model_type"]!, (bool)c["attention_bias"]!));
        c = Config(GgufBuilder.Llama().Key("llama.rope.scaling.type", "linear").Key("llama.rope.scaling.factor", 4f));
        Assert.Equal("""{"rope_type":"linear","factor":4}""", c["rope_scaling"]!.ToJsonString());
        c = Config(GgufBuilder.Llama().Key("llama.rope.scaling.type", "yarn").Key("llama.rope.scaling.factor", 4f).Key("llama.rope.scaling.original_context_length", 16u));
        Assert.Equal("""{"rope_type":"yarn","factor":4,"original_max_position_embeddings":16}""", c["rope_scaling"]!.ToJsonString());
    }

    [Fact]
    public void Frequency_divisors_become_llama3_or_a_list()
    {
        // theta 10000, headDim 4: wavelengths 6.28 and 628, both below 8192 / 4; a shorter original context puts the second above it.
        JsonObject c = Config(GgufBuilder.Llama().Key("llama.rope.scaling.original_context_length", 256u).Floats("rope_freqs.weight", [2], 1f, 8f));
        Assert.Equal("""{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":256}""", c["rope_scaling"]!.ToJsonString());
        c = Config(GgufBuilder.Llama().Floats("rope_freqs.weight", [2], 2f, 3f));
        Assert.Equal("""{"rope_type":"longrope","short_factor":[2,3],"long_factor":[2,3],"original_max_position_embeddings":64,"attention_factor":1}""", c["rope_scaling"]!.ToJsonString());
        Assert.Null(Config(GgufBuilder.Llama().Floats("rope_freqs.weight", [2], 1f, 1f))["rope_scaling"]);
    }

    [Fact]
    public void Llama_3_1s_divisors_are_recognised()
    {
        const double theta = 500000, factor = 8, original = 8192;
        float[] divisors = [.. Enumerable.Range(0, 64).Select(k =>
        {
            double wave = 2 * Math.PI * Math.Pow(theta, k / 64.0), s = (original / wave - 1) / 3;
            return (float)(wave < original / 4 ? 1 : wave > original ? factor : 1 / ((1 - s) / factor + s));
        })];
        JsonObject c = Config(GgufBuilder.Llama().Floats("rope_freqs.weight", [64], divisors), headDim: 128, theta: 500000f);
        Assert.Equal("""{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":8192}""", c["rope_scaling"]!.ToJsonString());

        static JsonObject Config(GgufBuilder builder, uint headDim, float theta)
        {
            using var folder = new TemporaryFolder();
            var b = new GgufBuilder().Key("general.architecture", "llama").Key("llama.embedding_length", 8u).Key("llama.block_count", 1u).Key("llama.feed_forward_length", 3u)
                .Key("llama.attention.head_count", 2u).Key("llama.context_length", 131072u).Key("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .Key("llama.rope.freq_base", theta).Key("llama.attention.key_length", headDim).Key("llama.vocab_size", 5u);
            float[] divisors = new float[64];
            using (GgufFile source = GgufFile.Open(folder.Write("s.gguf", builder.Bytes()))) source.Read(source.Find("rope_freqs.weight")!, 0, divisors);
            using GgufFile file = GgufFile.Open(folder.Write("x.gguf", b.Floats("rope_freqs.weight", [64], divisors).Bytes()));
            JsonObject c = GgufConfig.ToHuggingFace(file);
            Assert.Equal((128, 5), ((int)c["head_dim"]!, (int)c["vocab_size"]!));
            return c;
        }
    }

    [Fact]
    public void What_is_not_supported_is_said()
    {
        Refused(GgufBuilder.Llama("mamba"), "the architecture 'mamba' cannot be loaded from GGUF (known: llama, mistral, qwen2, qwen3)");
        Refused(new GgufBuilder(), "the architecture is not said (key 'general.architecture')");
        Refused(GgufBuilder.Llama().Key("llama.expert_count", 8u), "key 'llama.expert_count' is 8: mixtures of experts cannot be loaded from GGUF");
        Refused(GgufBuilder.Llama().Floats("blk.0.attn_sinks.weight", [2], 1f, 2f), "tensor 'blk.0.attn_sinks.weight' has no place in a llama model");
        Refused(GgufBuilder.Llama().Key("llama.rope.dimension_count", 2u), "key 'llama.rope.dimension_count' is 2 and the heads have 4 elements");
        Refused(GgufBuilder.Llama().Key("llama.attention.value_length", 2u), "key 'llama.attention.value_length' is 2 and the key heads have 4 elements");
        Refused(GgufBuilder.Llama().Key("llama.rope.scaling.type", "su"), "key 'llama.rope.scaling.type' is 'su' (known: none, linear, yarn");
        Refused(GgufBuilder.Llama().Floats("rope_freqs.weight", [1], 1f), "tensor 'rope_freqs.weight' has 1 elements where half a head has 2");
        Refused(new GgufBuilder().Key("general.architecture", "llama"), "key 'llama.embedding_length' is missing");

        static void Refused(GgufBuilder builder, string sentence)
        {
            using var folder = new TemporaryFolder();
            string path = folder.Write("x.gguf", builder.Bytes());
            Assert.StartsWith($"{path}: {sentence}", Assert.Throws<CheckpointException>(() => Checkpoint.Open(path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_format_that_cannot_be_expanded_is_named_when_it_is_read()
    {
        using var folder = new TemporaryFolder();
        using GgufFile file = GgufFile.Open(folder.Write("x.gguf", new GgufBuilder().Tensor("t", 9, [256], new byte[288]).Bytes()));
        Assert.Contains("tensor 't': the format Q8_1 cannot be expanded (can: F32, F16", Assert.Throws<CheckpointException>(() => file.Read(file.Find("t")!, 0, new float[256])).Message, StringComparison.Ordinal);
    }

    private static JsonObject Config(GgufBuilder builder)
    {
        using Opened o = new(builder);
        return o.Checkpoint.ReadConfig();
    }

    private sealed class Opened : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        public Opened(GgufBuilder builder) => Checkpoint = Checkpoint.Open(Path.GetDirectoryName(_folder.Write("model.gguf", builder.Bytes()))!);
        public Checkpoint Checkpoint { get; }

        public void Dispose()
        {
            Checkpoint.Dispose();
            _folder.Dispose();
        }
    }
}

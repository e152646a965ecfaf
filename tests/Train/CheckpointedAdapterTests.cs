using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>Layers that run again in backward leave out what nobody reads; what is learned stays the same, bit for bit.</summary>
[Trait("Category", "Unit")]
public class CheckpointedAdapterTests
{
    private const int Tokens = 24;

    private const string Config = """
        { "model_type": "qwen2", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
          "num_key_value_heads": 2, "vocab_size": 90, "rms_norm_eps": 1e-5, "tie_word_embeddings": true, "max_position_embeddings": 64 }
        """;

    private static float[] Train(AdapterConfig config, bool checkpoints, out long flops)
    {
        using Backend backend = Backends.Open("cpu", 2);
        float[] weights;
        using (var model = new DecoderModel(Families.Read((JsonObject)JsonNode.Parse(Config)!, "config.json"), WeightSource.Fresh(backend, 3, 0.2)))
        {
            using AdapterSet adapter = AdapterSet.Create(model, config, 42);
            adapter.Attach();
            adapter.TrainOnlyThis();
            using var gradients = new Gradients(adapter.Tensors.Select(t => t.Parameter));
            using var optimizer = new AdamW(ParameterGroups.Trainer(adapter.Tensors.Select(t => (t.Name, t.Parameter)), 1e-2, 0));
            var step = new SupervisedStep(model, gradients, optimizer, new LearningRateSchedule("constant", 1e-2, 0, 10), 1) { Checkpoints = checkpoints, Seed = 7 };
            int[] ids = [.. Enumerable.Range(0, Tokens).Select(i => i * 7 % 90)];
            using var profile = Profile.Begin(null);
            for (int s = 0; s < 3; s++) step.Run([Batch.Pack(new EncodedRow(ids, ids))]);
            flops = (long)profile.Finish().Products.Sum(p => p.Flops);
            weights = [.. adapter.Tensors.SelectMany(t => t.Parameter.Value.ToArray<float>())];
        }
        Assert.Equal((0, 0L), (backend.LiveBlocks, backend.ForgottenBlocks));
        return weights;
    }

    [Theory]
    [InlineData(0.0, false, null)]
    [InlineData(0.1, false, null)]
    [InlineData(0.0, true, null)]
    [InlineData(0.1, true, null)]
    [InlineData(0.0, false, "q_proj,v_proj")]
    public void What_is_learned_is_the_same(double dropout, bool dora, string? targets)
    {
        AdapterConfig config = new() { BaseModelNameOrPath = "tiny", R = 4, LoraAlpha = 8, LoraDropout = dropout, UseDora = dora, TargetModules = targets?.Split(',') ?? ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] };
        Assert.Equal(Train(config, checkpoints: false, out _), Train(config, checkpoints: true, out _));
    }

    /// <summary>Of a layer that runs again, the last product is not made: with plain LoRA the one that DoRA needs.</summary>
    [Fact]
    public void The_last_product_of_a_layer_is_left_out()
    {
        AdapterConfig config = new() { BaseModelNameOrPath = "tiny", R = 4, LoraAlpha = 8, TargetModules = ["q_proj"] };
        Train(config, checkpoints: false, out long once);
        Train(config, checkpoints: true, out long again);
        const long Down = 2L * Tokens * 48 * 32, Layer = 2L * Tokens * (32 * (32 + 16 + 16) + 32 * 32 + 3 * 32 * 48), LowRank = 2L * Tokens * 4 * (32 + 32);
        Assert.Equal(3 * 2 * (Layer - Down + LowRank), again - once);
    }
}

using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>PiSSA: the model stays the same at the start, and what was learned can be used in three ways.</summary>
[Trait("Category", "Unit")]
public class PissaTests
{
    private const string Config = """
        { "model_type": "llama", "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4,
          "num_key_value_heads": 2, "vocab_size": 50, "rms_norm_eps": 1e-5, "tie_word_embeddings": true, "max_position_embeddings": 64 }
        """;

    private static DecoderModel NewModel(Backend backend) =>
        new(Families.Read((JsonObject)JsonNode.Parse(Config)!, "config.json"), WeightSource.Fresh(backend, 3, 0.3));

    private static AdapterConfig Pissa(bool rslora = false) => new() { R = 3, LoraAlpha = 7, UseRslora = rslora, TargetModules = ["q_proj", "down_proj"], InitLoraWeights = "pissa_niter_16" };

    private static float[] Logits(DecoderModel model)
    {
        using var scope = TensorScope.Begin();
        ForwardContext context = ForwardContext.Packed(6);
        return model.Logits(model.Hidden([4, 8, 15, 16, 23, 42], context), context).ToArray<float>();
    }

    private static void Near(float[] expected, float[] actual)
    {
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 2e-4f);
    }

    /// <summary>Moves A and B a little, as training would.</summary>
    private static void Learn(AdapterSet adapter)
    {
        foreach (Parameter p in adapter.Parameters)
        {
            using var scope = TensorScope.Begin();
            p.Value.Backend.Copy(p.Value.Detach() * 1.2 + 0.01, p.Value);
        }
    }

    [Fact]
    public void The_start_changes_nothing_and_the_base_comes_back()
    {
        using Backend backend = Backends.Open("cpu", 1);
        using DecoderModel model = NewModel(backend);
        float[] before = Logits(model), weight = ((Parameter)model.Linears.First().Weight).Value.ToArray<float>();
        using AdapterSet adapter = AdapterSet.Create(model, Pissa(), 42);
        Assert.Equal(before, Logits(model));                         // not at work yet
        adapter.Attach();
        Near(before, Logits(model));
        Assert.NotEqual(weight, ((Parameter)model.Linears.First().Weight).Value.ToArray<float>());
        adapter.Detach();
        Assert.Equal(before, Logits(model));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Loaded_merged_and_converted_it_is_the_same_model(bool rslora)
    {
        string folder = Directory.CreateTempSubdirectory("pissa").FullName;
        using (Backend backend = Backends.Open("cpu", 1))
        {
            float[] learned, start;
            using (DecoderModel model = NewModel(backend))
            {
                start = Logits(model);
                using AdapterSet adapter = AdapterSet.Create(model, Pissa(rslora), 42);
                adapter.Attach();
                PissaConversion.Begin(adapter, folder);
                Learn(adapter);
                learned = Logits(model);
                PissaConversion.End(adapter, folder);
                adapter.Save(Path.Combine(folder, "final"));
                adapter.Merge();
                Near(learned, Logits(model));
            }
            Assert.NotEqual(start, learned);
            foreach (string name in (string[])["final", "pissa_converted"])
                using (DecoderModel model = NewModel(backend))
                using (AdapterSet adapter = AdapterSet.Load(model, Path.Combine(folder, name)))
                {
                    adapter.Attach();
                    Near(learned, Logits(model));
                    Assert.Equal(name == "final" ? ("pissa_niter_16", 3) : ("true", 6), (adapter.Config.InitLoraWeights, adapter.Config.R));
                }
            Assert.Equal(0, backend.LiveBlocks);
            Assert.Equal(0, backend.ForgottenBlocks);
        }
        Assert.Equal(["pissa_backup", "pissa_converted", "pissa_init"], Directory.GetDirectories(folder, "pissa_*").Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void More_directions_than_a_weight_has_are_refused()
    {
        using Backend backend = Backends.Open("cpu", 1);
        using DecoderModel model = NewModel(backend);
        Assert.StartsWith("lora_rank: pissa_init takes 25 directions out of model.layers.0.self_attn.q_proj.weight, which has 24", Assert.Throws<UsageException>(() => AdapterSet.Create(model, Pissa() with { R = 25 }, 42)).Message, StringComparison.Ordinal);
        Assert.Equal(0, backend.ForgottenBlocks);
    }
}

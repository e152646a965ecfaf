using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>Generation on a simulated card: only the best logits come back, and the texts are those of whole rows.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class CardGenerationTests
{
    private const int Vocab = 300, Tokens = 6;

    private const string Config = """
        { "model_type": "llama", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1, "num_attention_heads": 2,
          "num_key_value_heads": 1, "vocab_size": 300, "rms_norm_eps": 1e-5, "tie_word_embeddings": false, "max_position_embeddings": 64 }
        """;

    public static TheoryData<string, int, double, double> Ways() => new()
    {
        { "greedy", 50, 1, 1 }, { "sampled", 20, 0.7, 0.9 }, { "sampled", 50, 3, 1 }, { "equal", 5, 1, 1 }, { "equal greedy", 5, 1, 1 },
    };

    [Theory, MemberData(nameof(Ways))]
    public void Only_the_best_logits_come_back(string how, int topK, double temperature, double topP)
    {
        using var npu = new Npu();
        using DecoderModel model = new(Families.Read((JsonObject)JsonNode.Parse(Config)!, "config.json"), WeightSource.Fresh(npu.Backend, 3, how.StartsWith("equal", StringComparison.Ordinal) ? 0 : 0.5));
        var options = new GenerationOptions { DoSample = !how.EndsWith("greedy", StringComparison.Ordinal), TopK = topK, Temperature = temperature, TopP = topP, MaxNewTokens = Tokens, EosTokenIds = [], Seed = 5 };
        int[][] prompts = [[1, 2, 3], [7], [9, 8]];
        long whole = Bytes(_ => { }, out int[][] expected), best = Bytes(null, out int[][] actual);
        Assert.Equal(expected, actual);
        Assert.Equal(4L * Vocab * Tokens * prompts.Length, whole);
        int fetched = options.DoSample ? topK + 8 : 1;
        Assert.Equal(8L * fetched * Tokens * prompts.Length + (how == "equal" ? whole : 0), best);   // where all are equal the ties are looked at

        long Bytes(Action<float[]>? onLogits, out int[][] made)
        {
            long before = npu.Backend.BytesToHost;
            var input = new GenerationInput(prompts) { OnLogits = onLogits is null ? null : (_, _, row) => onLogits(row.ToArray()) };
            made = [.. new Generator(model).Generate(input, options).Select(r => r.Tokens)];
            return npu.Backend.BytesToHost - before;
        }
    }

    /// <summary>A weight that is no number is found in one logit as in all.</summary>
    [Fact]
    public void A_damaged_model_is_still_named()
    {
        using var npu = new Npu();
        using DecoderModel model = new(Families.Read((JsonObject)JsonNode.Parse(Config)!, "config.json"), WeightSource.Fresh(npu.Backend, 3, double.NaN));
        var e = Assert.Throws<InvalidOperationException>(() => new Generator(model).Generate([[1, 2]], new GenerationOptions { DoSample = false, MaxNewTokens = 2 }));
        Assert.Contains("its weights or its settings are damaged", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void What_looks_at_the_row_wants_whole_rows(bool penalised)
    {
        var options = new GenerationOptions { DoSample = false, RepetitionPenalty = penalised ? 1.2 : 1 };
        Assert.Equal(penalised, Candidates.Of(options) is null);
        Assert.Null(Candidates.Of(options with { DoSample = true, TopK = 0 }));
        Assert.Null(Candidates.Of(options with { MinNewTokens = 3 }));
    }
}

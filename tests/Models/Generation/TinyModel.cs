using System.Text.Json.Nodes;

namespace Pure.Tuner.Tests;

/// <summary>A small random model on a backend that is checked for leftovers.</summary>
internal sealed class TinyModel : IDisposable
{
    private readonly int _blocks;

    internal TinyModel(int vocab = 61, string rope = "null", string backend = "cpu")
    {
        Backend = Backends.Open(backend);
        var config = (JsonObject)JsonNode.Parse($$"""
            {"model_type":"llama","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,
             "vocab_size":{{vocab}},"max_position_embeddings":128,"rms_norm_eps":1e-5,"tie_word_embeddings":false,"rope_scaling":{{rope}} }
            """)!;
        Model = new DecoderModel(Families.Read(config, "test"), WeightSource.Fresh(Backend, 7, 0.4));
        Generator = new Generator(Model);
        _blocks = Backend.LiveBlocks;
    }

    internal Backend Backend { get; }
    internal DecoderModel Model { get; }
    internal Generator Generator { get; }

    /// <summary>Nothing but the weights is alive.</summary>
    internal void CheckClean() => Assert.Equal(_blocks, Backend.LiveBlocks);

    /// <summary>Ids that look random and are always the same.</summary>
    internal static int[] Prompt(int length, int seed = 0, int vocab = 61) => [.. Enumerable.Range(0, length).Select(i => (int)(Kernels.CounterRandom.Word((ulong)seed, i) % (uint)vocab))];

    internal float[] NextLogits(int[] ids)
    {
        using var scope = TensorScope.Begin();
        ForwardContext context = ForwardContext.Packed(ids.Length);
        return Model.Logits(Model.Hidden(ids, context), context, [ids.Length - 1]).ToArray<float>();
    }

    public void Dispose()
    {
        CheckClean();
        Model.Dispose();
        Backend.Dispose();
    }
}

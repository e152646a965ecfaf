using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>A published model's sizes, for questions asked before anything is downloaded.</summary>
/// <param name="Size">As people call it: 0.5B.</param>
/// <param name="Name">The model whose config.json the sizes are from.</param>
/// <param name="Config">Its decoder.</param>
internal sealed record ModelShape(string Size, string Name, DecoderConfig Config)
{
    /// <summary>One model of each usual size.</summary>
    internal static IReadOnlyList<ModelShape> All { get; } =
    [
        Make("135M", "SmolLM2-135M", "llama", 576, 1536, 30, 9, 3, 49152, tied: true),
        Make("0.5B", "Qwen2.5-0.5B", "qwen2", 896, 4864, 24, 14, 2, 151936, tied: true),
        Make("1.5B", "Qwen2.5-1.5B", "qwen2", 1536, 8960, 28, 12, 2, 151936, tied: true),
        Make("3B", "Qwen2.5-3B", "qwen2", 2048, 11008, 36, 16, 2, 151936, tied: true),
        Make("7B", "Llama-2-7b", "llama", 4096, 11008, 32, 32, 32, 32000, tied: false),
        Make("8B", "Llama-3-8B", "llama", 4096, 14336, 32, 32, 8, 128256, tied: false),
        Make("13B", "Llama-2-13b", "llama", 5120, 13824, 40, 40, 40, 32000, tied: false),
    ];

    /// <summary>The shape of a name as the benchmarks write it: smollm2-135m, qwen2.5-0.5b, llama2-7b.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    internal static ModelShape Find(string name)
    {
        string Short(ModelShape s) => s.Name.ToLowerInvariant().Replace("llama-", "llama", StringComparison.Ordinal);
        return All.FirstOrDefault(s => Short(s) == name.ToLowerInvariant())
            ?? throw new UsageException($"shape: there is no '{name}' (known: {string.Join(", ", All.Select(Short))})");
    }

    /// <summary>The same with other sizes in place of some.</summary>
    /// <exception cref="UsageException">They do not fit each other.</exception>
    internal ModelShape With(ModelSizes sizes)
    {
        if (sizes.Changes is "") return this;
        var json = (JsonObject)Config.Json.DeepClone();
        int heads = sizes.Heads ?? Config.Heads, hidden = sizes.Hidden ?? Config.Hidden, kvHeads = sizes.KvHeads ?? Config.KvHeads;
        if (hidden % heads != 0 || hidden / heads % 2 != 0) throw new UsageException($"shape: {hidden} numbers of a token cannot be cut into {heads} heads of an even size; change hidden or heads");
        if (heads % kvHeads != 0) throw new UsageException($"shape: {heads} heads cannot share {kvHeads} key heads; change heads or kv_heads");
        (json["hidden_size"], json["intermediate_size"], json["num_hidden_layers"]) = (hidden, sizes.Intermediate ?? Config.Intermediate, sizes.Layers ?? Config.Layers);
        (json["num_attention_heads"], json["num_key_value_heads"], json["vocab_size"]) = (heads, kvHeads, sizes.Vocab ?? Config.Vocab);
        json["max_position_embeddings"] = 1 << 20;
        return new(Size, $"{Name} with {sizes.Changes}", Families.Read(json, Name));
    }

    /// <summary>Multiplications and additions of attention's two products for rows of that length, each query by the keys that it sees.</summary>
    internal double AttentionFlops(double seq, int window = 0)
    {
        double pairs = window > 0 && window < seq ? window * (seq - window) + window * (window + 1.0) / 2 : seq * (seq + 1) / 2;
        return 4 * pairs * Config.Heads * Config.HeadDim;
    }

    /// <summary>Weights in matrices that a token is multiplied with: all of the layers, and the head.</summary>
    internal long MatrixWeights => LayerWeights * Config.Layers + HeadWeights;

    /// <summary>Weights in the matrices of one layer.</summary>
    internal long LayerWeights => (long)Config.Hidden * Config.HeadDim * (2 * Config.Heads + 2 * Config.KvHeads) + 3L * Config.Hidden * Config.Intermediate;

    /// <summary>Weights of the head.</summary>
    internal long HeadWeights => (long)Config.Hidden * Config.Vocab;

    private static ModelShape Make(string size, string name, string type, int hidden, int intermediate, int layers, int heads, int kvHeads, int vocab, bool tied) =>
        new(size, name, Families.Read(new JsonObject
        {
            ["model_type"] = type,
            ["hidden_size"] = hidden,
            ["intermediate_size"] = intermediate,
            ["num_hidden_layers"] = layers,
            ["num_attention_heads"] = heads,
            ["num_key_value_heads"] = kvHeads,
            ["vocab_size"] = vocab,
            ["tie_word_embeddings"] = tied,
            ["max_position_embeddings"] = 4096,
        }, name));
}

/// <summary>Sizes in place of a shape's own; null for its own.</summary>
internal sealed record ModelSizes(int? Hidden = null, int? Intermediate = null, int? Layers = null, int? Heads = null, int? KvHeads = null, int? Vocab = null)
{
    /// <summary>What differs, in words; empty for nothing.</summary>
    internal string Changes => string.Join(", ", from size in new (string Name, int? Value)[] { ("hidden", Hidden), ("intermediate", Intermediate), ("layers", Layers), ("heads", Heads), ("kv_heads", KvHeads), ("vocab", Vocab) }
                                                 where size.Value is not null
                                                 select $"{size.Name} {size.Value}");
}

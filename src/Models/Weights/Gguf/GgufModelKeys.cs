using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>A decoder's configuration as GGUF's metadata: the inverse of <see cref="GgufConfig"/> and <see cref="GgufRope"/>.</summary>
internal static class GgufModelKeys
{
    /// <summary>Name of the tensor that holds a divisor for each frequency of the rotary embedding.</summary>
    public const string FactorsName = "rope_freqs.weight";

    /// <summary>general.architecture: a mistral is written as a llama, whose graph it shares.</summary>
    public static string Architecture(DecoderConfig c) => c.ModelType == "mistral" ? "llama" : c.ModelType;

    /// <summary>Rows of q and k are interleaved for the rotary embedding of neighbouring pairs.</summary>
    public static bool IsInterleaved(DecoderConfig c) => Architecture(c) == "llama";

    /// <summary>Adds the architecture's keys.</summary>
    /// <exception cref="CheckpointException">The model has what GGUF has no words for.</exception>
    public static void Write(GgufWriter file, DecoderConfig c)
    {
        Check(c);
        string arch = Architecture(c);
        file.Key($"{arch}.vocab_size", (uint)c.Vocab);
        file.Key($"{arch}.context_length", (uint)c.MaxPositions);
        file.Key($"{arch}.embedding_length", (uint)c.Hidden);
        file.Key($"{arch}.block_count", (uint)c.Layers);
        file.Key($"{arch}.feed_forward_length", (uint)c.Intermediate);
        file.Key($"{arch}.attention.head_count", (uint)c.Heads);
        file.Key($"{arch}.attention.head_count_kv", (uint)c.KvHeads);
        file.Key($"{arch}.attention.key_length", (uint)c.HeadDim);
        file.Key($"{arch}.attention.value_length", (uint)c.HeadDim);
        file.Key($"{arch}.attention.layer_norm_rms_epsilon", c.NormEps);
        if (c.Windows.FirstOrDefault() is > 0 and var window) file.Key($"{arch}.attention.sliding_window", (uint)window);
        file.Key($"{arch}.rope.dimension_count", (uint)c.HeadDim);
        file.Key($"{arch}.rope.freq_base", (float)c.Rope.Theta);
        Scaling(file, arch, c.Rope);
    }

    /// <summary>A divisor for each frequency, or null where the keys say everything.</summary>
    public static float[]? Factors(RopeConfig rope)
    {
        if (rope.Kind is not ("llama3" or "longrope")) return null;
        double[] plain = (rope with { Kind = "default" }).Frequencies(1).Inverse, scaled = rope.Frequencies(1).Inverse;
        return [.. plain.Zip(scaled, (p, s) => (float)(p / s))];
    }

    private static void Check(DecoderConfig c)
    {
        CheckpointException No(string what) => new($"a {c.ModelType} model {what} cannot be written as GGUF: programs that read the file would compute something else; save it as safetensors");
        if (c.ModelType is not ("llama" or "mistral" or "qwen2" or "qwen3")) throw new CheckpointException($"a model of type '{c.ModelType}' cannot be written as GGUF (can: llama, mistral, qwen2, qwen3): save it as safetensors");
        if (c.Activation != Activation.Silu) throw No($"with the activation {c.Activation}");
        if (c.Windows.Distinct().Count() > 1) throw No("whose sliding window is not the same in all layers");
        if (c.Windows.FirstOrDefault() > 0 && (c.ModelType is "qwen2" or "qwen3")) throw No("that uses its sliding window");
        if (c.QkvBias && c.ModelType == "qwen3") throw No("with biases in its attention");
        if (c.Rope.Rotary != c.HeadDim) throw No("that turns only a part of each head");
        if (c.Rope.Layout != default) throw No($"with the rotary layout {c.Rope.Layout}");
        if (c.Rope.Kind == "dynamic") throw No("with rope scaling 'dynamic'");
        if (c.Rope.Kind == "longrope" && (!c.Rope.ShortFactors!.SequenceEqual(c.Rope.LongFactors!) || Math.Abs(c.Rope.Frequencies(1).Factor - 1) > 1e-6)) throw No("with rope scaling 'longrope' whose short and long factors differ");
        if (c.Rope is { Kind: "yarn", Truncate: false }) throw No("with rope scaling 'yarn' and truncate false");
    }

    private static void Scaling(GgufWriter file, string arch, RopeConfig rope)
    {
        string key = $"{arch}.rope.scaling";
        switch (rope.Kind)
        {
            case "linear":
                file.Key($"{key}.type", "linear");
                file.Key($"{key}.factor", (float)rope.Factor);
                break;
            case "yarn":
                file.Key($"{key}.type", "yarn");
                file.Key($"{key}.factor", (float)rope.Factor);
                file.Key($"{key}.original_context_length", (uint)(rope.OriginalMaxPositions > 0 ? rope.OriginalMaxPositions : rope.MaxPositions));
                if (rope.BetaFast != 32) file.Key($"{key}.yarn_beta_fast", (float)rope.BetaFast);
                if (rope.BetaSlow != 1) file.Key($"{key}.yarn_beta_slow", (float)rope.BetaSlow);
                // The file's factor multiplies yarn's own.
                double attention = rope.Frequencies(1).Factor / (0.1 * Math.Log(rope.Factor) + 1);
                if (Math.Abs(attention - 1) > 1e-6) file.Key($"{key}.attn_factor", (float)attention);
                break;
            case "llama3":
                file.Key($"{key}.original_context_length", (uint)rope.OriginalMaxPositions);
                break;
        }
    }
}

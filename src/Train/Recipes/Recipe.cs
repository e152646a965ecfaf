namespace Pure.Tuner;

/// <summary>The settings of one command, named and defaulted as LLaMA-Factory's: one property per key, the key being the name in lower case with underscores.</summary>
/// <remarks>Read with <see cref="RecipeReader"/> or made in code. Keys that are known but not here are in <c>keys.json</c>, with what to do about them.</remarks>
public sealed partial record Recipe
{
    /// <summary>The checkpoint: a folder, a GGUF file, or a hub id that is looked up in <see cref="CacheDir"/>.</summary>
    public string? ModelNameOrPath { get; init; }

    /// <summary>LoRA folders to load; all but the last are merged into the base.</summary>
    public IReadOnlyList<string> AdapterNameOrPath { get; init; } = [];

    /// <summary>Where downloaded checkpoints are looked for.</summary>
    public string? CacheDir { get; init; }

    /// <summary>The kind of training.</summary>
    [OneOf("sft", "pt", Later = "rm,ppo,dpo,kto", Cure = "use 'stage: sft' or 'stage: pt'")]
    public string Stage { get; init; } = "sft";

    /// <summary>Which weights are trained: low-rank adapters, some layers, or all.</summary>
    [OneOf("lora", "freeze", "full", Later = "oft", Cure = "use 'lora', 'freeze' or 'full'")]
    public string FinetuningType { get; init; } = "lora";

    /// <summary>Whether <c>train</c> trains.</summary>
    public bool DoTrain { get; init; }

    /// <summary>Rank r of the adapters.</summary>
    [Number(Min = 1)]
    public int LoraRank { get; init; } = 8;

    /// <summary>Numerator of the scale alpha / r; null is twice the rank (<see cref="ResolvedLoraAlpha"/>).</summary>
    [Number(Min = 1)]
    public int? LoraAlpha { get; init; }

    /// <summary>Share of the adapter's inputs that is dropped in training.</summary>
    [Number(Min = 0, Max = 1)]
    public double LoraDropout { get; init; }

    /// <summary>Names of the adapted linear layers; <c>all</c> is every one but the head.</summary>
    public IReadOnlyList<string> LoraTarget { get; init; } = ["all"];

    /// <summary>Scale alpha / sqrt(r) in place of alpha / r.</summary>
    public bool UseRslora { get; init; }

    /// <summary>Weight-decomposed adapters: a learned length per output row.</summary>
    public bool UseDora { get; init; }

    /// <summary>Store the trained tensors in BF16.</summary>
    public bool PureBf16 { get; init; }

    /// <summary>The device that computes.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>On an Ascend card: work that the card has no kernel for is an error, where it would run on the host otherwise.</summary>
    public bool StrictDevice { get; init; }

    /// <summary>Threads to use; null is all cores. Never changes a bit of the result.</summary>
    [Number(Min = 1)]
    public int? Threads { get; init; }

    /// <summary>Settings that only this program knows, under the mapping <c>pure_tuner:</c>.</summary>
    public PureTunerOptions PureTuner { get; init; } = new();

    /// <summary>What the reader wants to tell: old spellings, and values that change nothing here. One line each.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>Where each given key was written, as "file:line".</summary>
    internal IReadOnlyDictionary<string, string> Origins { get; init; } = new Dictionary<string, string>();

    /// <summary>"file:line: key", or the key alone when nobody wrote it.</summary>
    internal string Where(string key) => Origins.TryGetValue(key, out string? origin) ? $"{origin}: {key}" : key;

    /// <summary><see cref="LoraAlpha"/>, or twice the rank.</summary>
    public int ResolvedLoraAlpha => LoraAlpha ?? 2 * LoraRank;
}

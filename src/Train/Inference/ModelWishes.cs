using System.Text.Json.Nodes;

namespace Pure.Tuner;

/// <summary>What a recipe wants of its checkpoint before the model is built.</summary>
internal sealed record ModelWishes
{
    /// <summary>Where downloaded checkpoints are looked for first.</summary>
    public string? CacheDir { get; init; }

    /// <summary>A branch, a tag or a commit of a hub id.</summary>
    public string Revision { get; init; } = "main";

    /// <summary>Load even where the memory of this machine does not seem to be enough.</summary>
    public bool IgnoreMemory { get; init; }

    /// <summary>Whether a device must do all work itself.</summary>
    public bool StrictDevice { get; init; }

    /// <summary>Whether matrix units of the processor may be used.</summary>
    public bool UsesMatrixUnits { get; init; } = true;

    /// <summary>Changes the configuration that the model is built from.</summary>
    public Func<JsonObject, JsonObject>? Configure { get; init; }

    /// <summary>Seed of fresh weights in place of the checkpoint's; null takes the checkpoint's.</summary>
    public int? FreshSeed { get; init; }

    /// <summary>Whether packed weights become F32: where they are to be trained.</summary>
    public bool ExpandsPacked { get; init; }

    /// <summary>Rounds weights while they are loaded, those that the function names; null keeps all as stored.</summary>
    internal RoundingWish? Rounds { get; init; }

    /// <summary>Told what becomes of the wishes.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Where packed weights stand in a checkpoint, and which weights are rounded while they are loaded.</summary>
    internal PackedLayout? Layout(Checkpoint checkpoint, JsonObject config)
    {
        PackedLayout? stored = PackedLayout.Of(checkpoint, config);
        if (ExpandsPacked && FreshSeed is null && stored is not null and not GgufLayout || ExpandsPacked && checkpoint is GgufCheckpoint { HasPacked: true })
            Notice?.Invoke($"weights     {checkpoint.Source} is quantised and is expanded to F32, since its weights are to be changed; 'finetuning_type: lora' leaves it packed and takes far less memory");
        if (Rounds is not { } rounds) return stored;
        if (stored is null || checkpoint is GgufCheckpoint { HasPacked: false }) return new RoundingLayout(checkpoint, rounds.Quantizer, rounds.Picks);
        Notice?.Invoke($"quantization_bit: {checkpoint.Source} is quantised already and stays as it is");
        return stored;
    }

    /// <param name="recipe">The recipe.</param>
    /// <param name="length">Longest row of a training; null for a model that only answers.</param>
    /// <param name="notice">Told each line worth reading.</param>
    internal static ModelWishes Of(Recipe recipe, int? length, Action<string> notice) => new()
    {
        CacheDir = recipe.CacheDir,
        Revision = recipe.ModelRevision,
        IgnoreMemory = recipe.PureTuner.IgnoreMemoryPlan,
        StrictDevice = recipe.StrictDevice,
        UsesMatrixUnits = recipe.PureTuner.MatrixUnits != "off",
        FreshSeed = recipe is { TrainFromScratch: true, Trains: true } && length is not null ? unchecked((int)recipe.Seed) : null,
        // A weight that is trained itself, or taken apart, is needed in full.
        ExpandsPacked = length is not null && Expands(recipe),
        Rounds = RoundsOf(recipe),
        Notice = notice,
        Configure = recipe.RopeScaling is { } kind ? config => PositionScaling.Apply(config, kind, length, notice) : null,
    };

    /// <summary>The same for a recipe that may round or expand the weights otherwise: a run that is only rehearsed.</summary>
    internal ModelWishes As(Recipe recipe) => this with { Rounds = RoundsOf(recipe), ExpandsPacked = Expands(recipe) };

    private static bool Expands(Recipe recipe) => recipe.Trains && (recipe.FinetuningType != "lora" || recipe.PissaInit);

    private static RoundingWish? RoundsOf(Recipe recipe) => recipe.QuantizationBit is { } bits ? new RoundingWish(Quantizers.Of(recipe, bits), bits, path => Picked(recipe, path)) : null;

    /// <summary>Every linear layer of the blocks; embedding and head by wish.</summary>
    private static bool Picked(Recipe recipe, string path) =>
        path.EndsWith("embed_tokens.weight", StringComparison.Ordinal) ? recipe.PureTuner.QuantizeEmbedding
        : path.EndsWith("lm_head.weight", StringComparison.Ordinal) ? recipe.PureTuner.QuantizeHead
        : path.EndsWith("_proj.weight", StringComparison.Ordinal);
}

/// <summary>Weights that are rounded while they are loaded.</summary>
/// <param name="Quantizer">How.</param>
/// <param name="Bits">Bits of a weight, without scales.</param>
/// <param name="Picks">Which, by path.</param>
internal sealed record RoundingWish(IQuantizer Quantizer, int Bits, Func<string, bool> Picks);

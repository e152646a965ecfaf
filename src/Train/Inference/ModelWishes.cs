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

    /// <summary>Changes the configuration that the model is built from.</summary>
    public Func<JsonObject, JsonObject>? Configure { get; init; }

    /// <summary>Seed of fresh weights in place of the checkpoint's; null takes the checkpoint's.</summary>
    public int? FreshSeed { get; init; }

    /// <summary>Whether packed weights become F32: where they are to be trained.</summary>
    public bool ExpandsPacked { get; init; }

    /// <summary>Where packed weights stand in a checkpoint, and which weights are rounded while they are loaded.</summary>
    internal PackedLayout? Layout(Checkpoint checkpoint, JsonObject config) => PackedLayout.Of(checkpoint, config);

    /// <param name="recipe">The recipe.</param>
    /// <param name="length">Longest row of a training; null for a model that only answers.</param>
    /// <param name="notice">Told each line worth reading.</param>
    internal static ModelWishes Of(Recipe recipe, int? length, Action<string> notice) => new()
    {
        CacheDir = recipe.CacheDir,
        Revision = recipe.ModelRevision,
        IgnoreMemory = recipe.PureTuner.IgnoreMemoryPlan,
        FreshSeed = recipe is { TrainFromScratch: true, Trains: true } && length is not null ? unchecked((int)recipe.Seed) : null,
        Configure = recipe.RopeScaling is { } kind ? config => PositionScaling.Apply(config, kind, length, notice) : null,
    };
}

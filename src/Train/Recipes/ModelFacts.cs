using System.Globalization;

namespace Pure.Tuner;

/// <summary>What a first recipe must know of a checkpoint, without reading its weights.</summary>
/// <param name="Place">As the user named it.</param>
/// <param name="Parameters">Number of weights.</param>
/// <param name="Context">Tokens that it was made for.</param>
/// <param name="Template">The template to name in a recipe; null where the checkpoint's own chat template serves.</param>
internal sealed record ModelFacts(string Place, long Parameters, int Context, string? Template)
{
    /// <summary>Bytes of the weights as they are held for LoRA: as stored.</summary>
    public long Bytes { get; init; }

    /// <summary>Whether the weights are quantised already.</summary>
    public bool IsQuantized { get; init; }

    /// <summary>Looks at a checkpoint.</summary>
    /// <exception cref="UsageException">Nothing is there, or it is an adapter.</exception>
    /// <exception cref="CheckpointException">A file is missing, damaged or of a family that is not supported.</exception>
    public static ModelFacts Of(string name)
    {
        string place = ModelLocator.Find(name);
        if (File.Exists(Path.Combine(place, "adapter_config.json")))
            throw new UsageException($"model: {name} is an adapter; name the model that it belongs to, and in the recipe the adapter under adapter_name_or_path");
        using var checkpoint = Checkpoint.Open(place);
        long parameters = checkpoint.Names.Sum(n => checkpoint.Describe(n).Elements);
        return new ModelFacts(name, parameters, Families.Read(checkpoint.ReadConfig(), place).MaxPositions, TemplateOf(TemplateGuess.TokenizerOf(place)))
        {
            Bytes = checkpoint.Names.Sum(n => checkpoint.Describe(n).StoredBytes),
            IsQuantized = checkpoint is GgufCheckpoint ? checkpoint is GgufCheckpoint { HasPacked: true } : checkpoint.ReadConfig()["quantization_config"] is not null,
        };
    }

    /// <summary>"2.9 million parameters".</summary>
    public string Size => string.Create(CultureInfo.InvariantCulture, $"{(Parameters >= 1_000_000_000 ? Parameters / 1e9 : Parameters / 1e6):0.#} {(Parameters >= 1_000_000_000 ? "billion" : "million")} parameters");

    private static string? TemplateOf(Tokenizer tokenizer)
    {
        if (tokenizer.ChatTemplate is null) return "default";
        try
        {
            DerivedTemplate.From(tokenizer);
            return null;
        }
        catch (UsageException) when (TemplateGuess.FromTokenizer(tokenizer) is { } near) { return near; }
    }
}

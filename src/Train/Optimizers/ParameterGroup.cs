using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>Parameters that share a rate and a decay.</summary>
/// <param name="Parameters">The parameters with their published names.</param>
/// <param name="LearningRate">Rate before the schedule's factor.</param>
/// <param name="WeightDecay">Decay.</param>
internal sealed record ParameterGroup(IReadOnlyList<(string Name, Parameter Parameter)> Parameters, double LearningRate, double WeightDecay)
{
    /// <summary>How the gradients of its matrices are projected; null for not at all.</summary>
    internal GaLoreOptions? GaLore { get; init; }
}

/// <summary>Which parameter learns at which rate and decays how.</summary>
internal static partial class ParameterGroups
{
    /// <summary>Hugging Face's Trainer: no decay on biases and norms.</summary>
    internal static List<ParameterGroup> Trainer(IEnumerable<(string Name, Parameter Parameter)> parameters, double rate, double decay)
    {
        var all = parameters.ToList();
        return [new(all.FindAll(p => !Exempt().IsMatch(p.Name)), rate, decay), new(all.FindAll(p => Exempt().IsMatch(p.Name)), rate, 0)];
    }

    /// <summary>LLaMA-Factory's GaLore: no decay, decay, projected. Only biases are spared the decay; what is projected are weights of linear layers whose path contains a target.</summary>
    /// <param name="parameters">What is trained.</param>
    /// <param name="rate">Rate.</param>
    /// <param name="decay">Decay.</param>
    /// <param name="linears">Paths of all linear layers, the head among them.</param>
    /// <param name="targets">Parts of paths; "all" alone is every linear layer but the head.</param>
    /// <param name="galore">The projection.</param>
    internal static List<ParameterGroup> GaLore(IEnumerable<(string Name, Parameter Parameter)> parameters, double rate, double decay, IEnumerable<string> linears, IReadOnlyList<string> targets, GaLoreOptions galore)
    {
        var all = parameters.ToList();
        var known = linears.ToHashSet();
        IReadOnlyList<string> wanted = targets is ["all"] ? [.. known.Where(l => !l.Contains("lm_head", StringComparison.Ordinal)).Select(l => l.Split('.')[^1]).Distinct()] : targets;
        bool Projected((string Name, Parameter Parameter) p) =>
            p.Parameter.Shape.Rank > 1 && p.Name.EndsWith(".weight", StringComparison.Ordinal) && p.Name[..^".weight".Length] is var path && known.Contains(path) && wanted.Any(t => path.Contains(t, StringComparison.Ordinal));
        return
        [
            new(all.FindAll(p => !Projected(p) && IsBias(p.Name)), rate, 0),
            new(all.FindAll(p => !Projected(p) && !IsBias(p.Name)), rate, decay),
            new(all.FindAll(Projected), rate, decay) { GaLore = galore },
        ];
    }

    /// <summary>LLaMA-Factory's LoRA+: B and every vector learn faster; only biases are spared the decay. Hayou et al. 2024, arXiv:2402.12354.</summary>
    internal static List<ParameterGroup> LoraPlus(IEnumerable<(string Name, Parameter Parameter)> parameters, double rate, double decay, double ratio, double embeddingRate)
    {
        var all = parameters.ToList();
        static bool OfEmbedding(string name) => name.EndsWith("lora_embedding_B", StringComparison.Ordinal);
        static bool Fast((string Name, Parameter Parameter) p) => p.Name.Contains("lora_B", StringComparison.Ordinal) || p.Parameter.Shape.Rank == 1;
        return
        [
            new(all.FindAll(p => !OfEmbedding(p.Name) && !Fast(p)), rate, decay),
            new(all.FindAll(p => !OfEmbedding(p.Name) && Fast(p) && !IsBias(p.Name)), rate * ratio, decay),
            new(all.FindAll(p => !OfEmbedding(p.Name) && Fast(p) && IsBias(p.Name)), rate * ratio, 0),
            new(all.FindAll(p => OfEmbedding(p.Name)), embeddingRate, decay),
        ];
    }

    /// <summary>PEFT's LoRA+: the same division by name, with a decay of its own.</summary>
    internal static List<ParameterGroup> LoraPlusPeft(IEnumerable<(string Name, Parameter Parameter)> parameters, double rate, double decay, double ratio, double embeddingRate)
    {
        var all = parameters.ToList();
        static bool OfEmbedding(string name) => name.Contains("embedding", StringComparison.Ordinal);
        static bool Fast((string Name, Parameter Parameter) p) => p.Name.Contains("lora_B", StringComparison.Ordinal) || p.Parameter.Shape.Rank == 1;
        return
        [
            new(all.FindAll(p => !OfEmbedding(p.Name) && !Fast(p)), rate, decay),
            new(all.FindAll(p => OfEmbedding(p.Name)), embeddingRate, decay),
            new(all.FindAll(p => !OfEmbedding(p.Name) && Fast(p) && !Exempt().IsMatch(p.Name)), rate * ratio, decay),
            new(all.FindAll(p => !OfEmbedding(p.Name) && Fast(p) && Exempt().IsMatch(p.Name)), rate * ratio, 0),
        ];
    }

    private static bool IsBias(string name) => name.Contains("bias", StringComparison.Ordinal);

    [GeneratedRegex(@"bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)", RegexOptions.CultureInvariant)]
    private static partial Regex Exempt();
}

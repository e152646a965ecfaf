namespace Pure.Tuner;

public sealed partial record Recipe
{
    /// <summary>The optimizer.</summary>
    public string Optim { get; init; } = "adamw_torch";

    /// <summary>Further numbers of the optimizer, "name=value,name=value".</summary>
    public string? OptimArgs { get; init; }

    /// <summary>For galore_adamw: parts of the paths of the projected layers, or patterns of whole paths; <c>all-linear</c> is every one.</summary>
    public IReadOnlyList<string> OptimTargetModules { get; init; } = [];

    /// <summary>LoRA+: the learning rate of B over that of A; null is plain LoRA.</summary>
    [Number(Min = 0, Above = true)]
    public double? LoraplusLrRatio { get; init; }

    /// <summary>LoRA+: the learning rate of the B of an adapted embedding.</summary>
    [Number(Min = 0)]
    public double LoraplusLrEmbedding { get; init; } = 1e-6;

    /// <summary>GaLore: project the gradients of linear layers to few directions.</summary>
    public bool UseGalore { get; init; }

    /// <summary>GaLore: parts of the paths of the projected layers; <c>all</c> is every linear layer but the head.</summary>
    public IReadOnlyList<string> GaloreTarget { get; init; } = ["all"];

    /// <summary>GaLore: directions that are kept.</summary>
    [Number(Min = 1)]
    public int GaloreRank { get; init; } = 16;

    /// <summary>GaLore: updates between two renewals of the directions.</summary>
    [Number(Min = 1)]
    public int GaloreUpdateInterval { get; init; } = 200;

    /// <summary>GaLore: factor of a projected step.</summary>
    [Number(Min = 0)]
    public double GaloreScale { get; init; } = 2.0;

    /// <summary>GaLore: the side that is projected.</summary>
    [OneOf("std", "reverse_std", "right", "left", "full")]
    public string GaloreProjType { get; init; } = "std";

    /// <summary>GaLore: update each layer as soon as its gradient is there: nothing is clipped, and no gradients are added up.</summary>
    public bool GaloreLayerwise { get; init; }

    /// <summary><see cref="MaxGradNorm"/>, or 0 where each layer is updated before the length of all gradients is known.</summary>
    internal double ResolvedMaxGradNorm => UseGalore && GaloreLayerwise ? 0 : MaxGradNorm;

    /// <summary>Muon: steps of matrices are made orthogonal; embedding, head and vectors go through Adam.</summary>
    public bool UseMuon { get; init; }

    /// <summary>Share of each target that is spread over the vocabulary. The loss is then a mean for each micro-batch, as in the reference.</summary>
    [Number(Min = 0, Max = 1)]
    public double LabelSmoothingFactor { get; init; }

    /// <summary>NEFTune: noise on the embeddings in training; null for none.</summary>
    [Number(Min = 0)]
    public double? NeftuneNoiseAlpha { get; init; }
}

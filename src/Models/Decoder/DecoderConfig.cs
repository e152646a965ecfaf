using System.Text.Json.Nodes;
using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>What a config.json says of a decoder, in this project's terms. One record serves every family.</summary>
internal sealed record DecoderConfig
{
    public required string ModelType { get; init; }
    public required int Hidden { get; init; }
    public required int Intermediate { get; init; }
    public required int Layers { get; init; }
    public required int Heads { get; init; }
    public required int KvHeads { get; init; }
    public required int HeadDim { get; init; }
    public required int Vocab { get; init; }
    public required RopeConfig Rope { get; init; }
    public float NormEps { get; init; } = 1e-6f;
    public Activation Activation { get; init; } = Activation.Silu;
    public bool QkvBias { get; init; }
    public bool OutputBias { get; init; }
    public bool MlpBias { get; init; }
    /// <summary>RMS norm of each query and key head before the rotation, one scale for all heads.</summary>
    public bool QkNorm { get; init; }
    /// <summary>Whether the head is the embedding; null where the file does not say: then it is unless the checkpoint has a head.</summary>
    public bool? TiesHead { get; init; }
    /// <summary>How many keys back each layer sees; 0 for all.</summary>
    public required int[] Windows { get; init; }
    /// <summary>The embedding row that the look-up gives no gradient.</summary>
    public int? PadId { get; init; }
    public int MaxPositions { get; init; } = 2048;
    public double InitializerRange { get; init; } = 0.02;
    /// <summary>The file as read, for writing it again.</summary>
    public required JsonObject Json { get; init; }

    public float AttentionScale => 1f / MathF.Sqrt(HeadDim);
}

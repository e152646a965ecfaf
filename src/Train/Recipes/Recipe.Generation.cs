namespace Pure.Tuner;

public sealed partial record Recipe
{
    /// <summary>The folder of a merged checkpoint.</summary>
    public string? ExportDir { get; init; }

    /// <summary>Largest file of a merged checkpoint, in gigabytes.</summary>
    [Number(Min = 1)]
    public int ExportSize { get; init; } = 5;

    /// <summary>Where merging happens.</summary>
    [OneOf("cpu", "auto")]
    public string ExportDevice { get; init; } = "cpu";

    /// <summary>What generates text.</summary>
    [OneOf("huggingface", "auto", "hf", Later = "vllm,sglang,ktransformers", Cure = "leave it out: this program generates by itself")]
    public string InferBackend { get; init; } = "huggingface";

    /// <summary>Draw tokens at random; false takes the most probable.</summary>
    public bool DoSample { get; init; } = true;

    /// <summary>Divides the logits.</summary>
    [Number(Min = 0)]
    public double Temperature { get; init; } = 0.95;

    /// <summary>Keep the most probable tokens that have this share together.</summary>
    [Number(Min = 0, Max = 1)]
    public double TopP { get; init; } = 0.7;

    /// <summary>Keep this many of the most probable tokens; 0 keeps all.</summary>
    [Number(Min = 0)]
    public int TopK { get; init; } = 50;

    /// <summary>Width of the beam search; 1 is none.</summary>
    [Number(Min = 1)]
    public int NumBeams { get; init; } = 1;

    /// <summary>Beam search: scores are divided by length to this power.</summary>
    public double LengthPenalty { get; init; } = 1.0;

    /// <summary>Most tokens of an answer.</summary>
    [Number(Min = 1)]
    public int MaxNewTokens { get; init; } = 1024;

    /// <summary>Most tokens of prompt and answer together; only used when <see cref="MaxNewTokens"/> is not given.</summary>
    [Number(Min = 1)]
    public int MaxLength { get; init; } = 1024;

    /// <summary>Divides the logits of tokens that are already there.</summary>
    [Number(Min = 0, Above = true)]
    public double RepetitionPenalty { get; init; } = 1.0;

    /// <summary>Leave special tokens out of the text.</summary>
    public bool SkipSpecialTokens { get; init; } = true;
}

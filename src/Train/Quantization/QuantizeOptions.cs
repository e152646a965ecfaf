namespace Pure.Tuner;

/// <summary>What a model is quantised to and how: the options of <c>quantize</c>, named as the keys of quantization_config.</summary>
internal sealed record QuantizeOptions
{
    /// <summary>How numbers are chosen: rtn, each weight to the nearest; gptq and awq look at calibration text.</summary>
    public string Method { get; init; } = "gptq";

    /// <summary>What is written, without bits: gptq, awq, nf4, ...</summary>
    public string Type { get; init; } = "gptq";

    /// <summary>Bits of a weight, without its share of the scales.</summary>
    public int Bits { get; init; } = 4;

    /// <summary>Columns that share a scale; 0 for the whole row.</summary>
    public int GroupSize { get; init; } = 128;

    public bool IsSymmetric { get; init; } = true;

    /// <summary>desc_act: GPTQ rounds the columns with the largest inputs first.</summary>
    public bool IsActOrder { get; init; }

    public bool HasStaticGroups { get; init; }

    /// <summary>damp_percent.</summary>
    public double Damp { get; init; } = 0.1;

    /// <summary>How GPTQ's files keep zero points: "gptq", minus one, or "gptq_v2", as they are.</summary>
    public string CheckpointFormat { get; init; } = "gptq";

    /// <summary>Told each line worth reading while the file is written.</summary>
    internal Action<string>? Tell { get; init; }

    /// <summary>"4 bits, groups of 128, symmetric".</summary>
    public override string ToString() => $"{Type} by {Method}, {Bits} bits, {(GroupSize == 0 ? "one group a row" : $"groups of {GroupSize}")}, {(IsSymmetric ? "symmetric" : "with zero points")}{(IsActOrder ? ", act order" : "")}";
}

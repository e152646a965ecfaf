namespace Pure.Tuner;

public sealed partial record Recipe
{
    /// <summary>With <c>export</c>: quantise what is written to GPTQ of so many bits, in groups of 128.</summary>
    [Number(Min = 2, Max = 8)]
    public int? ExportQuantizationBit { get; init; }

    /// <summary>Text to calibrate on: a .jsonl, .json, .csv or .txt file whose rows have a field <c>text</c>. Null reads the rows of <c>dataset</c>.</summary>
    public string? ExportQuantizationDataset { get; init; }

    /// <summary>Windows of text to calibrate on.</summary>
    [Number(Min = 1)]
    public int ExportQuantizationNsamples { get; init; } = 128;

    /// <summary>Tokens of a window.</summary>
    [Number(Min = 2)]
    public int ExportQuantizationMaxlen { get; init; } = 1024;
}

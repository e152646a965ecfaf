namespace Pure.Tuner;

public sealed partial record Recipe
{
    /// <summary>Name of the template that turns messages into tokens.</summary>
    public string? Template { get; init; }

    /// <summary>Names in dataset_info.json; rows are taken in this order.</summary>
    public IReadOnlyList<string> Dataset { get; init; } = [];

    /// <summary>The folder that holds dataset_info.json.</summary>
    public string DatasetDir { get; init; } = "data";

    /// <summary>Most tokens of a row; what is longer is cut turn by turn.</summary>
    [Number(Min = 2)]
    public int CutoffLen { get; init; } = 2048;

    /// <summary>Join short rows up to <see cref="CutoffLen"/>; null joins in stage pt and not in others (<see cref="ResolvedPacking"/>).</summary>
    public bool? Packing { get; init; }

    /// <summary>Packing in which joined conversations do not see each other.</summary>
    public bool NeatPacking { get; init; }

    /// <summary>Rows that are encoded, and joined, together.</summary>
    [Number(Min = 1)]
    public int PreprocessingBatchSize { get; init; } = 1000;

    /// <summary>Threads that encode rows; null is <see cref="Threads"/>. Never changes a row.</summary>
    [Number(Min = 1)]
    public int? PreprocessingNumWorkers { get; init; }

    /// <summary>A folder for encoded rows: read where it has them, else written. Null: nothing is kept.</summary>
    public string? TokenizedPath { get; init; }

    /// <summary>Take only the first rows of each data set.</summary>
    [Number(Min = 1)]
    public int? MaxSamples { get; init; }

    /// <summary>Learn the prompts too.</summary>
    public bool TrainOnPrompt { get; init; }

    /// <summary>Learn only the last answer of a row.</summary>
    public bool MaskHistory { get; init; }

    /// <summary>System text in place of the template's own; an empty text removes it, null keeps it.</summary>
    public string? DefaultSystem { get; init; }

    /// <summary>For templates with thoughts: true learns an empty thought where an answer has none, false puts it into the prompt and strips thoughts.</summary>
    public bool? EnableThinking { get; init; } = true;

    /// <summary>For templates with thoughts: keep the thoughts of earlier turns.</summary>
    public bool PreserveThinking { get; init; }

    /// <summary>Keep the order of the file.</summary>
    public bool DisableShuffling { get; init; }

    /// <summary>Whether the rows are stored in <see cref="TokenizedPath"/> and nothing is trained: 'do_train: false' was written.</summary>
    internal bool OnlyEncodes => TokenizedPath is not null && !DoTrain && Origins.ContainsKey("do_train");

    /// <summary>Whether rows are joined.</summary>
    public bool ResolvedPacking => NeatPacking || (Packing ?? Stage == "pt");

    /// <summary><see cref="CutoffLen"/>, one less where packing was asked for: LLaMA-Factory keeps one place of each row for padding then.</summary>
    public int ResolvedCutoffLen => NeatPacking || Packing == true ? CutoffLen - 1 : CutoffLen;
}

namespace Pure.Tuner;

public sealed partial record Recipe
{
    /// <summary>Name of the template that turns messages into tokens; null makes one from the checkpoint's own chat template.</summary>
    public string? Template { get; init; }

    /// <summary>Names in dataset_info.json; rows are taken in this order.</summary>
    public IReadOnlyList<string> Dataset { get; init; } = [];

    /// <summary>The folder that holds dataset_info.json.</summary>
    public string DatasetDir { get; init; } = "data";

    /// <summary>Most tokens of a row; what is longer is cut turn by turn.</summary>
    [Number(Min = 2)]
    public int CutoffLen { get; init; } = 2048;

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
}

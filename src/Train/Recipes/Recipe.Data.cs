namespace Pure.Tuner;

public sealed partial record Recipe
{
    /// <summary>Name of the template that turns messages into tokens; null makes one from the checkpoint's own chat template.</summary>
    public string? Template { get; init; }

    /// <summary>Names in dataset_info.json, or paths of files or folders.</summary>
    public IReadOnlyList<string> Dataset { get; init; } = [];

    /// <summary>The folder that holds dataset_info.json, or what stands in it as a mapping (JSON text when set in code).</summary>
    [MappingToo]
    public string DatasetDir { get; init; } = "data";

    /// <summary>Names or paths of the data sets to evaluate on.</summary>
    public IReadOnlyList<string> EvalDataset { get; init; } = [];

    /// <summary>Evaluate on each data set of <see cref="EvalDataset"/> on its own.</summary>
    public bool EvalOnEachDataset { get; init; }

    /// <summary>Rows of <see cref="Dataset"/> that are held back for evaluation: a share below 1, or a number of rows.</summary>
    [Number(Min = 0)]
    public double ValSize { get; init; }

    /// <summary>Read the rows while training instead of before; needs max_steps.</summary>
    public bool Streaming { get; init; }

    /// <summary>Rows that are mixed with one another when streaming.</summary>
    [Number(Min = 1)]
    public int BufferSize { get; init; } = 16384;

    /// <summary>How several data sets become one: one after another, or by turns until the first (under) or the last (over, once) is through; over begins short ones again.</summary>
    [OneOf("concat", "interleave_under", "interleave_over", "interleave_once")]
    public string MixStrategy { get; init; } = "concat";

    /// <summary>How often each data set is drawn when they are interleaved; none for turn by turn.</summary>
    public IReadOnlyList<double> InterleaveProbs { get; init; } = [];

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

    /// <summary>Parts that the rows are cut into before they are joined, and most threads that encode them; null is one part and <see cref="Threads"/> threads.</summary>
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

    /// <summary>How tools in the data are told and called, in place of the template's own way.</summary>
    [OneOf("default", "gemma4", "glm4", "glm4_moe", "lfm2", "ling", "llama3", "minimax1", "minimax2", "mistral", "qwen", "qwen3_5", "seed_oss")]
    public string? ToolFormat { get; init; }

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

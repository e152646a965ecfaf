using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>What somebody wants of a fine-tuning.</summary>
internal enum TuningGoal
{
    /// <summary>Answer as the rows do.</summary>
    Chat,
    /// <summary>Sound like the rows.</summary>
    Style,
    /// <summary>Know what the rows say.</summary>
    Knowledge,
}

/// <summary>A first recipe for a model, its data and a goal: settings that usually work, each with a reason.</summary>
internal sealed class RecipeDraft
{
    private const int LeastToHoldBack = 200, LargestHeldBack = 500, UsualCutoff = 2048, MostTokensAtOnce = 4096;

    private static readonly int[] s_cutoffs = [32, 64, 128, 256, 512, 768, 1024, 1536, 2048, 3072, 4096];

    private readonly ModelFacts _model;
    private readonly DataReport _data;
    private readonly TuningGoal _goal;
    private readonly long _rows, _memory;

    /// <param name="model">The model.</param>
    /// <param name="data">Its rows.</param>
    /// <param name="goal">What is wanted.</param>
    /// <param name="memory">Bytes of this machine's memory.</param>
    /// <exception cref="UsageException">The rows do not fit the goal, or none can be used.</exception>
    public RecipeDraft(ModelFacts model, DataReport data, TuningGoal goal, long memory = long.MaxValue)
    {
        (_model, _data, _goal, _memory) = (model, data, goal, memory);
        if (data.Usable == 0) throw new UsageException($"data: none of the {data.Rows} rows of {data.Name} can be used; 'pure-tuner data check {data.Name}' says why");
        if (data.IsText && goal != TuningGoal.Knowledge)
            throw new UsageException($"goal: the rows of {data.Name} are plain text, which has no answers to learn; take goal=knowledge, or rows with questions and answers");
        if (data.Ending > 0)
            throw new UsageException($"data: a run would end at {data.Ending} of the {data.Rows} rows of {data.Name}; mend them first: 'pure-tuner data check {data.Name}' names each");
        Cutoff = CutoffOf(data, model.Context);
        long all = data.Usable;
        HeldBack = data.IsText || all < LeastToHoldBack ? 0 : (int)Math.Min(LargestHeldBack, Math.Ceiling(all * 0.05));
        // Plain text is cut into blocks.
        _rows = data.IsText ? Math.Max(1, data.Lengths.Total / Cutoff) : all - HeldBack;
        int update = _rows < 64 ? 4 : _rows < 512 ? 8 : _rows < 5000 ? 16 : 32;
        BatchSize = 1;
        while (2 * BatchSize <= Math.Min(8, update) && 2 * BatchSize * Cutoff <= MostTokensAtOnce) BatchSize *= 2;
        Accumulation = update / BatchSize;
        Epochs = _rows > 20_000 ? 1 : (goal switch { TuningGoal.Style => 2, TuningGoal.Chat => 3, _ => 4 }) * (_rows < 200 ? 2 : 1);
        Steps = (int)Math.Max(1, (_rows + update - 1) / update * Epochs);
    }

    public int Cutoff { get; }
    public int HeldBack { get; }
    public int BatchSize { get; }
    public int Accumulation { get; }
    public int Epochs { get; }

    /// <summary>About how many updates the run has.</summary>
    public int Steps { get; }

    /// <summary>A model this small is trained whole where facts are to be learned: an adapter would hold little of them.</summary>
    public bool IsFull => _goal == TuningGoal.Knowledge && _model.Parameters < 200_000_000;

    /// <summary>Weights that would fill more than a third of the machine are rounded to 4 bits: beside them activations, the optimizer and other programs need room.</summary>
    public bool IsRounded => !IsFull && !_model.IsQuantized && _model.Bytes > _memory / 3;

    public int Rank => _goal switch { TuningGoal.Style => 8, TuningGoal.Chat => 16, _ => 64 };

    /// <summary>Small models learn with greater rates, adapters with greater ones than whole models.</summary>
    public double Rate
    {
        get
        {
            long n = _model.Parameters;
            return IsFull ? n < 20_000_000 ? 5e-4 : 1e-4 : n < 20_000_000 ? 2e-3 : n < 300_000_000 ? 5e-4 : n < 2_000_000_000 ? 2e-4 : 1e-4;
        }
    }

    /// <summary>The recipe as YAML.</summary>
    /// <param name="file">Its own name, for the line that says how to run it.</param>
    /// <param name="dataset">What to write under dataset.</param>
    /// <param name="datasetDir">What to write under dataset_dir; null where the data set is a file.</param>
    /// <param name="output">The folder of the results.</param>
    public string ToYaml(string file, string dataset, string? datasetDir, string output)
    {
        var lines = new List<(string Setting, string Why)>
        {
            ($"model_name_or_path: {Quoted(_model.Place)}", _model.Size),
            ($"stage: {(_data.IsText ? "pt" : "sft")}", _data.IsText ? "plain text, every token is learned" : "questions and answers, the answers are learned"),
            ("do_train: true", ""),
            ($"finetuning_type: {(IsFull ? "full" : "lora")}", IsFull ? "all weights: the model is small, and facts need room" : "small matrices beside the weights"),
        };
        if (IsRounded) lines.Add(("quantization_bit: 4", $"QLoRA: the weights are {MachineMemory.Text(_model.Bytes)} and this machine has {MachineMemory.Text(_memory)}"));
        if (!IsFull)
        {
            lines.Add((Text($"lora_rank: {Rank}"), _goal switch { TuningGoal.Style => "style needs little room", TuningGoal.Chat => "room for a way to answer", _ => "facts need room" }));
            lines.Add((Text($"lora_alpha: {2 * Rank}"), ""));
        }
        lines.Add(($"dataset: {(dataset.Contains(',', StringComparison.Ordinal) ? $"[{Quoted(dataset)}]" : Quoted(dataset))}", Text($"{_data.Usable:N0} rows that can be used")));
        if (datasetDir is not null) lines.Add(($"dataset_dir: {Quoted(datasetDir)}", ""));
        lines.Add(_model.Template is { } template ? ($"template: {template}", "how messages become tokens") : ("# template:", "the model's own chat template is used"));
        int longest = _data.Lengths.Max;
        lines.Add((Text($"cutoff_len: {Cutoff}"), _data.IsText ? "tokens of a block" : Text($"the longest row has {longest:N0} tokens{(longest > Cutoff ? Text($"; {_data.Lengths.Over(Cutoff):N0} rows are cut") : "")}")));
        lines.Add(($"output_dir: {Quoted(output)}", ""));
        lines.Add((Text($"per_device_train_batch_size: {BatchSize}"), ""));
        lines.Add((Text($"gradient_accumulation_steps: {Accumulation}"), Text($"an update learns from {BatchSize * Accumulation} {(_data.IsText ? "blocks" : "rows")}")));
        lines.Add(($"learning_rate: {PythonFloat.Format(Rate)}", ""));
        lines.Add((Text($"num_train_epochs: {Epochs}"), Text($"about {Steps:N0} updates")));
        lines.Add(("lr_scheduler_type: cosine", ""));
        lines.Add(("warmup_ratio: 0.05", ""));
        if (_model.Parameters > 1_000_000_000) lines.Add(("gradient_checkpointing: true", "less memory, a third more time"));
        lines.Add((Text($"logging_steps: {Math.Clamp(Steps / 50, 1, 10)}"), ""));
        int every = Math.Max(1, Steps / 5);
        lines.Add((Text($"save_steps: {every}"), "a run that was stopped goes on from the last one"));
        if (HeldBack > 0)
        {
            lines.Add((Text($"val_size: {HeldBack}"), "rows held back to measure on"));
            lines.Add(("eval_strategy: steps", ""));
            lines.Add((Text($"eval_steps: {every}"), ""));
        }
        lines.Add(("plot_loss: true", ""));
        var text = new StringBuilder($"# Written by 'pure-tuner init' for goal {_goal.ToString().ToLowerInvariant()}. Run it: pure-tuner train {file}\n");
        int width = lines.Where(l => l.Why.Length > 0).Select(l => l.Setting.Length).Where(w => w <= 60).DefaultIfEmpty().Max();
        foreach ((string setting, string why) in lines) text.Append((why.Length == 0 ? setting : $"{setting.PadRight(width)}  # {why}") + "\n");
        return text.ToString();
    }

    /// <summary>The least usual length that holds nearly all rows.</summary>
    private static int CutoffOf(DataReport data, int context)
    {
        int most = Math.Min(context, s_cutoffs[^1]);
        if (data.IsText)
        {
            // Blocks of no more than an eighth of the text, so that there are some.
            long wanted = Math.Min(1024, data.Lengths.Total / 8);
            return s_cutoffs.Where(c => c <= Math.Min(wanted, most)).DefaultIfEmpty(Math.Min(most, s_cutoffs[0])).Max();
        }
        int needed = data.Lengths.Max <= UsualCutoff ? data.Lengths.Max : data.Lengths.Percentile(0.99);
        return Math.Min(most, s_cutoffs.Where(c => c >= needed).DefaultIfEmpty(most).Min());
    }

    private static string Quoted(string text) =>
        text.Length > 0 && char.IsAsciiLetterOrDigit(text[0]) | text[0] is '.' or '/' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/') && RecipeValue.Plain(text) is string
            ? text : JsonSerializer.Serialize(text, s_json);

    private static readonly JsonSerializerOptions s_json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

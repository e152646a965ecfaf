namespace Pure.Tuner;

public sealed partial record Recipe
{
    /// <summary>Whether <c>train</c> evaluates at the end; set by <see cref="EvalStrategy"/> too.</summary>
    public bool DoEval { get; init; }

    /// <summary>Whether <c>train</c> lets the model answer the evaluation rows at the end.</summary>
    public bool DoPredict { get; init; }

    /// <summary>Evaluate by letting the model answer: BLEU-4, ROUGE, and accuracy where answers are classes.</summary>
    public bool PredictWithGenerate { get; init; }

    /// <summary>When the run is evaluated.</summary>
    [OneOf("no", "steps", "epoch")]
    public string EvalStrategy { get; init; } = "no";

    /// <summary>Updates between two evaluations, null for <c>logging_steps</c>; below 1 a share of all updates.</summary>
    [Number(Min = 0, Above = true)]
    public double? EvalSteps { get; init; }

    /// <summary>Updates or epochs, by the strategy, before the first evaluation.</summary>
    [Number(Min = 0)]
    public double EvalDelay { get; init; }

    /// <summary>Evaluate before the first update too.</summary>
    public bool EvalOnStart { get; init; }

    /// <summary>Rows of an evaluation batch.</summary>
    [Number(Min = 1)]
    public int PerDeviceEvalBatchSize { get; init; } = 8;

    /// <summary>Evaluations give the share of learned tokens that are the most probable ones.</summary>
    public bool ComputeAccuracy { get; init; }

    /// <summary>Width of the beam search in predictions; null is <c>num_beams</c>.</summary>
    [Number(Min = 1)]
    public int? EvalNumBeams { get; init; }

    /// <summary>At the end take the weights of the best checkpoint.</summary>
    public bool LoadBestModelAtEnd { get; init; }

    /// <summary>The evaluated value that says which checkpoint is best; null is <c>loss</c>.</summary>
    public string? MetricForBestModel { get; init; }

    /// <summary>Whether a greater value is better; null is no for values whose name ends in loss, else yes.</summary>
    public bool? GreaterIsBetter { get; init; }

    /// <summary>End the run after so many evaluations in a row that are no better than the best.</summary>
    [Number(Min = 1)]
    public int? EarlyStoppingSteps { get; init; }

    /// <summary>Log the first update too.</summary>
    public bool LoggingFirstStep { get; init; }

    /// <summary>When the log is written.</summary>
    [OneOf("steps", "epoch", "no")]
    public string LoggingStrategy { get; init; } = "steps";

    /// <summary>Whether the run trains: asked for, or nothing else is.</summary>
    public bool Trains => DoTrain || !DoEval && !DoPredict && !Origins.ContainsKey("do_train");

    /// <summary>Whether the finished model is evaluated.</summary>
    public bool Evaluates => DoEval || Trains && EvalStrategy != "no";

    /// <summary>Whether evaluations choose a best checkpoint.</summary>
    public bool ChoosesBest => LoadBestModelAtEnd || MetricForBestModel is not null || EarlyStoppingSteps is not null || SaveStrategy == "best" || LrSchedulerType == "reduce_lr_on_plateau";

    /// <summary>The value that chooses, named as in the results: eval_loss.</summary>
    public string BestMetric => MetricForBestModel is null ? "eval_loss" : MetricForBestModel.StartsWith("eval_", StringComparison.Ordinal) ? MetricForBestModel : "eval_" + MetricForBestModel;

    /// <summary>Whether greater values of <see cref="BestMetric"/> are better.</summary>
    public bool BestIsGreatest => GreaterIsBetter ?? !BestMetric.EndsWith("loss", StringComparison.Ordinal);
}

namespace Pure.Tuner;

/// <summary>What is known before the first update.</summary>
/// <param name="Model">The model, adapter in place.</param>
/// <param name="Plan">How long the run is.</param>
/// <param name="Setup">The rows.</param>
/// <param name="TrainedElements">Elements of all trained tensors.</param>
internal sealed record TrainingSummary(LanguageModel Model, TrainingPlan Plan, RunSetup Setup, long TrainedElements)
{
    /// <summary>What memory the run will take; null on devices that cannot be rehearsed.</summary>
    public MemoryPlan? Memory { get; init; }
}

/// <summary>How a run ended.</summary>
/// <param name="Training">What training gave; null where there was none.</param>
/// <param name="TokensPerSecond">Tokens of all rows over the time of training.</param>
/// <param name="Metrics">What evaluation and prediction gave.</param>
/// <param name="Answers">Questions answered before and after.</param>
/// <param name="Output">The folder.</param>
internal sealed record RunEnd(TrainResults? Training, double TokensPerSecond, IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<AnswerPair> Answers, string Output);

/// <summary>Who is told how a run goes: the terminal, a page, a test.</summary>
internal interface ITrainingReport
{
    /// <summary>One line worth reading.</summary>
    void Notice(string line);

    /// <summary>Everything is loaded; the first update comes next.</summary>
    void Begin(TrainingSummary summary);

    /// <summary>An update is done.</summary>
    void Step(TrainingProgress progress);

    /// <summary>Work beside the updates goes on: rows are encoded, an evaluation runs.</summary>
    void Working(string what, int done, int all) { }

    /// <summary>An evaluation is done.</summary>
    void Evaluated(int step, IReadOnlyDictionary<string, double> metrics) { }

    /// <summary>The run is done and its files are written.</summary>
    void End(RunEnd end);
}

/// <summary>Says nothing.</summary>
internal sealed class SilentReport : ITrainingReport
{
    public void Notice(string line) { }
    public void Begin(TrainingSummary summary) { }
    public void Step(TrainingProgress progress) { }
    public void End(RunEnd end) { }
}

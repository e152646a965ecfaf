namespace Pure.Tuner;

/// <summary>What is known before the first update.</summary>
internal sealed record TrainingSummary(LanguageModel Model, TrainingPlan Plan, EncodedRow[] Rows, long TrainedElements, int RowsKept, int RowsDropped)
{
    /// <summary>What memory the run will take; null on devices that cannot be rehearsed.</summary>
    public MemoryPlan? Memory { get; init; }
}

/// <summary>Who is told how a run goes: the terminal, a page, a test.</summary>
internal interface ITrainingReport
{
    /// <summary>One line worth reading.</summary>
    void Notice(string line);

    /// <summary>Everything is loaded; the first update comes next.</summary>
    void Begin(TrainingSummary summary);

    /// <summary>An update is done.</summary>
    void Step(TrainingProgress progress);

    /// <summary>The run is done and its files are written.</summary>
    void End(TrainResults results, double tokensPerSecond, IReadOnlyList<AnswerPair> answers, string output);
}

/// <summary>Says nothing.</summary>
internal sealed class SilentReport : ITrainingReport
{
    public void Notice(string line) { }
    public void Begin(TrainingSummary summary) { }
    public void Step(TrainingProgress progress) { }
    public void End(TrainResults results, double tokensPerSecond, IReadOnlyList<AnswerPair> answers, string output) { }
}

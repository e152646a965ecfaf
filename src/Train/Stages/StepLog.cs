namespace Pure.Tuner;

/// <summary>Gathers the losses of updates until a line of the log is due.</summary>
internal sealed class StepLog(Recipe recipe, TrainingPlan plan, TrainerState state, RunRecorder recorder)
{
    private readonly List<double> _losses = [];

    /// <summary>Losses since the last line.</summary>
    internal double[] Pending => [.. _losses];

    /// <summary>Takes up the losses that a stopped run had not logged yet.</summary>
    internal void Resume(IEnumerable<double> pending) => _losses.AddRange(pending);

    /// <summary>Counts an update and writes a line when one is due.</summary>
    internal void Step(Update update, TimeSpan elapsed)
    {
        (state.GlobalStep, state.Epoch) = (update.Done, update.Progress.Epoch);
        if (update.Result.HasLoss) _losses.Add(update.Result.Loss);
        if (!IsDue(update.Done) || _losses.Count == 0) return;                   // without a loss there is nothing to tell
        recorder.Step(elapsed, _losses.Average(), recipe.ResolvedMaxGradNorm > 0 && !update.Result.IsSkipped ? update.Result.GradNorm : null, update.Result.LearningRate, update.Progress.TokensPerSecond);
        _losses.Clear();
    }

    private bool IsDue(int step) => recipe.LoggingStrategy switch
    {
        "no" => false,
        "epoch" => step % plan.UpdatesPerEpoch == 0 || step == plan.TotalSteps,
        _ => step % plan.LoggingSteps == 0 || step == 1 && recipe.LoggingFirstStep,
    };
}

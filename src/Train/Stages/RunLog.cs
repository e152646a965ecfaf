namespace Pure.Tuner;

/// <summary>Everything a run writes down while it goes on: history, trainer_log.jsonl, and whatever report_to names.</summary>
internal sealed class RunLog(Recipe recipe, TrainingPlan plan, TrainerState state, TrainerLog log)
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
        _losses.Add(update.Result.Loss);
        if (!IsDue(update.Done)) return;
        double loss = _losses.Average();
        _losses.Clear();
        state.Log(update.Done, state.Epoch, loss, recipe.MaxGradNorm > 0 ? update.Result.GradNorm : null, update.Result.LearningRate);
        log.Add(update.Done, state.Epoch, elapsed, loss, update.Result.LearningRate);
    }

    /// <summary>Writes an evaluation down.</summary>
    internal void Evaluated(IReadOnlyDictionary<string, double> metrics, TimeSpan elapsed) => state.LogEvaluation(metrics);

    /// <summary>The last line.</summary>
    internal void Finish(TrainResults results, TimeSpan elapsed) => log.Add(results.Steps, results.Epoch, elapsed);

    private bool IsDue(int step) => recipe.LoggingStrategy switch
    {
        "no" => false,
        "epoch" => step % plan.UpdatesPerEpoch == 0 || step == plan.TotalSteps,
        _ => step % plan.LoggingSteps == 0 || step == 1 && recipe.LoggingFirstStep,
    };
}

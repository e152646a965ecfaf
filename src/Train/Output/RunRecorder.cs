namespace Pure.Tuner;

/// <summary>Everything that a run logs, told once and written everywhere: trainer_state.json's history, trainer_log.jsonl, and what report_to names.</summary>
internal sealed class RunRecorder : IDisposable
{
    private readonly TrainerState _state;
    private readonly TrainerLog _log;
    private readonly RunLog _others;

    /// <param name="recipe">Names output_dir and report_to.</param>
    /// <param name="state">The state of the run, <see cref="TrainerState.Resume"/>d where it goes on.</param>
    /// <param name="before">Time of the run before it goes on.</param>
    public RunRecorder(Recipe recipe, TrainerState state, TimeSpan before = default)
    {
        _state = state;
        _log = new TrainerLog(recipe.OutputDir!, state.MaxSteps, state.GlobalStep > 0 ? state : null, before);
        _others = RunLog.For(recipe);
        _others.Begin(RecipeWriter.ToYaml(recipe), state.GlobalStep);
    }

    /// <summary>Logs the update that <see cref="TrainerState.GlobalStep"/> counts.</summary>
    /// <param name="elapsed">Time of the run so far.</param>
    /// <param name="loss">Mean loss since the last entry.</param>
    /// <param name="gradNorm">Length of the gradient before clipping, where it was computed.</param>
    /// <param name="learningRate">The rate that the update used.</param>
    /// <param name="tokensPerSecond">The speed, for the table and TensorBoard.</param>
    /// <param name="more">What a stage adds, such as rewards/accuracies.</param>
    public void Step(TimeSpan elapsed, double loss, double? gradNorm, double learningRate, double? tokensPerSecond = null, IReadOnlyDictionary<string, double>? more = null)
    {
        IReadOnlyDictionary<string, object?> entry = _state.Log(_state.GlobalStep, _state.Epoch, loss, gradNorm, learningRate, more);
        _log.Add(Line(elapsed) with
        {
            Loss = loss,
            LearningRate = learningRate,
            Accuracy = more?.TryGetValue("rewards/accuracies", out double accuracy) == true ? accuracy : null,
            Reward = more?.TryGetValue("reward", out double reward) == true ? reward : null,
        });
        Dictionary<string, double> values = RunLog.Numbers(entry);
        if (tokensPerSecond is { } speed) values["tokens_per_second"] = speed;
        _others.Log(_state.GlobalStep, values);
    }

    /// <summary>Logs an evaluation.</summary>
    /// <param name="elapsed">Time of the run so far.</param>
    /// <param name="values">eval_loss, eval_accuracy, eval_runtime and so on.</param>
    public void Evaluation(TimeSpan elapsed, IReadOnlyDictionary<string, object?> values)
    {
        IReadOnlyDictionary<string, object?> entry = _state.LogEvaluation(values);
        _log.Add(Line(elapsed) with { EvalLoss = entry.TryGetValue("eval_loss", out object? loss) ? Convert.ToDouble(loss, null) : null });
        _others.Log(_state.GlobalStep, RunLog.Numbers(entry));
    }

    /// <summary>Logs the results of the finished run.</summary>
    public void Finish(TimeSpan elapsed, TrainResults results)
    {
        _log.Add(Line(elapsed));
        _state.Finish(results);
        _others.Log(_state.GlobalStep, RunLog.Numbers(_state.LogHistory[^1]));
    }

    public void Dispose() => _others.Dispose();

    private TrainerLogLine Line(TimeSpan elapsed) => new(_state.GlobalStep, _state.MaxSteps, elapsed) { Epoch = _state.Epoch, TotalTokens = _state.NumInputTokensSeen };
}

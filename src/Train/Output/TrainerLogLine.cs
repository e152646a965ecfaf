namespace Pure.Tuner;

/// <summary>One line of trainer_log.jsonl.</summary>
/// <param name="Step">Updates done; batches done in an evaluation without training.</param>
/// <param name="TotalSteps">All there are.</param>
/// <param name="Elapsed">Time so far.</param>
internal sealed record TrainerLogLine(int Step, int TotalSteps, TimeSpan Elapsed)
{
    /// <summary>Mean loss since the last line.</summary>
    public double? Loss { get; init; }

    /// <summary>Loss of an evaluation.</summary>
    public double? EvalLoss { get; init; }

    /// <summary>Loss of a prediction.</summary>
    public double? PredictLoss { get; init; }

    /// <summary>Mean reward, stage ppo.</summary>
    public double? Reward { get; init; }

    /// <summary>rewards/accuracies of the preference stages.</summary>
    public double? Accuracy { get; init; }

    /// <summary>The rate that the update used.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Epochs done, as a fraction.</summary>
    public double? Epoch { get; init; }

    /// <summary>Tokens gone through, where they are counted.</summary>
    public long TotalTokens { get; init; }

    /// <summary>The text: the order of the keys is the contract, what has no value is left out.</summary>
    public string ToJson()
    {
        var line = new List<KeyValuePair<string, object?>> { new("current_steps", Step), new("total_steps", TotalSteps) };
        void Put(string key, double? value)
        {
            if (value is { } v) line.Add(new(key, v));
        }
        Put("loss", Loss is { } loss ? PythonFloat.Round(loss, 4) : null);
        Put("eval_loss", EvalLoss);
        Put("predict_loss", PredictLoss);
        Put("reward", Reward);
        Put("accuracy", Accuracy);
        Put("lr", LearningRate);
        Put("epoch", Epoch);
        Put("percentage", TotalSteps == 0 ? 100.0 : PythonFloat.Round((double)Step / TotalSteps * 100, 2));
        line.Add(new("elapsed_time", TrainerLog.Clock(Elapsed)));
        line.Add(new("remaining_time", TrainerLog.Clock(TrainingProgress.Estimate(Elapsed, Step, TotalSteps))));
        if (TotalTokens > 0)
        {
            Put("throughput", PythonFloat.Round(TotalTokens / Math.Max(1e-9, Elapsed.TotalSeconds), 2));
            line.Add(new("total_tokens", TotalTokens));
        }
        return PythonJson.Write(line, 0);
    }
}

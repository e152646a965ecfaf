namespace Pure.Tuner;

/// <summary>What a finished run reports: train_results.json, and the last entry of the log history.</summary>
/// <param name="Epoch">Epochs done, as a fraction.</param>
/// <param name="TotalFlos">Floating-point operations by the usual estimate: 6 times weights times tokens, padding counted.</param>
/// <param name="TrainLoss">Mean of the losses of all updates.</param>
/// <param name="Runtime">Time of the run.</param>
/// <param name="Samples">Rows gone through.</param>
/// <param name="Steps">Updates done.</param>
public sealed record TrainResults(double Epoch, double TotalFlos, double TrainLoss, TimeSpan Runtime, double Samples, int Steps)
{
    /// <summary>Tokens gone through, where they are counted (include_num_input_tokens_seen).</summary>
    public long? NumInputTokensSeen { get; init; }

    /// <summary>Tokens of the data times epochs over the time, where they are asked for (include_effective_tokens_per_second); see <see cref="TokensPerSecond"/>.</summary>
    public double? EffectiveTokensPerSecond { get; init; }

    /// <summary>Tokens gone through over the time, where they are asked for (include_tokens_per_second).</summary>
    public double? TrainTokensPerSecond { get; init; }

    /// <summary>The reference's throughput: tokens of all rows, once for each epoch, over the time of the run; padding is not counted.</summary>
    /// <param name="rowTokens">Tokens of all rows of the data together; both answers of a pair.</param>
    /// <param name="epochs">Epochs done, as a fraction.</param>
    /// <param name="runtime">Time of the run.</param>
    public static double TokensPerSecond(long rowTokens, double epochs, TimeSpan runtime) => rowTokens * epochs / PythonFloat.Round(runtime.TotalSeconds, 4);

    /// <summary>Rows gone through as the reference counts them: whole batches when steps were given, else rows times epochs.</summary>
    public static double CountSamples(TrainingPlan plan, Recipe recipe) =>
        recipe.MaxSteps > 0 ? (double)plan.TotalSteps * plan.BatchSize * plan.Accumulation : plan.Rows * recipe.NumTrainEpochs;

    /// <summary>The usual estimate of the operations of training: 6 for each weight and place.</summary>
    /// <param name="weights">Elements of all parameters but the embeddings (a tied head is one), adapters counted.</param>
    /// <param name="places">Sum of <see cref="Batch.PaddedElements"/> over all micro-batches.</param>
    public static double Flos(long weights, long places) => 6.0 * weights * places;

    internal Dictionary<string, object?> Values()
    {
        var values = new Dictionary<string, object?>
        {
            ["epoch"] = Epoch,
            ["total_flos"] = TotalFlos,
            ["train_loss"] = TrainLoss,
        };
        ResultFiles.AddSpeed(values, "train", Runtime, Samples, Steps);
        if (TrainTokensPerSecond is { } speed) values["train_tokens_per_second"] = PythonFloat.Round(speed, 3);
        if (NumInputTokensSeen is { } tokens) values["num_input_tokens_seen"] = tokens;
        return values;
    }

    /// <summary>The values of train_results.json: those of the log, and the throughput, which the reference adds after the last entry.</summary>
    private Dictionary<string, object?> FileValues()
    {
        Dictionary<string, object?> values = Values();
        if (EffectiveTokensPerSecond is { } speed) values["effective_tokens_per_sec"] = speed;
        return values;
    }

    internal string ToJson() => PythonJson.Write(FileValues(), 4, sorted: true);

    /// <summary>Writes train_results.json and adds its values to all_results.json.</summary>
    public void Save(string folder) => ResultFiles.Save(folder, "train", FileValues());
}

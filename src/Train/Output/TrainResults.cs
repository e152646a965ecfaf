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
    /// <summary>Rows gone through as the reference counts them: whole batches when steps were given, else rows times epochs.</summary>
    public static double CountSamples(TrainingPlan plan, Recipe recipe) =>
        recipe.MaxSteps > 0 ? (double)plan.TotalSteps * plan.BatchSize * plan.Accumulation : plan.Rows * recipe.NumTrainEpochs;

    /// <summary>The usual estimate of the operations of training: 6 for each weight and place.</summary>
    /// <param name="weights">Elements of all parameters but the embeddings (a tied head is one), adapters counted.</param>
    /// <param name="places">Sum of <see cref="Batch.PaddedElements"/> over all micro-batches.</param>
    public static double Flos(long weights, long places) => 6.0 * weights * places;

    internal Dictionary<string, object?> Values() => new()
    {
        ["epoch"] = Epoch,
        ["total_flos"] = TotalFlos,
        ["train_loss"] = TrainLoss,
        ["train_runtime"] = PythonFloat.Round(Runtime.TotalSeconds, 4),
        ["train_samples_per_second"] = PythonFloat.Round(Samples / Runtime.TotalSeconds, 3),
        ["train_steps_per_second"] = PythonFloat.Round(Steps / Runtime.TotalSeconds, 3),
    };

    internal string ToJson() => PythonJson.Write(Values(), 4, sorted: true);

    /// <summary>Writes train_results.json and all_results.json.</summary>
    public void Save(string folder)
    {
        AtomicFile.WriteText(Path.Combine(folder, "train_results.json"), ToJson());
        AtomicFile.WriteText(Path.Combine(folder, "all_results.json"), ToJson());
    }
}

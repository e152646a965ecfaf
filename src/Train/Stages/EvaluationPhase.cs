namespace Pure.Tuner;

/// <summary>Evaluates the model as it is on the evaluation rows, and lets it answer them.</summary>
internal sealed class EvaluationPhase(Recipe recipe, ITrainingReport report, RunSetup setup)
{
    /// <summary>What the model said to each row in the last prediction.</summary>
    internal IReadOnlyList<Prediction> Predictions { get; private set; } = [];

    /// <summary>Values by name, each beginning with the prefix; by set where sets are told apart.</summary>
    internal Dictionary<string, double> Run(string prefix, CancellationToken cancel)
    {
        using ProfileSpan span = Profile.Phase("evaluation");
        var all = new Dictionary<string, double>();
        foreach ((string name, IReadOnlyList<EncodedRow> rows) in setup.Data.Evaluation)
        {
            string own = name.Length > 0 ? $"{prefix}_{name}" : prefix;
            foreach ((string key, double value) in recipe.PredictWithGenerate ? Predict(own, rows, cancel) : Loss(own, rows, cancel)) all[key] = value;
        }
        return all;
    }

    /// <summary>Lets the model answer the rows of every set.</summary>
    internal Dictionary<string, double> Predict(string prefix, CancellationToken cancel) => Predict(prefix, [.. setup.Data.Evaluation.SelectMany(e => e.Rows)], cancel);

    private Dictionary<string, double> Loss(string prefix, IReadOnlyList<EncodedRow> rows, CancellationToken cancel)
    {
        EvaluationResult r = new EvaluationLoop(setup.Model.Decoder, recipe.PerDeviceEvalBatchSize, recipe.ComputeAccuracy && recipe.Stage != "pt") { LabelSmoothing = recipe.LabelSmoothingFactor, DropLast = recipe.DataloaderDropLast }
            .Run(rows, (done, all) => report.Working("evaluation", done, all), cancel);
        var metrics = new Dictionary<string, double> { [$"{prefix}_loss"] = r.Loss };
        if (r.Accuracy is { } accuracy) metrics[$"{prefix}_accuracy"] = accuracy;
        AddTimes(metrics, prefix, r.Runtime, r.Rows, r.Batches);
        return metrics;
    }

    private Dictionary<string, double> Predict(string prefix, IReadOnlyList<EncodedRow> rows, CancellationToken cancel)
    {
        GenerationOptions options = InferenceRecipe.Options(recipe.EvalNumBeams is { } beams ? recipe with { NumBeams = beams } : recipe, setup.Chat.StopIds) with { PadTokenId = setup.Chat.Tokens.PadId };
        int batches = EvaluationLoop.Batches(rows.Count, recipe.PerDeviceEvalBatchSize, recipe.DataloaderDropLast);
        rows = [.. rows.Take(batches * recipe.PerDeviceEvalBatchSize)];
        (List<Prediction> predictions, TimeSpan runtime) = new PredictionLoop(setup.Model, options, recipe.PerDeviceEvalBatchSize, recipe.SkipSpecialTokens)
            .Run(rows, (done, all) => report.Working("prediction", done, all), cancel);
        Predictions = predictions;
        var metrics = new Dictionary<string, double>();
        foreach ((string key, object? value) in GeneratedPredictions.Results([.. predictions.Select(p => (p.SaidPlainly, p.WantedPlainly))]))
            metrics[prefix + key["predict".Length..]] = Convert.ToDouble(value, null);
        AddTimes(metrics, prefix, runtime, rows.Count, batches);
        return metrics;
    }

    /// <summary>Values as an entry of a log or a file of results.</summary>
    internal static Dictionary<string, object?> Entry(IReadOnlyDictionary<string, double> metrics) => metrics.ToDictionary(m => m.Key, m => (object?)m.Value);

    private void AddTimes(Dictionary<string, double> metrics, string prefix, TimeSpan runtime, int rows, int batches)
    {
        double seconds = Math.Max(1e-9, runtime.TotalSeconds);
        // The reference tells it where no training has made the model ready before.
        if (!recipe.Trains) metrics[$"{prefix}_model_preparation_time"] = PythonFloat.Round(setup.Preparation.TotalSeconds, 4);
        metrics[$"{prefix}_runtime"] = PythonFloat.Round(seconds, 4);
        metrics[$"{prefix}_samples_per_second"] = PythonFloat.Round(rows / seconds, 3);
        metrics[$"{prefix}_steps_per_second"] = PythonFloat.Round(batches / seconds, 3);
    }
}

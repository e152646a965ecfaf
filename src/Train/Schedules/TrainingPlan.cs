namespace Pure.Tuner;

/// <summary>How long a run is: batches, updates, epochs and warm-up, counted as Hugging Face's Trainer counts them.</summary>
public sealed record TrainingPlan
{
    /// <param name="rows">Rows of the processed data.</param>
    /// <param name="recipe">Batch size, accumulation, epochs or steps, warm-up, and when to log and save.</param>
    /// <exception cref="UsageException">There are no rows, or fewer than one batch when the last batch is left out.</exception>
    public TrainingPlan(int rows, Recipe recipe)
        : this(rows, recipe.PerDeviceTrainBatchSize, recipe.GradientAccumulationSteps, recipe.NumTrainEpochs, recipe.MaxSteps, recipe.DataloaderDropLast)
    {
        if (BatchesPerEpoch == 0) throw new UsageException($"dataloader_drop_last: {rows} rows do not fill a batch of {BatchSize}; leave it out or lower per_device_train_batch_size");
        WarmupSteps = Warmup(TotalSteps, recipe.WarmupSteps, recipe.WarmupRatio);
        LoggingSteps = Every(recipe.LoggingSteps);
        SaveSteps = Every(recipe.SaveSteps);
        EvalSteps = recipe.EvalSteps is { } steps ? Every(steps) : recipe.EvalStrategy == "steps" ? LoggingSteps : EvalSteps;
    }

    /// <summary>The plan of a stream: its length is not known, so the whole run counts as one epoch.</summary>
    internal static TrainingPlan Streamed(Recipe recipe) => new(checked(recipe.MaxSteps * recipe.GradientAccumulationSteps * recipe.PerDeviceTrainBatchSize), recipe);

    internal TrainingPlan(int rows, int batchSize, int accumulation, double epochs, int maxSteps, bool dropLast)
    {
        if (rows <= 0) throw new UsageException("dataset: no rows to train on; look at the notices about left-out rows");
        (Rows, BatchSize, Accumulation) = (rows, batchSize, accumulation);
        BatchesPerEpoch = dropLast ? rows / batchSize : (rows + batchSize - 1) / batchSize;
        UpdatesPerEpoch = Math.Max(1, (BatchesPerEpoch + accumulation - 1) / accumulation);
        TotalSteps = maxSteps > 0 ? maxSteps : checked((int)Math.Ceiling(epochs * UpdatesPerEpoch));
        Epochs = maxSteps > 0 ? (maxSteps + UpdatesPerEpoch - 1) / UpdatesPerEpoch : (int)Math.Ceiling(epochs);
    }

    /// <summary>Rows of the data.</summary>
    public int Rows { get; }

    /// <summary>Rows of a micro-batch.</summary>
    public int BatchSize { get; }

    /// <summary>Micro-batches of an update; the last update of an epoch may have fewer.</summary>
    public int Accumulation { get; }

    /// <summary>Micro-batches of an epoch.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>Updates of an epoch.</summary>
    public int UpdatesPerEpoch { get; }

    /// <summary>Epochs begun.</summary>
    public int Epochs { get; }

    /// <summary>Updates of the whole run.</summary>
    public int TotalSteps { get; }

    /// <summary>Updates in which the rate rises.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>Updates between two log lines.</summary>
    public int LoggingSteps { get; init; } = 500;

    /// <summary>Updates between two checkpoints.</summary>
    public int SaveSteps { get; init; } = 500;

    /// <summary>Updates between two evaluations.</summary>
    public int EvalSteps { get; init; } = 500;

    /// <summary>The epoch as a fraction after update <paramref name="step"/> (counted from 1).</summary>
    public double EpochAt(int step)
    {
        if (step == 0) return 0;
        int epoch = (step - 1) / UpdatesPerEpoch;
        int batches = Math.Min((step - epoch * UpdatesPerEpoch) * Accumulation, BatchesPerEpoch);
        return epoch + (double)batches / BatchesPerEpoch;
    }

    /// <summary>warmup_steps when above 0, else the share of all steps, rounded up.</summary>
    internal static int Warmup(int totalSteps, int warmupSteps, double warmupRatio) =>
        warmupSteps > 0 ? warmupSteps : (int)Math.Ceiling(totalSteps * warmupRatio);

    // A value below 1 is a share of the run.
    private int Every(double steps) => steps < 1 ? (int)Math.Ceiling(TotalSteps * steps) : (int)steps;
}

namespace Pure.Tuner;

/// <summary>Settings of <see cref="SftTrainer"/>.</summary>
public sealed record SftOptions
{
    /// <summary>Name of the template that turns rows into ids.</summary>
    public string Template { get; init; } = "default";

    /// <summary>Most tokens of a row.</summary>
    public int CutoffLen { get; init; } = 2048;

    /// <summary>Rows of a micro-batch.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Micro-batches of an update.</summary>
    public int GradientAccumulationSteps { get; init; } = 8;

    /// <summary>Times through the rows.</summary>
    public double Epochs { get; init; } = 3;

    /// <summary>Updates; above 0 in place of <see cref="Epochs"/>.</summary>
    public int MaxSteps { get; init; } = -1;

    /// <summary>Highest learning rate.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>Curve of the rate.</summary>
    public string LrSchedulerType { get; init; } = "cosine";

    /// <summary>Share of the updates in which the rate rises.</summary>
    public double WarmupRatio { get; init; } = 0.1;

    /// <summary>Decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Bound of the gradient's length; 0 for none.</summary>
    public double MaxGradNorm { get; init; } = 1;

    /// <summary>Seed of order and dropout.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>Keep only each layer's input and run it again in backward: less memory, same bits, more time.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>A loss of one's own in place of the negative log-likelihood; null for that.</summary>
    /// <example><c>LossSum = (model, batch) => (model.NegativeLogLikelihood(batch) * weights).Sum()</c></example>
    public LossSum? LossSum { get; init; }
}

/// <summary>The loss of a micro-batch, [1]: a sum over its learned tokens. The trainer divides it by the learned tokens of the whole update.</summary>
/// <param name="model">The model that is trained.</param>
/// <param name="batch">Rows without padding.</param>
public delegate Tensor LossSum(LanguageModel model, Batch batch);

/// <summary>Supervised fine-tuning of a loaded model on rows in memory: the adapter when it has one, else all weights.</summary>
public sealed class SftTrainer(LanguageModel model, SftOptions options)
{
    /// <summary>Trains on a thread of its own.</summary>
    /// <param name="rows">Conversations.</param>
    /// <param name="progress">Told after each update.</param>
    /// <param name="cancel">Ends after the present update.</param>
    /// <exception cref="UsageException">A row or an option is wrong.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; what was learned so far stays.</exception>
    public Task TrainAsync(IReadOnlyList<TrainingRow> rows, IProgress<TrainingProgress>? progress = null, CancellationToken cancel = default) =>
        Task.Factory.StartNew(() => Train(rows, progress, cancel), cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Train(IReadOnlyList<TrainingRow> rows, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        model.Turn.Wait(cancel);
        try { Run(rows, progress, cancel); }
        finally { model.Turn.Release(); }
    }

    private void Run(IReadOnlyList<TrainingRow> rows, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        var encoder = new SupervisedEncoder(new ChatEncoder(Template.Get(options.Template), model.Tokenizer), options.CutoffLen);
        encoder.Chat.RequireVocabulary();
        EncodedRow[] encoded = [.. rows.Select(encoder.Encode)];
        var plan = new TrainingPlan(encoded.Length, options.BatchSize, options.GradientAccumulationSteps, options.Epochs, options.MaxSteps, dropLast: false);
        IReadOnlyList<(string Name, Parameter Parameter)> trained = model.Trainables();
        using var gradients = new Gradients(trained.Select(t => t.Parameter));
        using var optimizer = new AdamW(ParameterGroups.Trainer(trained, options.LearningRate, options.WeightDecay));
        var schedule = new LearningRateSchedule(options.LrSchedulerType, options.LearningRate, TrainingPlan.Warmup(plan.TotalSteps, 0, options.WarmupRatio), plan.TotalSteps);
        var step = new SupervisedStep(model.Decoder, gradients, optimizer, schedule, options.MaxGradNorm)
        {
            Checkpoints = options.GradientCheckpointing,
            Seed = options.Seed,
            Scaler = LossScaler.For(model.Backend),
            OwnLoss = options.LossSum is { } loss ? batch => loss(model, batch) : null,
        };
        cancel.ThrowIfCancellationRequested();
        foreach (Update update in new TrainingLoop(new MappedExamples(encoded, new ExampleOrder(plan, options.Seed, shuffle: true)), plan, step).Run())
        {
            progress?.Report(update.Progress);
            cancel.ThrowIfCancellationRequested();
        }
    }
}

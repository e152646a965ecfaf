namespace Pure.Tuner;

public sealed partial record Recipe
{
    /// <summary>The folder that receives everything.</summary>
    public string? OutputDir { get; init; }

    /// <summary>Whether a folder that holds files may be written to.</summary>
    public bool OverwriteOutputDir { get; init; }

    /// <summary>Rows of a micro-batch.</summary>
    [Number(Min = 1)]
    public int PerDeviceTrainBatchSize { get; init; } = 8;

    /// <summary>Micro-batches of an update.</summary>
    [Number(Min = 1)]
    public int GradientAccumulationSteps { get; init; } = 1;

    /// <summary>The highest learning rate.</summary>
    [Number(Min = 0)]
    public double LearningRate { get; init; } = 5e-5;

    /// <summary>How often the data is gone through.</summary>
    [Number(Min = 0, Above = true)]
    public double NumTrainEpochs { get; init; } = 3.0;

    /// <summary>Number of updates, in place of the epochs when above 0.</summary>
    [Number(Min = 1, Except = -1)]
    public int MaxSteps { get; init; } = -1;

    /// <summary>How the learning rate moves.</summary>
    [OneOf("linear", "cosine", "cosine_with_restarts", "polynomial", "constant", "constant_with_warmup", "inverse_sqrt", "cosine_with_min_lr", "cosine_warmup_with_min_lr", "warmup_stable_decay", "reduce_lr_on_plateau", Later = "greedy", Cure = "use 'reduce_lr_on_plateau', which follows evaluations too")]
    public string LrSchedulerType { get; init; } = "linear";

    /// <summary>Further numbers of the schedule.</summary>
    public IReadOnlyDictionary<string, object?> LrSchedulerKwargs { get; init; } = new Dictionary<string, object?>();

    /// <summary>Share of the updates in which the rate rises.</summary>
    [Number(Min = 0, Max = 1)]
    public double WarmupRatio { get; init; }

    /// <summary>Updates in which the rate rises, in place of the share when above 0.</summary>
    [Number(Min = 0)]
    public int WarmupSteps { get; init; }

    /// <summary>Decay of the weights.</summary>
    [Number(Min = 0)]
    public double WeightDecay { get; init; }

    /// <summary>Longest gradient; 0 does not clip.</summary>
    [Number(Min = 0)]
    public double MaxGradNorm { get; init; } = 1.0;

    /// <summary>Decay of the first moment.</summary>
    [Number(Min = 0, Max = 1)]
    public double AdamBeta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    [Number(Min = 0, Max = 1)]
    public double AdamBeta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment.</summary>
    [Number(Min = 0)]
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <summary>Whether products of matrices take BF16 operands, where the device multiplies them, and add up in F32.</summary>
    public bool Bf16 { get; init; }

    /// <summary>The same with F16.</summary>
    public bool Fp16 { get; init; }

    /// <summary>Updates between two log lines; below 1 a share of all updates.</summary>
    [Number(Min = 0, Above = true)]
    public double LoggingSteps { get; init; } = 500;

    /// <summary>Updates between two checkpoints; below 1 a share of all updates.</summary>
    [Number(Min = 0, Above = true)]
    public double SaveSteps { get; init; } = 500;

    /// <summary>When checkpoints are written.</summary>
    [OneOf("steps", "epoch", "no", "best")]
    public string SaveStrategy { get; init; } = "steps";

    /// <summary>How many checkpoints are kept; null keeps all.</summary>
    [Number(Min = 1)]
    public int? SaveTotalLimit { get; init; }

    /// <summary>Checkpoints without what is needed to go on training.</summary>
    public bool SaveOnlyModel { get; init; }

    /// <summary>The checkpoint to go on from: a folder, or <c>true</c> for the last one in <see cref="OutputDir"/>. Null goes on from the last one too where nothing may be overwritten; <c>false</c> never does.</summary>
    public string? ResumeFromCheckpoint { get; init; }

    /// <summary>Seed of everything random.</summary>
    [Number(Min = 0, Max = uint.MaxValue)]
    public long Seed { get; init; } = 42;

    /// <summary>Seed of the order of rows, where it is not <see cref="Seed"/>.</summary>
    [Number(Min = 0, Max = uint.MaxValue)]
    public long? DataSeed { get; init; }

    /// <summary>Draw the curve of the loss.</summary>
    public bool PlotLoss { get; init; }

    /// <summary>Put rows of like length into the same updates: random groups of rows, each sorted by length.</summary>
    public bool GroupByLength { get; init; }

    /// <summary>Leave the last, smaller batch of an epoch out, and of an evaluation.</summary>
    public bool DataloaderDropLast { get; init; }

    /// <summary>Recompute no activations; when neither is given, they are recomputed only where the run would not fit in memory.</summary>
    public bool? DisableGradientCheckpointing { get; init; }

    /// <summary>Recompute activations: less memory, more time, the same results; when neither is given, only where the run would not fit in memory.</summary>
    public bool? GradientCheckpointing { get; init; }

    /// <summary>What the recipe says about recomputing activations, or null.</summary>
    public bool? Checkpointing => DisableGradientCheckpointing is { } disabled ? !disabled : GradientCheckpointing;

    /// <summary>Seed of the order of rows.</summary>
    public long ResolvedDataSeed => DataSeed ?? Seed;
}

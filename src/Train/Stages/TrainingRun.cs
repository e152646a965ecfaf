namespace Pure.Tuner;

/// <summary>Stages pt and sft: a recipe from its first line to the files of the finished run.</summary>
internal sealed class TrainingRun(Recipe recipe, ITrainingReport report)
{
    /// <summary>Called after each update with its rows and micro-batches: for tests.</summary>
    internal Action<int, StepResult, int[][], Batch[]>? OnStep { get; init; }

    /// <summary>Called once before the first update.</summary>
    internal Action<LanguageModel, TrainingPlan>? OnBegin { get; init; }

    /// <summary>The loss scale to begin with, where products are of F16; null for the usual one. For tests.</summary>
    internal LossScaler.State? LossScale { get; init; }

    /// <summary>Called once before the model is given back.</summary>
    internal Action<LanguageModel>? OnEnd { get; init; }

    /// <summary>Has the products of matrices round their operands as the recipe asks, where the device can; says what is computed how.</summary>
    private string Products(Backend backend)
    {
        (string key, DType type) = recipe.Bf16 ? ("bf16", DType.BF16) : ("fp16", DType.F16);
        if (!backend.Multiplies(type))
            return $"{key}: true: the frozen base stays stored as in the file{(recipe.PureBf16 ? " and trained tensors in bf16 (pure_bf16); computation is" : "; computation and trained tensors are")} f32 on this device{(type == DType.BF16 && backend is CpuBackend cpu ? $" ({cpu.MatrixUnitState})" : "")}";
        backend.ProductType = type;
        return $"{key}: true: products of matrices take {type.Name} and add up in f32; norms, softmax, loss{(recipe.PureBf16 ? " and optimizer are f32, trained tensors are stored in bf16 (pure_bf16)" : ", trained tensors and optimizer are f32")}{(backend is CpuBackend served ? $" ({served.MatrixUnitState})" : "")}";
    }

    /// <returns>What training gave; null where the recipe only evaluates or predicts.</returns>
    /// <exception cref="UsageException">The recipe, a file or a row is wrong.</exception>
    /// <exception cref="TrainingStoppedException">It was cancelled; the state was saved.</exception>
    /// <exception cref="IOException">A disk is full or gone; the sentence says what was saved where.</exception>
    internal TrainResults? Run(CancellationToken cancel = default)
    {
        RecipeChecks.ForTraining(recipe);
        foreach (string notice in recipe.Notices) report.Notice(notice);
        if (recipe.PureTuner.Int16Activations) report.Notice("pure_tuner.int16_activations: training and the answers in it are not rounded to 16-bit integers; chat and generate with what is written here round");
        ResumePoint? resume = recipe.Trains ? ResumePoint.Find(recipe) : null;
        Folders.Require("output_dir", recipe.OutputDir!, overwrite: recipe.OverwriteOutputDir || !recipe.Trains || resume is not null);
        if (recipe.Trains && resume is null) RunFolder.RequireNothingPrecious(recipe);
        using FileStream alone = Folders.Lock(recipe.OutputDir!);

        using var setup = RunSetup.Open(recipe, report, resume?.Snapshot.Began ?? DateTimeOffset.Now, cancel);
        if (recipe.OnlyEncodes) return null;
        if (recipe.Bf16 || recipe.Fp16) report.Notice(Products(setup.Model.Backend));
        Int8Rows.Apply(recipe, setup.Model, isAuto: false, report.Notice);
        EvaluationPhase? evaluation = setup.Data.Evaluation.Count > 0 ? new EvaluationPhase(recipe, report, setup) : null;
        TrainResults? results = null;
        TrainingPhase? training = null;
        var metrics = new Dictionary<string, double>();
        RunFolder? folder = null;
        if (recipe.Trains)
        {
            training = new TrainingPhase(recipe, report, setup, resume) { OnStep = OnStep, OnBegin = OnBegin, LossScale = LossScale };
            (results, folder) = training.Run(evaluation, cancel);
        }
        if (evaluation is not null && recipe.Evaluates) Add(evaluation.Run("eval", cancel), "eval");
        if (evaluation is not null && recipe.DoPredict)
        {
            Add(evaluation.Predict("predict", cancel), "predict");
            GeneratedPredictions.Save(recipe.OutputDir!, evaluation.Predictions.Select(p => (p.Prompt, p.Predict, p.Label)));
        }
        folder?.SaveCard(results!);
        OnEnd?.Invoke(setup.Model);
        bool answered = training?.Answers?.After(setup.Model, cancel) == true;
        report.End(new RunEnd(results, training?.TokensPerSecond ?? 0, metrics, answered ? training!.Answers!.Pairs : [], recipe.OutputDir!));
        return results;

        void Add(Dictionary<string, double> values, string phase)
        {
            // The perplexity stands in the file of the finished run alone, as in the reference.
            if (recipe.Stage == "pt")
                foreach (string key in values.Keys.Where(k => k.EndsWith("_loss", StringComparison.Ordinal)).ToArray()) values[key[..^"loss".Length] + "perplexity"] = Math.Exp(values[key]);
            if (results is not null) values["epoch"] = results.Epoch;
            ResultFiles.Save(recipe.OutputDir!, phase, EvaluationPhase.Entry(values));
            foreach ((string key, double value) in values) metrics[key] = value;
        }
    }
}

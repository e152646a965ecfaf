namespace Pure.Tuner;

/// <summary>Stage sft: a recipe from its first line to the files of the finished run.</summary>
internal sealed class SupervisedRun(Recipe recipe, ITrainingReport report)
{
    /// <summary>Called after each update with its rows and micro-batches: for tests.</summary>
    internal Action<int, StepResult, int[][], Batch[]>? OnStep { get; init; }

    /// <summary>Called once before the first update.</summary>
    internal Action<LanguageModel, TrainingPlan>? OnBegin { get; init; }

    /// <summary>Called once before the model is given back.</summary>
    internal Action<LanguageModel>? OnEnd { get; init; }

    /// <exception cref="UsageException">The recipe, a file or a row is wrong.</exception>
    internal TrainResults Run(CancellationToken cancel = default)
    {
        RecipeChecks.ForTraining(recipe);
        foreach (string notice in recipe.Notices) report.Notice(notice);
        if (recipe.Bf16 || recipe.Fp16)
            report.Notice($"{(recipe.Bf16 ? "bf16" : "fp16")}: true: the frozen base stays stored as in the file; computation and trained tensors are f32 on this device");
        string output = recipe.OutputDir!;
        Folders.Require("output_dir", output, recipe.OverwriteOutputDir);
        RunFolder.RequireNothingPrecious(recipe);

        DatasetRows data = DatasetReader.Read(recipe);           // before the model: a wrong row should not wait for it
        foreach (string notice in data.Told) report.Notice(notice);
        using LanguageModel model = LanguageModel.Load(recipe.ModelNameOrPath!, recipe.Device, recipe.Threads, recipe.CacheDir, recipe.PureTuner.IgnoreMemoryPlan);
        var encoder = SupervisedEncoder.For(recipe, model.Tokenizer);
        encoder.Chat.RequireVocabulary();
        PrepareTokenizer(model.Tokenizer, encoder.Chat);
        EncodedRow[] rows = [.. data.Rows.Select(encoder.Encode)];
        var plan = new TrainingPlan(rows.Length, recipe);
        int longest = rows.Max(r => r.Ids.Length);
        if (longest > model.Decoder.MaxPositions)
            report.Notice($"the longest row has {longest} tokens and the model was made for {model.Decoder.MaxPositions}; lower cutoff_len, or expect little of what lies beyond");
        IReadOnlyList<(string Name, Parameter Parameter)> trained = Prepare(model);
        var order = new ExampleOrder(plan, recipe.ResolvedDataSeed, !recipe.DisableShuffling);
        var answers = BeforeAndAfter.Pick(recipe, data.Rows, encoder);
        MemoryPlan? memory = model.Backend is CpuBackend ? MemoryPlan.For(recipe, model, MemoryParts(plan, answers), rows, MicroBatches(plan, order, rows)) : null;
        report.Begin(new TrainingSummary(model, plan, rows, trained.Sum(t => t.Parameter.Shape.Count), data.Rows.Count, data.Notices.Count) { Memory = memory });
        OnBegin?.Invoke(model, plan);

        if (answers is not null) report.Notice($"answers     {answers.Count} questions are answered before training");
        if (answers?.Before(model, cancel) == false || cancel.IsCancellationRequested) throw new TrainingStoppedException();

        using var gradients = new Gradients(trained.Select(t => t.Parameter));
        using Optimizer optimizer = MakeOptimizer(trained);
        SupervisedStep step = Step(recipe, plan, model.Decoder, gradients, optimizer, memory?.Checkpoints ?? recipe.Checkpointing ?? false);
        var loop = new TrainingLoop(rows, plan, order, step);
        TrainerState state = TrainerState.Begin(recipe, plan);
        var folder = new RunFolder(recipe, plan, model, optimizer, state);
        folder.ClearEarlierRun();
        var log = new TrainerLog(output, plan.TotalSteps);
        int saveSteps = recipe.SaveStrategy == "epoch" ? plan.UpdatesPerEpoch : plan.SaveSteps;
        List<double> sinceLog = [];
        foreach (Update update in loop.Run())
        {
            OnStep?.Invoke(update.Done - 1, update.Result, update.Rows, update.Batches);
            (state.GlobalStep, state.Epoch) = (update.Done, update.Progress.Epoch);
            sinceLog.Add(update.Result.Loss);
            if (update.Done % plan.LoggingSteps == 0)
            {
                state.Log(update.Done, state.Epoch, sinceLog.Average(), recipe.MaxGradNorm > 0 ? update.Result.GradNorm : null, update.Result.LearningRate);
                log.Add(update.Done, state.Epoch, loop.Elapsed, sinceLog.Average(), update.Result.LearningRate);
                sinceLog.Clear();
            }
            report.Step(update.Progress);
            bool stop = cancel.IsCancellationRequested && update.Done < plan.TotalSteps;
            if (stop || recipe.SaveStrategy != "no" && (update.Done % saveSteps == 0 || update.Done == plan.TotalSteps)) folder.SaveCheckpoint();
            if (stop) throw new TrainingStoppedException(update.Done, Path.Combine(output, $"checkpoint-{update.Done}"));
        }
        state.TotalFlos = TrainResults.Flos(CountedWeights(model), loop.PaddedElements);
        var results = new TrainResults(state.Epoch, state.TotalFlos, loop.LossSum / plan.TotalSteps, loop.Elapsed, TrainResults.CountSamples(plan, recipe), plan.TotalSteps);
        log.Add(plan.TotalSteps, state.Epoch, loop.Elapsed);
        state.Finish(results);
        folder.SaveFinal(results);
        OnEnd?.Invoke(model);
        bool answered = answers?.After(model, cancel) == true;
        report.End(results, loop.TokensPerSecond, answered ? answers!.Pairs : [], output);
        return results;
    }

    /// <summary>What the plan rehearses: the run's own parts, for this recipe or one with a cure in it.</summary>
    private static MemoryParts MemoryParts(TrainingPlan plan, BeforeAndAfter? answers) => new(
        static (r, m) => new SupervisedRun(r, new SilentReport()).Prepare(m),
        static (r, _, trained) => new SupervisedRun(r, new SilentReport()).MakeOptimizer(trained),
        (r, m, gradients, optimizer) => Step(r, plan, m.Decoder, gradients, optimizer, r.Checkpointing ?? false))
    {
        Before = m => answers?.Before(m, default),
    };

    private static IEnumerable<IReadOnlyList<EncodedRow>> MicroBatches(TrainingPlan plan, ExampleOrder order, EncodedRow[] rows) =>
        Enumerable.Range(0, plan.TotalSteps).SelectMany(order.Step).Select(b => Array.ConvertAll(b, i => rows[i]));

    private static SupervisedStep Step(Recipe recipe, TrainingPlan plan, DecoderModel model, Gradients gradients, Optimizer optimizer, bool checkpoints) =>
        new(model, gradients, optimizer, LearningRateSchedule.For(recipe, plan), recipe.MaxGradNorm) { Checkpoints = checkpoints, Seed = unchecked((int)recipe.Seed) };

    /// <summary>The adapter or the whole model ready to be trained, and what of it is.</summary>
    private IReadOnlyList<(string Name, Parameter Parameter)> Prepare(LanguageModel model)
    {
        PrepareModel(model);
        return model.Trainables(recipe.PureBf16 ? DType.BF16 : DType.F32);
    }

    private void PrepareModel(LanguageModel model)
    {
        foreach (string folder in recipe.AdapterNameOrPath) model.LoadAdapter(folder);
        if (recipe.FinetuningType != "lora")
        {
            model.MergeAdapter();
            return;
        }
        if (recipe.AdapterNameOrPath.Count > 0) return;          // the last one is trained on, as the reference does
        string[] targets = recipe.LoraTarget.Contains("all") ? LoraOptions.AllLinear(model.Decoder) : [.. recipe.LoraTarget];
        foreach (string target in targets) LoraOptions.RequireTarget(model.Decoder, target, recipe.Where("lora_target"));
        model.AddAdapter(AdapterConfig.For(recipe, targets), recipe.Seed);
    }

    /// <summary>What the reference changes in the tokenizer it saves: a pad token where there is none, the template's text for chats.</summary>
    private static void PrepareTokenizer(Tokenizer tokenizer, ChatEncoder chat)
    {
        if (tokenizer.PadId is null && tokenizer.TokenOf(chat.Tokens.PadId) is { } pad) tokenizer.SetSpecialToken("pad_token", pad);
        if (chat.ReplacementChatTemplate(tokenizer.ChatTemplate) is { } text) tokenizer.ChatTemplate = text;
        tokenizer.PaddingSide = "right";
    }

    private Optimizer MakeOptimizer(IReadOnlyList<(string Name, Parameter Parameter)> trained)
    {
        List<ParameterGroup> groups = recipe.LoraplusLrRatio is { } ratio
            ? ParameterGroups.LoraPlus(trained, recipe.LearningRate, recipe.WeightDecay, ratio, embeddingRate: 1e-6)
            : ParameterGroups.Trainer(trained, recipe.LearningRate, recipe.WeightDecay);
        return new AdamW(groups, recipe.AdamBeta1, recipe.AdamBeta2, recipe.AdamEpsilon);
    }

    /// <summary>Weights that the usual estimate counts: all but the embedding table.</summary>
    private static long CountedWeights(LanguageModel model) =>
        model.Decoder.Parameters.Sum(p => p.Shape.Count) - model.Decoder.Embedding.Weight.Shape.Count + (model.Adapter?.Parameters.Sum(p => p.Shape.Count) ?? 0);
}

/// <summary>Training was stopped by the user after the present step was saved.</summary>
public sealed class TrainingStoppedException : OperationCanceledException
{
    internal TrainingStoppedException()
        : base("stopped before the first step; there is nothing to save") => Checkpoint = "";

    internal TrainingStoppedException(int step, string checkpoint)
        : base($"stopped after step {step}; saved in {checkpoint}; talk to it with: pure-tuner chat {checkpoint}") => Checkpoint = checkpoint;

    /// <summary>The folder of the saved state; empty when no step was done.</summary>
    public string Checkpoint { get; }
}

using System.Diagnostics;

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
        Folders.RequireFree(output, recipe.OverwriteOutputDir);

        DatasetRows data = DatasetReader.Read(recipe);           // before the model: a wrong row should not wait for it
        foreach (string notice in data.Notices) report.Notice(notice);
        using LanguageModel model = LanguageModel.Load(recipe.ModelNameOrPath!, recipe.PureTuner.Device ?? recipe.Device, recipe.PureTuner.Threads ?? recipe.Threads, recipe.CacheDir);
        var encoder = SupervisedEncoder.For(recipe, model.Tokenizer);
        encoder.Chat.RequireVocabulary();
        PrepareTokenizer(model.Tokenizer, encoder.Chat);
        EncodedRow[] rows = [.. data.Rows.Select(encoder.Encode)];
        var plan = new TrainingPlan(rows.Length, recipe);
        PrepareModel(model);
        IReadOnlyList<(string Name, Parameter Parameter)> trained = model.Trainables(recipe.PureBf16 ? DType.BF16 : DType.F32);
        report.Begin(new TrainingSummary(model, plan, rows, trained.Sum(t => t.Parameter.Shape.Count), data.Rows.Count, data.Notices.Count));
        OnBegin?.Invoke(model, plan);

        var answers = BeforeAndAfter.Pick(recipe, data.Rows, encoder);
        if (answers is not null) report.Notice("answers before training are being written");
        answers?.Before(model);

        using var gradients = new Gradients(trained.Select(t => t.Parameter));
        using AdamW optimizer = Optimizer(trained);
        var schedule = LearningRateSchedule.For(recipe, plan);
        var step = new SupervisedStep(model.Decoder, gradients, optimizer, schedule, recipe.MaxGradNorm)
        {
            Checkpoints = recipe.Checkpointing ?? false,
            Seed = unchecked((int)recipe.Seed),
        };
        var order = new ExampleOrder(plan, recipe.ResolvedDataSeed, !recipe.DisableShuffling);
        TrainerState state = TrainerState.Begin(recipe, plan);
        Directory.CreateDirectory(output);
        var log = new TrainerLog(output, plan.TotalSteps);
        var writer = new RunFolder(recipe, plan, model, optimizer, state);

        int saveSteps = recipe.SaveStrategy == "epoch" ? plan.UpdatesPerEpoch : plan.SaveSteps;
        var clock = Stopwatch.StartNew();
        double lossSum = 0, lossSinceLog = 0;
        long tokens = 0, elements = 0;
        int sinceLog = 0;
        for (int s = 0; s < plan.TotalSteps; s++)
        {
            int[][] chosen = order.Step(s);
            Batch[] batches = [.. chosen.Select(b => Batch.Pack([.. b.Select(r => rows[r])]))];
            StepResult result = step.Run(batches);
            lossSum += result.Loss;
            lossSinceLog += result.Loss;
            sinceLog++;
            tokens += batches.Sum(b => (long)b.Tokens);
            elements += batches.Sum(b => (long)b.PaddedElements);
            OnStep?.Invoke(s, result, chosen, batches);
            int done = s + 1;
            state.GlobalStep = done;
            state.Epoch = plan.EpochAt(done);
            bool stop = cancel.IsCancellationRequested;
            if (done % plan.LoggingSteps == 0)
            {
                state.Log(done, state.Epoch, lossSinceLog / sinceLog, recipe.MaxGradNorm > 0 ? result.GradNorm : null, result.LearningRate);
                log.Add(done, state.Epoch, clock.Elapsed, lossSinceLog / sinceLog, result.LearningRate);
                (lossSinceLog, sinceLog) = (0, 0);
            }
            report.Step(new TrainingProgress(done, plan.TotalSteps, result.Loss, result.LearningRate, result.GradNorm, state.Epoch, tokens / clock.Elapsed.TotalSeconds, clock.Elapsed, TrainingProgress.Estimate(clock.Elapsed, done, plan.TotalSteps)));
            if (recipe.SaveStrategy != "no" && (done % saveSteps == 0 || done == plan.TotalSteps) || stop) writer.SaveCheckpoint();
            if (stop) throw new TrainingStoppedException(done, Path.Combine(output, $"checkpoint-{done}"));
        }
        state.TotalFlos = TrainResults.Flos(CountedWeights(model), elements);
        var results = new TrainResults(state.Epoch, state.TotalFlos, lossSum / plan.TotalSteps, clock.Elapsed, TrainResults.CountSamples(plan, recipe), plan.TotalSteps);
        log.Add(plan.TotalSteps, state.Epoch, clock.Elapsed);
        state.Finish(results);
        writer.SaveFinal(results);
        OnEnd?.Invoke(model);
        answers?.After(model);
        report.End(results, tokens / clock.Elapsed.TotalSeconds, answers?.Pairs ?? [], output);
        return results;
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
        model.AddAdapter(AdapterConfig.For(recipe, targets), recipe.Seed);
    }

    /// <summary>What the reference changes in the tokenizer it saves: a pad token where there is none, the template's text for chats.</summary>
    private static void PrepareTokenizer(Tokenizer tokenizer, ChatEncoder chat)
    {
        if (tokenizer.PadId is null && tokenizer.TokenOf(chat.Tokens.PadId) is { } pad) tokenizer.SetSpecialToken("pad_token", pad);
        if (chat.ReplacementChatTemplate(tokenizer.ChatTemplate) is { } text) tokenizer.ChatTemplate = text;
        tokenizer.PaddingSide = "right";
    }

    private AdamW Optimizer(IReadOnlyList<(string Name, Parameter Parameter)> trained)
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
    internal TrainingStoppedException(int step, string checkpoint)
        : base($"stopped after step {step}; saved in {checkpoint}") => Checkpoint = checkpoint;

    /// <summary>The folder of the saved state.</summary>
    public string Checkpoint { get; }
}

namespace Pure.Tuner;

/// <summary>The updates of a run with all that happens between them: log, evaluate, save, stop, go on.</summary>
internal sealed class TrainingPhase(Recipe recipe, ITrainingReport report, RunSetup setup, ResumePoint? resume)
{
    private readonly LanguageModel _model = setup.Model;

    internal Action<int, StepResult, int[][], Batch[]>? OnStep { get; init; }
    internal Action<LanguageModel, TrainingPlan>? OnBegin { get; init; }
    internal LossScaler.State? LossScale { get; init; }

    /// <summary>What the model said before and after; null where the recipe asks for none.</summary>
    internal BeforeAndAfter? Answers { get; private set; }

    /// <summary>Tokens a second of the whole run.</summary>
    internal double TokensPerSecond { get; private set; }

    /// <summary>Trains to the end and saves the result.</summary>
    /// <param name="evaluate">Evaluates the model as it is; null where there is nothing to evaluate with.</param>
    /// <param name="cancel">Ends after the present update, saved.</param>
    internal (TrainResults Results, RunFolder Folder) Run(EvaluationPhase? evaluate, CancellationToken cancel)
    {
        string output = recipe.OutputDir!;
        TrainingPlan plan = setup.Data.Stream is null ? new TrainingPlan(setup.Data.Train.Count, recipe) : TrainingPlan.Streamed(recipe);
        IReadOnlyList<(string Name, Parameter Parameter)> trained = _model.Trainables(recipe.PureBf16 ? DType.BF16 : DType.F32);
        string rowsHash = setup.Data.Stream is null ? RunSnapshot.HashOf(setup.Data.Train) : "";
        if (resume is not null)
        {
            foreach (string notice in resume.Compare(recipe, rowsHash)) report.Notice(notice);
            TrainedTensors.Restore(resume.Folder, trained);
        }
        if (recipe.PrintParamStatus)
            foreach (string line in ParameterStatus.Lines(_model, trained)) report.Notice(line);
        MemoryPlan? memory = _model.Backend is CpuBackend ? MemoryPlan.For(recipe, _model, MemoryParts(plan), setup.Data.Train, MicroBatches(plan)) : null;
        report.Begin(new TrainingSummary(_model, plan, setup, trained.Sum(t => t.Parameter.Shape.Count)) { Memory = memory });
        OnBegin?.Invoke(_model, plan);
        if (memory?.Panels > 0) FrozenWeights.Prepare(_model.Decoder, trained);

        using var gradients = new Gradients(trained.Select(t => t.Parameter));
        using Optimizer optimizer = OptimizerFactory.Make(recipe, trained, _model.Decoder);
        PlateauSchedule? plateau = recipe.LrSchedulerType == "reduce_lr_on_plateau" ? new PlateauSchedule(recipe.LearningRate, recipe.LrSchedulerKwargs) : null;
        SupervisedStep step = Step(recipe, plan, _model, gradients, optimizer, memory?.Checkpoints ?? recipe.Checkpointing ?? false, plateau);
        using IExampleSource source = setup.Data.Stream is { } stream
            ? new StreamedExamples(stream, plan.BatchSize, plan.Accumulation, recipe.DataloaderDropLast)
            : new MappedExamples(setup.Data.Train, Order(plan));
        var loop = new TrainingLoop(source, plan, step);
        TrainerState state = TrainerState.Begin(recipe, plan);
        var folder = new RunFolder(recipe, plan, _model, optimizer, state);
        if (resume is null) folder.ClearEarlierRun();
        if (recipe.PissaConvert && resume is null) PissaConversion.Begin(_model.Adapter!, output);
        CheckpointStore.Sweep(output);
        var store = new CheckpointStore(output, recipe.SaveTotalLimit);
        var best = new BestModel(recipe, state);
        if (resume is not null) TakeUp(optimizer, state, loop, best);
        using var recorder = new RunRecorder(recipe, state, loop.Elapsed);
        var log = new StepLog(recipe, plan, state, recorder);
        if (resume is not null) plateau?.Load(resume.Snapshot.Schedule);
        if (resume is not null) log.Resume(resume.Snapshot.LossesSinceLog);
        if ((resume?.Snapshot.LossScale ?? LossScale) is { } scale) step.Scaler?.Load(scale);

        Answers = BeforeAndAfter.Pick(recipe, setup);
        // What the model said before training is known only to the run that began.
        if (resume is not null && Answers?.Take(resume.Snapshot.AnswersBefore) == false) Answers = null;
        if (resume is null && Answers is not null)
        {
            report.Notice($"answers     {Answers.Count} {(Answers.Count == 1 ? "question is" : "questions are")} answered before training");
            if (!Answers.Before(_model, cancel)) throw new TrainingStoppedException();
        }
        if (cancel.IsCancellationRequested) throw new TrainingStoppedException();
        var calendar = new Calendar(recipe, plan);
        if (resume is null ? recipe.EvalOnStart : calendar.Evaluates(state.GlobalStep) && !state.WasEvaluated(state.GlobalStep)) Evaluate(chooses: resume is not null);
        // Its place was full when this step was saved elsewhere.
        if (resume is not null && calendar.Saves(state.GlobalStep) && !Directory.Exists(Path.Combine(output, $"checkpoint-{state.GlobalStep}"))) Save(state.GlobalStep);

        var traffic = new DeviceTraffic(_model.Backend, report.Notice);
        foreach (Update update in Guarded(loop, Save))
        {
            traffic.Update(update.Done);
            OnStep?.Invoke(update.Done - 1, update.Result, update.Rows, update.Batches);
            if (recipe.CountsInputTokens) state.NumInputTokensSeen = recipe.IncludeNumInputTokensSeen == "non_padding" ? loop.Tokens : loop.PaddedElements;
            log.Step(update, loop.Elapsed);
            if (update.Result.IsSkipped)
                report.Notice(FormattableString.Invariant($"fp16        update {update.Done} is left out, a gradient overflowed: the loss scale is {step.Scaler!.Scale:G6} now; {step.Skipped} left out so far"));
            report.Step(update.Progress);
            bool isBest = calendar.Evaluates(update.Done) && Evaluate();
            bool stop = cancel.IsCancellationRequested && update.Done < plan.TotalSteps;
            if (stop || calendar.Saves(update.Done) || recipe.SaveStrategy == "best" && isBest) Save(update.Done);
            if (stop) throw new TrainingStoppedException(update.Done, plan.TotalSteps, Path.Combine(output, $"checkpoint-{update.Done}"));
            if (!best.ShouldStop || update.Done == plan.TotalSteps) continue;
            report.Notice(FormattableString.Invariant($"early stop  after step {update.Done}: {best.WithoutGain} evaluations in a row were no better than the best {recipe.BestMetric}, {state.BestMetric:F4}"));
            break;
        }
        _model.Backend.Synchronize();                        // a fault of the last update shows before the run is called done
        traffic.End();
        if (recipe.LoadBestModelAtEnd && state.BestModelCheckpoint is { } winner)
        {
            TrainedTensors.Restore(winner, trained);
            report.Notice(FormattableString.Invariant($"best model  {winner}: {recipe.BestMetric} {state.BestMetric:F4}"));
        }
        state.TotalFlos = TrainResults.Flos(CountedWeights(), loop.PaddedElements);
        var results = new TrainResults(state.Epoch, state.TotalFlos, loop.MeanLoss, loop.Elapsed, TrainResults.CountSamples(plan, recipe), state.GlobalStep)
        {
            NumInputTokensSeen = state.NumInputTokensSeen > 0 ? state.NumInputTokensSeen : null,
            TrainTokensPerSecond = recipe.IncludeTokensPerSecond switch
            {
                "no" or "false" => null,
                "non_padding" => loop.Tokens / Math.Max(1e-9, loop.Elapsed.TotalSeconds),
                _ => loop.PaddedElements / Math.Max(1e-9, loop.Elapsed.TotalSeconds),
            },
            EffectiveTokensPerSecond = recipe.IncludeEffectiveTokensPerSecond ? TrainResults.TokensPerSecond(setup.Data.Train.Sum(r => (long)r.Ids.Length), state.Epoch, loop.Elapsed) : null,
        };
        TokensPerSecond = loop.TokensPerSecond;
        recorder.Finish(loop.Elapsed, results);
        if (recipe.PissaConvert) PissaConversion.End(_model.Adapter!, output);
        folder.SaveFinal(results);
        return (results, folder);

        // As in the reference what is measured before the first update is told, and never the best.
        bool Evaluate(bool chooses = true)
        {
            if (evaluate is null) return false;
            try
            {
                Dictionary<string, double> metrics = evaluate.Run("eval", cancel);
                recorder.Evaluation(loop.Elapsed, EvaluationPhase.Entry(metrics));
                report.Evaluated(state.GlobalStep, metrics);
                if (!chooses) return false;
                bool isBest = best.Take(metrics);
                plateau?.Report(metrics[recipe.BestMetric]);
                return isBest;
            }
            catch (OperationCanceledException) when (state.GlobalStep > 0) { return false; }      // the step is saved next; going on evaluates it first
        }

        void Save(int done)
        {
            using ProfileSpan span = Profile.Work("save");
            bool isBest = recipe.ChoosesBest && state.BestGlobalStep == done;
            string? before = state.BestModelCheckpoint;
            if (isBest) state.BestModelCheckpoint = Path.Combine(output, $"checkpoint-{done}");
            state.TotalFlos = TrainResults.Flos(CountedWeights(), loop.PaddedElements);
            try { store.Save(done, f => folder.WriteCheckpoint(f, Snapshot(done)), state.BestModelCheckpoint); }
            catch { state.BestModelCheckpoint = before; throw; }
        }

        RunSnapshot Snapshot(int done) => new()
        {
            GlobalStep = done,
            LossSum = loop.LossSum,
            LossesSinceLog = log.Pending,
            Tokens = loop.Tokens,
            PaddedElements = loop.PaddedElements,
            Seconds = loop.Elapsed.TotalSeconds,
            EvaluationsWithoutGain = best.WithoutGain,
            LossScale = step.Scaler?.Present ?? resume?.Snapshot.LossScale,      // a part in other products forgets nothing
            UpdatesLeftOut = step.Skipped,
            UpdatesWithoutLoss = loop.WithoutLoss,
            Schedule = new(plateau?.Save() ?? new Dictionary<string, object?>()),
            Began = setup.Began,
            AnswersBefore = Answers?.BeforeTexts ?? [],
            Rows = rowsHash,
            Settings = ResumePoint.SettingsOf(recipe),
        };
    }

    /// <summary>The updates; where the data fails in between, what was learned is saved first.</summary>
    private static IEnumerable<Update> Guarded(TrainingLoop loop, Action<int> save)
    {
        using IEnumerator<Update> updates = loop.Run().GetEnumerator();
        while (true)
        {
            bool more;
            try { more = updates.MoveNext(); }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or UsageException && loop.Done > 0)
            {
                save(loop.Done);
                throw new IOException($"{fault.Message}; step {loop.Done} is saved as checkpoint-{loop.Done}: mend it and go on with resume_from_checkpoint=true", fault);
            }
            if (!more) yield break;
            yield return updates.Current;
        }
    }

    private static SupervisedStep Step(Recipe recipe, TrainingPlan plan, LanguageModel model, Gradients gradients, Optimizer optimizer, bool checkpoints, PlateauSchedule? plateau) =>
        new(model.Decoder, gradients, optimizer, LearningRateSchedule.For(recipe, plan), recipe.ResolvedMaxGradNorm)
        {
            Checkpoints = checkpoints,
            Seed = unchecked((int)recipe.Seed),
            Plateau = plateau,
            LabelSmoothing = recipe.LabelSmoothingFactor,
            NoiseAlpha = recipe.NeftuneNoiseAlpha ?? 0,
            Scaler = LossScaler.For(model.Backend),
        };

    /// <summary>What the memory plan rehearses: the run's own parts, for this recipe or one with a cure in it.</summary>
    private MemoryParts MemoryParts(TrainingPlan plan)
    {
        BeforeAndAfter? answers = resume is null ? BeforeAndAfter.Pick(recipe, setup) : null;
        return new MemoryParts(
            static (r, m) =>
            {
                RunSetup.PrepareModel(r, m);
                return m.Trainables(r.PureBf16 ? DType.BF16 : DType.F32);
            },
            static (r, m, trained) => OptimizerFactory.Make(r, trained, m.Decoder),
            (r, m, gradients, optimizer) => Step(r, plan, m, gradients, optimizer, r.Checkpointing ?? false, null))
        {
            Before = m => answers?.Before(m, default),
            Beside = recipe.EvalStrategy == "no" || recipe.PredictWithGenerate ? null : LargestEvaluation,
        };

        // Batches are as large as the sum of their rows: nothing is padded.
        void LargestEvaluation(LanguageModel m)
        {
            EncodedRow[]? largest = setup.Data.Evaluation.SelectMany(e => e.Rows.Chunk(recipe.PerDeviceEvalBatchSize)).MaxBy(b => b.Sum(r => r.Ids.Length));
            if (largest is not null) new EvaluationLoop(m.Decoder, largest.Length, recipe.ComputeAccuracy) { LabelSmoothing = recipe.LabelSmoothingFactor }.Run(largest);
        }
    }

    /// <summary>The micro-batches of the run; for a stream, whose rows are not known yet, one that is full.</summary>
    private IEnumerable<IReadOnlyList<EncodedRow>> MicroBatches(TrainingPlan plan)
    {
        if (setup.Data.Stream is not null)
            return [[.. Enumerable.Range(0, plan.BatchSize).Select(_ => new EncodedRow(new int[recipe.CutoffLen], new int[recipe.CutoffLen]))]];
        ExampleOrder order = Order(plan);
        return Enumerable.Range(0, plan.TotalSteps).SelectMany(order.Step).Select(b => Array.ConvertAll(b, i => setup.Data.Train[i]));
    }

    private ExampleOrder Order(TrainingPlan plan) =>
        new(plan, recipe.ResolvedDataSeed, !recipe.DisableShuffling) { Lengths = recipe.GroupByLength ? [.. setup.Data.Train.Select(r => r.Ids.Length)] : null };

    private void TakeUp(Optimizer optimizer, TrainerState state, TrainingLoop loop, BestModel best)
    {
        RunSnapshot snapshot = resume!.Snapshot;
        optimizer.Load(Path.Combine(resume.Folder, "optimizer.safetensors"));
        state.Resume(resume.Folder);
        loop.Resume(snapshot);
        best.WithoutGain = snapshot.EvaluationsWithoutGain;
        report.Notice($"goes on     from {resume.Folder}, step {snapshot.GlobalStep} of {state.MaxSteps}");
    }

    /// <summary>Weights that the usual estimate counts: all but the embedding table.</summary>
    private long CountedWeights() =>
        _model.Decoder.Weights.Sum(p => p.Shape.Count) - _model.Decoder.Embedding.Weight.Shape.Count + (_model.Adapter?.Parameters.Sum(p => p.Shape.Count) ?? 0);
}

/// <summary>Training was stopped by the user after the present step was saved.</summary>
public sealed class TrainingStoppedException : OperationCanceledException
{
    internal TrainingStoppedException()
        : base("stopped before the first step; there is nothing to save") => Checkpoint = "";

    internal TrainingStoppedException(int step, int totalSteps, string checkpoint)
        : base($"stopped after step {step} of {totalSteps}; saved in {checkpoint}; go on with the same command and resume_from_checkpoint={checkpoint}") => Checkpoint = checkpoint;

    /// <summary>The folder of the saved state; empty when no step was done.</summary>
    public string Checkpoint { get; }
}

namespace Pure.Tuner;

/// <summary>Settings that do not go together: LLaMA-Factory's checks, each with the two keys and the cure.</summary>
internal static class RecipeChecks
{
    /// <summary>Faults whatever the command is.</summary>
    public static IEnumerable<string> Always(Recipe r)
    {
        if (r.TrainFromScratch && r.FinetuningType != "full")
            yield return $"{r.Where("train_from_scratch")}: needs 'finetuning_type: full', found '{r.FinetuningType}': the fresh weights themselves would not be saved; change one of the two";
        if (r.GroupByLength && r.Streaming)
            yield return $"{r.Where("group_by_length")}: cannot be true together with streaming, whose rows are not known beforehand; keep one of the two";
        if (r.AdapterFolder is not null && r.AdapterNameOrPath.Count == 0)
            yield return $"{r.Where("adapter_folder")}: is the folder inside those of adapter_name_or_path, which is not given; name one there";
        if (r.AdapterNameOrPath.Count > 0 && r.FinetuningType != "lora")
            yield return $"{r.Where("adapter_name_or_path")}: adapters are only loaded with 'finetuning_type: lora', found '{r.FinetuningType}'; change one of the two";
        if (r.UseDora && r.FinetuningType != "lora")
            yield return $"{r.Where("use_dora")}: needs 'finetuning_type: lora', found '{r.FinetuningType}'; leave it out";
        if (r.UseRslora && r.FinetuningType != "lora")
            yield return $"{r.Where("use_rslora")}: needs 'finetuning_type: lora', found '{r.FinetuningType}'; leave it out";
        if (r.LoraplusLrRatio is not null && r.FinetuningType != "lora")
            yield return $"{r.Where("loraplus_lr_ratio")}: needs 'finetuning_type: lora', found '{r.FinetuningType}'; leave it out";
        if (r.TrainOnPrompt && r.MaskHistory)
            yield return $"{r.Where("mask_history")}: cannot be true together with train_on_prompt; keep one of the two";
        foreach (string fault in Data(r)) yield return fault;
        if (r.Stage != "sft")
            foreach ((string key, bool on) in ((string, bool)[])[("neat_packing", r.NeatPacking), ("train_on_prompt", r.TrainOnPrompt), ("mask_history", r.MaskHistory)])
                if (on) yield return $"{r.Where(key)}: is for 'stage: sft' only, found 'stage: {r.Stage}'; leave it out";
        if (r.Bf16 && r.Fp16)
            yield return $"{r.Where("fp16")}: cannot be true together with bf16; keep one of the two";
        if (r.PureBf16 && r.Fp16)
            yield return $"{r.Where("fp16")}: cannot be true together with pure_bf16; keep one of the two";
        if (r.DisableGradientCheckpointing == true && r.GradientCheckpointing == true)
            yield return $"{r.Where("gradient_checkpointing")}: cannot be true together with disable_gradient_checkpointing; keep one of the two";
        if (r.LoraTarget.Count == 0)
            yield return $"{r.Where("lora_target")}: expected names of linear layers; write 'lora_target: all'";
        foreach (string fault in ReportTo.Faults(r.Where("report_to"), r.ReportTo)) yield return fault;
        foreach (string fault in Optimizers(r)) yield return fault;
        foreach (string fault in Methods(r)) yield return fault;
        foreach (string fault in Quantised(r)) yield return fault;
        foreach (string key in r.LrSchedulerKwargs.Keys)
            if (!LearningRateSchedule.KnownArguments(r.LrSchedulerType).Contains(key))
                yield return $"{r.Where("lr_scheduler_kwargs")}: '{r.LrSchedulerType}' has no '{key}'; known: {string.Join(", ", LearningRateSchedule.KnownArguments(r.LrSchedulerType))}".TrimEnd(' ', ':');
    }

    private static IEnumerable<string> Data(Recipe r)
    {
        if (r.ValSize > DatasetSplit.Least)
        {
            if (r.Dataset.Count == 0) yield return $"{r.Where("val_size")}: there is no dataset to hold rows back from; name one, or leave val_size out";
            if (r.EvalDataset.Count > 0) yield return $"{r.Where("val_size")}: cannot be given together with eval_dataset; keep one of the two";
            if (r.ValSize == 1 && !r.Streaming) yield return $"{r.Where("val_size")}: 1 would hold back every row: numbers up to 1 are a share, above 1 a number of rows; write for example 'val_size: 0.1' or 'val_size: 2'";
            if (r.Streaming && r.ValSize < 1) yield return FormattableString.Invariant($"{r.Where("val_size")}: a stream has no known length to take a share of, found {r.ValSize}; give a whole number of rows");
            if (r.ValSize > 1 && r.ValSize != Math.Truncate(r.ValSize)) yield return FormattableString.Invariant($"{r.Where("val_size")}: expected a share below 1 or a whole number of rows, found {r.ValSize}; round it");
        }
        if (r.Streaming && r.MaxSamples is not null) yield return $"{r.Where("max_samples")}: cannot be given together with streaming; leave it out, max_steps ends the training";
        if (r.Streaming && r.MaxSteps <= 0) yield return $"{r.Where("streaming")}: needs max_steps, because a stream has no known end; write for example 'max_steps: 1000'";
        if (r.InterleaveProbs.Count == 0) yield break;
        if (r.MixStrategy == "concat") yield return $"{r.Where("interleave_probs")}: is only read when data sets are interleaved; write 'mix_strategy: interleave_over', or leave it out";
        foreach ((string key, IReadOnlyList<string> names) in ((string, IReadOnlyList<string>)[])[("dataset", r.Dataset), ("eval_dataset", r.EvalDataset)])
            if (names.Count > 0 && names.Count != r.InterleaveProbs.Count)
                yield return $"{r.Where("interleave_probs")}: expected {names.Count} numbers, one for each {key}, found {r.InterleaveProbs.Count}; give as many";
        if (r.InterleaveProbs.Any(p => !(p >= 0)) || Math.Abs(r.InterleaveProbs.Sum() - 1) > 1.49e-8)
            yield return FormattableString.Invariant($"{r.Where("interleave_probs")}: expected shares from 0 on that sum to 1, found the sum {r.InterleaveProbs.Sum():G6}; change them");
    }

    private static IEnumerable<string> Optimizers(Recipe r)
    {
        if (OptimizerNames.Fault(r.Optim) is { } fault)
        {
            yield return $"{r.Where("optim")}: {fault}";
            yield break;
        }
        if (r.UseGalore && r.FinetuningType == "lora")
            yield return $"{r.Where("use_galore")}: cannot go together with 'finetuning_type: lora', whose matrices are small already; use 'full' or 'freeze', or leave it out";
        if (r.UseGalore && r.Optim is not ("adamw_torch" or "adamw_torch_fused"))
            yield return $"{r.Where("optim")}: use_galore needs 'adamw_torch', found '{r.Optim}'; leave one of the two out";
        if (r.UseGalore && r.GaloreLayerwise && r.GradientAccumulationSteps != 1)
            yield return $"{r.Where("galore_layerwise")}: needs 'gradient_accumulation_steps: 1', found {r.GradientAccumulationSteps}; change one of the two";
        if (r.UseMuon && r.UseGalore)
            yield return $"{r.Where("use_muon")}: cannot be true together with use_galore; keep one of the two";
        if (r.UseMuon && r.LoraplusLrRatio is not null)
            yield return $"{r.Where("use_muon")}: cannot be true together with loraplus_lr_ratio; keep one of the two";
        if (r.UseMuon && r.Optim is not ("adamw_torch" or "adamw_torch_fused"))
            yield return $"{r.Where("optim")}: use_muon chooses the optimizer itself, found '{r.Optim}'; leave one of the two out";
        if (r.GaloreTarget.Count == 0)
            yield return $"{r.Where("galore_target")}: expected names of linear layers; write 'galore_target: all'";
        if (r.Optim == "galore_adamw" && r.OptimTargetModules.Count == 0)
            yield return $"{r.Where("optim")}: 'galore_adamw' needs optim_target_modules; write for example 'optim_target_modules: all-linear', or use_galore in its place";
        if (r.Optim == "galore_adamw" && r.FinetuningType == "lora")
            yield return $"{r.Where("optim")}: 'galore_adamw' cannot go together with 'finetuning_type: lora'; use 'adamw_torch'";
        if (r.OptimArgs is not null && !r.UseMuon && !r.UseGalore && OptimArgsFault(r) is { } wrong) yield return wrong;
        if (r.OptimArgs is not null && (r.UseMuon || r.UseGalore))
            yield return $"{r.Where("optim_args")}: not read with {(r.UseMuon ? "use_muon" : "use_galore")}; {(r.UseMuon ? "leave it out" : "use the keys galore_rank, galore_update_interval, galore_scale and galore_proj_type")}";
    }

    private static string? OptimArgsFault(Recipe r)
    {
        try
        {
            OptimizerArguments.Parse(r);
            return null;
        }
        catch (UsageException e) { return e.Message; }
    }

    private static IEnumerable<string> Quantised(Recipe r)
    {
        if (r.QuantizationBit is not { } bits)
        {
            foreach ((string key, bool on) in ((string, bool)[])[("quantize_embedding", r.PureTuner.QuantizeEmbedding), ("quantize_head", r.PureTuner.QuantizeHead), ("loftq_init", r.PureTuner.LoftqInit)])
                if (on) yield return $"{r.Where("pure_tuner." + key)}: needs quantization_bit; write 'quantization_bit: 4', or leave it out";
            yield break;
        }
        if (bits is not (4 or 8)) yield return $"{r.Where("quantization_bit")}: expected 4 or 8, found {bits}; change it";
        if (r.FinetuningType != "lora") yield return $"{r.Where("quantization_bit")}: needs 'finetuning_type: lora', found '{r.FinetuningType}': rounded weights cannot be trained themselves; change one of the two";
        if (r.PissaInit) yield return $"{r.Where("pissa_init")}: cannot go together with quantization_bit, whose weights cannot be taken apart; use 'loftq_init: true' under pure_tuner";
        if (r.Trains && r.AdapterNameOrPath.Count > 1) yield return $"{r.Where("adapter_name_or_path")}: with quantization_bit only one adapter can be trained on, found {r.AdapterNameOrPath.Count}; merge the others into the base first, with export";
        if (r.Trains && r.AdapterNameOrPath.Count == 1 && r.CreateNewAdapter) yield return $"{r.Where("create_new_adapter")}: with quantization_bit the adapter before it cannot be merged into the base; merge it first, with export";
        if (r.PureTuner.LoftqInit && r.AdapterNameOrPath.Count > 0) yield return $"{r.Where("pure_tuner.loftq_init")}: is for a fresh adapter, and adapter_name_or_path brings one; leave one of the two out";
    }

    private static IEnumerable<string> Methods(Recipe r)
    {
        if (r.AdditionalTarget.Count > 0 && r.FinetuningType != "lora")
            yield return $"{r.Where("additional_target")}: needs 'finetuning_type: lora', found '{r.FinetuningType}'; with 'freeze' use freeze_extra_modules";
        if (r.CreateNewAdapter && r.FinetuningType != "lora")
            yield return $"{r.Where("create_new_adapter")}: needs 'finetuning_type: lora', found '{r.FinetuningType}'; leave it out";
        if (r.PissaInit && r.FinetuningType != "lora")
            yield return $"{r.Where("pissa_init")}: needs 'finetuning_type: lora', found '{r.FinetuningType}'; leave it out";
        if (r.PissaInit && r.UseDora)
            yield return $"{r.Where("pissa_init")}: cannot be true together with use_dora; keep one of the two";
        if (r.PissaConvert && !r.PissaInit)
            yield return $"{r.Where("pissa_convert")}: needs 'pissa_init: true'; set it or leave pissa_convert out";
        if (r.FinetuningType == "freeze" && r.FreezeTrainableModules.Count == 0)
            yield return $"{r.Where("freeze_trainable_modules")}: expected names of modules; write 'freeze_trainable_modules: all'";
    }

    /// <summary>Refuses a recipe that <c>train</c> cannot run.</summary>
    public static void ForTraining(Recipe r)
    {
        var faults = new List<string>();
        if (r.ModelNameOrPath is null) faults.Add("model_name_or_path: not given; name a checkpoint's folder or a GGUF file");
        if (r.OutputDir is null) faults.Add("output_dir: not given; name the folder for the result, for example 'output_dir: saves/first'");
        if ((r.Trains || r.OnlyEncodes) && r.Dataset.Count == 0 && !TokenizedCache.IsAt(r)) faults.Add("dataset: not given; name data sets of dataset_info.json or files, for example 'dataset: alpaca_en_demo' or 'dataset: rows.jsonl'");
        if (!r.Trains && !r.DoEval && !r.DoPredict && !r.OnlyEncodes) faults.Add($"{r.Where("do_train")}: false, so there is nothing to do; set it to true or leave it out");
        faults.AddRange(Evaluation(r));
        Throw(faults);
    }

    private static IEnumerable<string> Evaluation(Recipe r)
    {
        bool hasRows = r.EvalDataset.Count > 0 || r.ValSize > 0;
        string? asks = r.DoEval ? "do_eval" : r.DoPredict ? "do_predict" : r.EvalStrategy != "no" ? "eval_strategy" : r.PredictWithGenerate ? "predict_with_generate" : null;
        if (asks is not null && !hasRows) yield return $"{r.Where(asks)}: there is nothing to evaluate with; name data with eval_dataset, or set val_size to keep rows of the training data back, for example 'val_size: 0.1'";
        if (r.PredictWithGenerate && r.Stage != "sft") yield return $"{r.Where("predict_with_generate")}: only goes with 'stage: sft'; leave it out";
        if (r.PredictWithGenerate && r.ComputeAccuracy) yield return $"{r.Where("compute_accuracy")}: cannot be true together with predict_with_generate; keep one of the two";
        if (r.DoPredict && !r.PredictWithGenerate) yield return $"{r.Where("do_predict")}: needs 'predict_with_generate: true', which lets the model answer; set it";
        bool during = r.EvalStrategy != "no";
        foreach (string key in (string[])["load_best_model_at_end", "early_stopping_steps", "metric_for_best_model"])
            if (!during && (key[0] == 'l' ? r.LoadBestModelAtEnd : key[0] == 'e' ? r.EarlyStoppingSteps is not null : r.MetricForBestModel is not null))
                yield return $"{r.Where(key)}: needs evaluations during training; set for example 'eval_strategy: steps' and 'eval_steps: 100'";
        if (r.LrSchedulerType == "reduce_lr_on_plateau" && !during) yield return $"{r.Where("lr_scheduler_type")}: 'reduce_lr_on_plateau' needs evaluations during training; set for example 'eval_strategy: steps' and 'eval_steps: 100'";
        if (r.SaveStrategy == "best" && !during) yield return $"{r.Where("save_strategy")}: 'best' needs evaluations during training; set for example 'eval_strategy: steps' and 'eval_steps: 100'";
        if (!r.LoadBestModelAtEnd || !during || r.SaveStrategy == "best") yield break;
        if (r.SaveStrategy != r.EvalStrategy) yield return $"{r.Where("load_best_model_at_end")}: needs the same strategy for saving and evaluating, found save_strategy '{r.SaveStrategy}' and eval_strategy '{r.EvalStrategy}'; make them the same";
        else if (r.EvalStrategy == "steps" && r.SaveSteps >= 1 && (r.EvalSteps ?? r.LoggingSteps) >= 1 && (int)r.SaveSteps % (int)(r.EvalSteps ?? r.LoggingSteps) != 0)
            yield return $"{r.Where("save_steps")}: must be a multiple of eval_steps ({(int)(r.EvalSteps ?? r.LoggingSteps)}) with load_best_model_at_end, found {(int)r.SaveSteps}; every saved state must have been evaluated";
    }

    /// <summary>Refuses a recipe that <c>export</c> cannot run.</summary>
    public static void ForExport(Recipe r)
    {
        var faults = new List<string>();
        if (r.ModelNameOrPath is null) faults.Add("model_name_or_path: not given; name a checkpoint's folder or a GGUF file");
        if (r.ExportDir is null) faults.Add("export_dir: not given; name the folder for the merged checkpoint, for example 'export_dir: merged'");
        if (r.PureTuner.ExportFormat is { } format)
        {
            if (r.ExportQuantizationBit is not null) faults.Add($"{r.Where("pure_tuner.export_format")}: cannot go together with export_quantization_bit, which writes GPTQ; keep one of the two");
            try { QuantizeTargets.Find(format, out _); }
            catch (UsageException e) { faults.Add($"{r.Where("pure_tuner.export_format")}: {e.Message["type: ".Length..]}"); }
        }
        if (r.ExportQuantizationBit is { } bits && !AffineGroupFormat.IsBits(bits)) faults.Add($"{r.Where("export_quantization_bit")}: expected 2, 3, 4 or 8, found {bits}; change it");
        Throw(faults);
    }

    private static void Throw(List<string> faults)
    {
        if (faults.Count > 0) throw new UsageException(string.Join('\n', faults));
    }
}

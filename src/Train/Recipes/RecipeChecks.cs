namespace Pure.Tuner;

/// <summary>Settings that do not go together: LLaMA-Factory's checks, each with the two keys and the cure.</summary>
internal static class RecipeChecks
{
    /// <summary>Faults whatever the command is.</summary>
    public static IEnumerable<string> Always(Recipe r)
    {
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
        if (r.Stage != "sft")
            foreach ((string key, bool on) in ((string, bool)[])[("neat_packing", r.NeatPacking), ("train_on_prompt", r.TrainOnPrompt), ("mask_history", r.MaskHistory)])
                if (on) yield return $"{r.Where(key)}: is for 'stage: sft' only, found 'stage: {r.Stage}'; leave it out";
        foreach (string fault in Data(r)) yield return fault;
        if (r.Bf16 && r.Fp16)
            yield return $"{r.Where("fp16")}: cannot be true together with bf16; keep one of the two";
        if (r.PureBf16 && r.Fp16)
            yield return $"{r.Where("fp16")}: cannot be true together with pure_bf16; keep one of the two";
        if (r.DisableGradientCheckpointing == true && r.GradientCheckpointing == true)
            yield return $"{r.Where("gradient_checkpointing")}: cannot be true together with disable_gradient_checkpointing; keep one of the two";
        if (r.LoraTarget.Count == 0)
            yield return $"{r.Where("lora_target")}: expected names of linear layers; write 'lora_target: all'";
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

    /// <summary>Refuses a recipe that <c>train</c> cannot run.</summary>
    public static void ForTraining(Recipe r)
    {
        var faults = new List<string>();
        if (r.ModelNameOrPath is null) faults.Add("model_name_or_path: not given; name a checkpoint's folder or a GGUF file");
        if (r.OutputDir is null) faults.Add("output_dir: not given; name the folder for the result, for example 'output_dir: saves/first'");
        if (r.Dataset.Count == 0) faults.Add("dataset: not given; name data sets of dataset_info.json or files, for example 'dataset: alpaca_en_demo' or 'dataset: rows.jsonl'");
        if (r.Origins.ContainsKey("do_train") && !r.DoTrain && !r.OnlyEncodes) faults.Add($"{r.Where("do_train")}: false, so there is nothing to do; set it to true or leave it out");
        if (r.ResumeFromCheckpoint is { } resume && resume != "false") faults.Add($"{r.Where("resume_from_checkpoint")}: going on from a checkpoint is not built yet; leave it out and start anew, or load the adapter with adapter_name_or_path");
        if (r.Streaming) faults.Add($"{r.Where("streaming")}: training from a stream is not built yet; leave it out, the rows are read into memory");
        if (r.EvalDataset.Count > 0) faults.Add($"{r.Where("eval_dataset")}: evaluation while training is not built yet; leave it out");
        if (r.ValSize > DatasetSplit.Least) faults.Add($"{r.Where("val_size")}: evaluation while training is not built yet; leave it out");
        if (r.Template is null && r.Stage != "pt") faults.Add($"template: not given; name the one that fits the model, for example 'template: llama3' (or 'template: empty' for none)");
        Throw(faults);
    }

    /// <summary>Refuses a recipe that <c>export</c> cannot run.</summary>
    public static void ForExport(Recipe r)
    {
        var faults = new List<string>();
        if (r.ModelNameOrPath is null) faults.Add("model_name_or_path: not given; name a checkpoint's folder or a GGUF file");
        if (r.ExportDir is null) faults.Add("export_dir: not given; name the folder for the merged checkpoint, for example 'export_dir: merged'");
        Throw(faults);
    }

    private static void Throw(List<string> faults)
    {
        if (faults.Count > 0) throw new UsageException(string.Join('\n', faults));
    }
}

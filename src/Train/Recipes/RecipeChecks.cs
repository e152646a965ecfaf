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

    /// <summary>Refuses a recipe that <c>train</c> cannot run.</summary>
    public static void ForTraining(Recipe r)
    {
        var faults = new List<string>();
        if (r.ModelNameOrPath is null) faults.Add("model_name_or_path: not given; name a checkpoint's folder or a GGUF file");
        if (r.OutputDir is null) faults.Add("output_dir: not given; name the folder for the result, for example 'output_dir: saves/first'");
        if (r.Dataset.Count == 0) faults.Add("dataset: not given; name data sets of dataset_info.json, for example 'dataset: alpaca_en_demo'");
        if (r.Origins.ContainsKey("do_train") && !r.DoTrain) faults.Add($"{r.Where("do_train")}: false, so there is nothing to do; set it to true or leave it out");
        if (r.ResumeFromCheckpoint is { } resume && resume != "false") faults.Add($"{r.Where("resume_from_checkpoint")}: going on from a checkpoint is not built yet; leave it out and start anew, or load the adapter with adapter_name_or_path");
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

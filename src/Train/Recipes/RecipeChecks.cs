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
        foreach (string fault in Optimizers(r)) yield return fault;
        foreach (string fault in Methods(r)) yield return fault;
        foreach (string key in r.LrSchedulerKwargs.Keys)
            if (!LearningRateSchedule.KnownArguments(r.LrSchedulerType).Contains(key))
                yield return $"{r.Where("lr_scheduler_kwargs")}: '{r.LrSchedulerType}' has no '{key}'; known: {string.Join(", ", LearningRateSchedule.KnownArguments(r.LrSchedulerType))}".TrimEnd(' ', ':');
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
        if (r.UseGalore && r.GaloreLayerwise)
            yield return $"{r.Where("galore_layerwise")}: updating layer by layer is not there; leave it out, the projection is the same";
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
        if (r.Dataset.Count == 0) faults.Add("dataset: not given; name data sets of dataset_info.json, for example 'dataset: alpaca_en_demo'");
        if (r.Origins.ContainsKey("do_train") && !r.DoTrain) faults.Add($"{r.Where("do_train")}: false, so there is nothing to do; set it to true or leave it out");
        if (r.ResumeFromCheckpoint is { } resume && resume != "false") faults.Add($"{r.Where("resume_from_checkpoint")}: going on from a checkpoint is not built yet; leave it out and start anew, or load the adapter with adapter_name_or_path");
        if (r.Template is null) faults.Add($"template: not given; name the one that fits the model, for example 'template: llama3' (or 'template: empty' for none)");
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

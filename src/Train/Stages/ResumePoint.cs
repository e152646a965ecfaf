namespace Pure.Tuner;

/// <summary>The checkpoint that a run goes on from.</summary>
/// <param name="Folder">checkpoint-N.</param>
/// <param name="Snapshot">What the run knew there.</param>
internal sealed record ResumePoint(string Folder, RunSnapshot Snapshot)
{
    /// <summary>Keys that the saved state cannot do without: with another value the rest of the run would be neither the old nor the new one.</summary>
    private static readonly string[] s_fixed =
    [
        "stage", "finetuning_type", "per_device_train_batch_size", "gradient_accumulation_steps", "seed", "data_seed", "disable_shuffling", "group_by_length", "rope_scaling", "dataloader_drop_last", "streaming", "buffer_size",
        "lora_rank", "lora_target", "use_dora", "additional_target", "pissa_init", "pure_bf16", "optim", "use_galore", "galore_rank", "galore_target", "use_muon", "freeze_trainable_layers", "freeze_trainable_modules",
        "freeze_extra_modules", "quantization_bit", "quantization_method", "quantization_type", "double_quantization",
    ];

    /// <summary>Keys that may change, each with a notice: they decide numbers from here on.</summary>
    private static readonly string[] s_told =
    [
        "learning_rate", "lr_scheduler_type", "warmup_ratio", "warmup_steps", "weight_decay", "max_grad_norm", "max_steps", "num_train_epochs", "adam_beta1", "adam_beta2", "adam_epsilon", "optim_args",
        "lora_alpha", "lora_dropout", "loraplus_lr_ratio", "use_rslora", "label_smoothing_factor", "neftune_noise_alpha", "bf16", "fp16",
    ];

    /// <summary>Finds it: the folder that resume_from_checkpoint names, the last one of output_dir for true, and the last one too where nothing is said and nothing may be overwritten.</summary>
    /// <returns>Null for a run that begins.</returns>
    /// <exception cref="UsageException">There is none where one was asked for, or it is damaged; the one before it is named.</exception>
    internal static ResumePoint? Find(Recipe recipe)
    {
        string? asked = recipe.ResumeFromCheckpoint is { } key && !Is(key, "false") ? key : null;
        if (asked is null && (recipe.ResumeFromCheckpoint is not null || recipe.OverwriteOutputDir)) return null;
        string where = recipe.Where("resume_from_checkpoint");
        string folder;
        if (asked is null || Is(asked, "true"))
        {
            if (CheckpointStore.All(recipe.OutputDir!).LastOrDefault() is { } last) folder = last;
            else if (asked is null) return null;
            else throw new UsageException($"{where}: {recipe.OutputDir} holds no checkpoint-N to go on from; leave the key out: a run goes on by itself where output_dir has one");
        }
        else if (Directory.Exists(asked)) folder = Path.TrimEndingDirectorySeparator(asked);
        else
        {
            string[] there = [.. CheckpointStore.All(Path.GetDirectoryName(Path.GetFullPath(asked)) ?? ".").Select(c => Path.GetFileName(c))];
            throw new UsageException($"{where}: {asked} is not there; {(there.Length > 0 ? $"its folder holds {string.Join(", ", there)}" : "name a folder checkpoint-N, or true for the last one of output_dir")}");
        }
        try { return new ResumePoint(folder, RunSnapshot.Load(folder)); }
        catch (Exception e) when (e is CheckpointException or IOException)
        {
            string? before = CheckpointStore.All(Path.GetDirectoryName(Path.GetFullPath(folder))!).Where(c => CheckpointStore.StepOf(c) < CheckpointStore.StepOf(folder)).LastOrDefault(IsWhole);
            throw new UsageException($"{where}: {e.Message}; {(before is null ? "there is no whole checkpoint before it: start anew with overwrite_output_dir=true, or use its weights with adapter_name_or_path or model_name_or_path" : $"the one before it is whole: resume_from_checkpoint={before}")}", e);
        }
    }

    /// <summary>Whether the recipe still describes the run that was stopped. What may change is told in one line each.</summary>
    /// <exception cref="UsageException">The rows or a setting that the saved state hangs on are other ones.</exception>
    internal IEnumerable<string> Compare(Recipe recipe, string rows)
    {
        foreach ((string key, string now) in SettingsOf(recipe))
        {
            if (!Snapshot.Settings.TryGetValue(key, out string? before) || before == now) continue;
            if (s_fixed.Contains(key))
                throw new UsageException($"{recipe.Where(key)}: {Folder} was made with {before}, not {now}; set it back, or start anew in another output_dir with the weights of that checkpoint (adapter_name_or_path or model_name_or_path)");
            yield return $"{recipe.Where(key)}: was {before} when {Path.GetFileName(Folder)} was saved, is {now} from here on";
        }
        if (rows.Length > 0 && Snapshot.Rows.Length > 0 && rows != Snapshot.Rows)
            throw new UsageException($"dataset: the rows are not those that {Folder} was made with (files, template, cutoff_len or another data key changed), so the place in them would be another; give the same data, or start anew in another output_dir with the weights of that checkpoint (adapter_name_or_path or model_name_or_path)");
    }

    /// <summary>Values of all keys that decide numbers.</summary>
    internal static Dictionary<string, string> SettingsOf(Recipe recipe)
    {
        var settings = new Dictionary<string, string>();
        foreach (string key in (string[])[.. s_fixed, .. s_told])
            if (RecipeKeys.Find(key)?.Property is { } property) settings[key] = RecipeBinder.Show(key == "lora_alpha" ? recipe.ResolvedLoraAlpha : key == "data_seed" ? recipe.ResolvedDataSeed : property.GetValue(recipe));
        settings["pure_tuner.matrix_units"] = recipe.PureTuner.MatrixUnits;          // with bf16 they decide what the operands of products are rounded to
        settings["pure_tuner.int8_activations"] = recipe.PureTuner.Int8Activations == "true" ? "true" : "false";     // training is rounded only where that is asked for
        return settings;
    }

    private static bool IsWhole(string folder)
    {
        try
        {
            RunSnapshot.Load(folder);
            return true;
        }
        catch (Exception e) when (e is CheckpointException or IOException) { return false; }
    }

    private static bool Is(string value, string word) => string.Equals(value, word, StringComparison.OrdinalIgnoreCase);
}

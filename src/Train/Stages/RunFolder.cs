namespace Pure.Tuner;

/// <summary>The files of a run, named as the reference names them: the folder itself and its checkpoints.</summary>
internal sealed class RunFolder(Recipe recipe, TrainingPlan plan, LanguageModel model, Optimizer optimizer, TrainerState state)
{
    private readonly List<string> _checkpoints = [];

    /// <summary>The recipe as the folder keeps it: a local base is found from any directory.</summary>
    private readonly Recipe _kept = recipe with
    {
        ModelNameOrPath = Folders.Absolute(recipe.ModelNameOrPath!),
        AdapterNameOrPath = [.. recipe.AdapterNameOrPath.Select(Folders.Absolute)],
    };

    private string Output => recipe.OutputDir!;

    /// <summary>overwrite_output_dir is for earlier runs: neither a model that no run made nor what this run starts from may be taken away.</summary>
    /// <exception cref="UsageException">The folder holds such a thing.</exception>
    internal static void RequireNothingPrecious(Recipe recipe)
    {
        string output = Path.TrimEndingDirectorySeparator(Path.GetFullPath(recipe.OutputDir!));
        foreach (string start in (string[])[recipe.ModelNameOrPath!, .. recipe.AdapterNameOrPath])
        {
            if (!Directory.Exists(start)) continue;
            string place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(start));
            if (place == output || place.StartsWith(Path.Combine(output, "checkpoint-"), StringComparison.Ordinal))
                throw new UsageException($"{recipe.Where("output_dir")}: {recipe.OutputDir} holds {start}, which this run starts from; name another folder");
        }
        if (!Directory.Exists(output) || File.Exists(Path.Combine(output, "trainer_log.jsonl")) || File.Exists(Path.Combine(output, "trainer_state.json"))) return;
        if (Directory.EnumerateFiles(output).Select(Path.GetFileName).FirstOrDefault(n => IsOurs(n!)) is { } file)
            throw new UsageException($"{recipe.Where("output_dir")}: {recipe.OutputDir} holds {file} but no training log, so it is no earlier run to overwrite; name another folder");
    }

    /// <summary>Takes away what an earlier run left in the folder, so that two runs are never mixed. Other files stay.</summary>
    internal void ClearEarlierRun()
    {
        Directory.CreateDirectory(Output);
        foreach (string file in Directory.EnumerateFiles(Output))
            if (IsOurs(Path.GetFileName(file))) File.Delete(file);
        foreach (string old in Directory.EnumerateDirectories(Output, "checkpoint-*"))
            if (int.TryParse(Path.GetFileName(old)["checkpoint-".Length..], out _)) Directory.Delete(old, recursive: true);
    }

    /// <summary>checkpoint-N, complete or absent; older ones beyond save_total_limit go.</summary>
    internal void SaveCheckpoint()
    {
        string place = Path.Combine(Output, $"checkpoint-{state.GlobalStep}");
        using (var folder = new AtomicFolder(place))
        {
            SaveModel(folder.Folder, null);
            state.Save(folder.Folder);
            RecipeWriter.Save(_kept, folder.Folder);
            if (!recipe.SaveOnlyModel)
            {
                optimizer.Save(Path.Combine(folder.Folder, "optimizer.safetensors"));
                AtomicFile.WriteText(Path.Combine(folder.Folder, "training_state.json"), PythonJson.Write(new Dictionary<string, object?>
                {
                    ["global_step"] = state.GlobalStep,
                    ["optimizer_steps"] = optimizer.Steps,
                    ["seed"] = recipe.Seed,
                    ["data_seed"] = recipe.ResolvedDataSeed,
                }, 2, sorted: true));
            }
            folder.Commit();
        }
        _checkpoints.Add(place);
        while (recipe.SaveTotalLimit is { } limit && _checkpoints.Count > Math.Max(1, limit))
        {
            Directory.Delete(_checkpoints[0], recursive: true);
            _checkpoints.RemoveAt(0);
        }
    }

    /// <summary>The folder itself, at the end.</summary>
    internal void SaveFinal(TrainResults results)
    {
        SaveModel(Output, results);
        state.Save(Output);
        results.Save(Output);
        RecipeWriter.Save(_kept, Output);
        if (recipe.PlotLoss) new LossPlot("loss", state.Losses()).Save(Output);
    }

    private void SaveModel(string folder, TrainResults? results)
    {
        model.Backend.Trim();                    // what writing needs should not lie beside the idle blocks of the last update
        if (model.Adapter is not null)
        {
            model.Adapter.Save(folder);
            model.Tokenizer.Save(folder);
        }
        else model.Save(folder);
        AtomicFile.WriteText(Path.Combine(folder, "README.md"), ModelCard.Write(recipe, plan, results));
    }

    private static bool IsOurs(string name) =>
        name is "adapter_config.json" or "adapter_model.safetensors" or "args.json" or "training_args.yaml" or "trainer_state.json" or "trainer_log.jsonl" or "train_results.json" or "all_results.json"
            or "model.safetensors" or "model.safetensors.index.json" or "config.json" or "generation_config.json"
        || name.StartsWith("model-", StringComparison.Ordinal) && name.EndsWith(".safetensors", StringComparison.Ordinal)
        || name.StartsWith("training_loss.", StringComparison.Ordinal);
}

/// <summary>Where results may go.</summary>
internal static class Folders
{
    /// <summary>A path that holds from any directory when something is there; else what was given: a hub id.</summary>
    internal static string Absolute(string path) => Directory.Exists(path) || File.Exists(path) ? Path.GetFullPath(path) : path;

    /// <summary>Makes the folder and proves that it can be written, before hours are spent.</summary>
    /// <exception cref="UsageException">It is a file, cannot be written, or holds something that must not be overwritten.</exception>
    internal static void Require(string key, string folder, bool overwrite)
    {
        if (File.Exists(folder)) throw new UsageException($"{key}: {folder} is a file; name a folder");
        if (!overwrite && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new UsageException($"{key}: {folder} is not empty; name another folder{(key == "output_dir" ? " or set overwrite_output_dir: true" : "")}");
        bool isNew = !Directory.Exists(folder);
        try
        {
            Directory.CreateDirectory(folder);
            string probe = Path.Combine(folder, $".probe.{Environment.ProcessId}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            if (isNew) Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{key}: {folder} cannot be written ({e.Message.TrimEnd('.')}); name another folder", e);
        }
    }
}

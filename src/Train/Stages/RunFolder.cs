namespace Pure.Tuner;

/// <summary>The files of a run, named as the reference names them: the folder itself and its checkpoints.</summary>
internal sealed class RunFolder(Recipe recipe, TrainingPlan plan, LanguageModel model, AdamW optimizer, TrainerState state)
{
    private string Output => recipe.OutputDir!;

    /// <summary>checkpoint-N, complete or absent; older ones beyond save_total_limit go.</summary>
    internal void SaveCheckpoint()
    {
        string place = Path.Combine(Output, $"checkpoint-{state.GlobalStep}");
        using (var folder = new AtomicFolder(place))
        {
            SaveModel(folder.Folder, null);
            state.Save(folder.Folder);
            RecipeWriter.Save(recipe, folder.Folder);
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
        if (recipe.SaveTotalLimit is not { } limit) return;
        foreach (string old in Directory.EnumerateDirectories(Output, "checkpoint-*").OrderBy(StepOf).SkipLast(limit).ToList()) Directory.Delete(old, recursive: true);
    }

    /// <summary>The folder itself, at the end.</summary>
    internal void SaveFinal(TrainResults results)
    {
        SaveModel(Output, results);
        state.Save(Output);
        results.Save(Output);
        RecipeWriter.Save(recipe, Output);
        if (recipe.PlotLoss) new LossPlot("loss", state.Losses()).Save(Output);
    }

    private void SaveModel(string folder, TrainResults? results)
    {
        if (model.Adapter is not null)
        {
            model.Adapter.Save(folder);
            model.Tokenizer.Save(folder);
        }
        else model.Save(folder);
        AtomicFile.WriteText(Path.Combine(folder, "README.md"), ModelCard.Write(recipe, plan, results));
    }

    private static int StepOf(string folder) => int.TryParse(folder[(folder.LastIndexOf('-') + 1)..], out int step) ? step : int.MaxValue;
}

/// <summary>Where results may go.</summary>
internal static class Folders
{
    /// <exception cref="UsageException">The folder holds a run already and must not be overwritten, or is a file.</exception>
    internal static void RequireFree(string output, bool overwrite)
    {
        if (File.Exists(output)) throw new UsageException($"output_dir: {output} is a file; name a folder");
        if (overwrite || !Directory.Exists(output) || !Directory.EnumerateFileSystemEntries(output).Any()) return;
        throw new UsageException($"output_dir: {output} is not empty; name another folder or set overwrite_output_dir: true");
    }
}

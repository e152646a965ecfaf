namespace Pure.Tuner;

/// <summary>The files of a run, named as the reference names them: the folder itself and its checkpoints.</summary>
internal sealed class RunFolder(Recipe recipe, TrainingPlan plan, LanguageModel model, Optimizer optimizer, TrainerState state)
{
    /// <summary>The recipe as the folder keeps it: a local base is found from any directory.</summary>
    private readonly Recipe _kept = recipe with
    {
        ModelNameOrPath = Folders.Absolute(recipe.ModelNameOrPath!),
        AdapterNameOrPath = [.. recipe.AdapterFolders.Select(Folders.Absolute)],
        AdapterFolder = null,
    };

    private string Output => recipe.OutputDir!;

    /// <summary>overwrite_output_dir is for earlier runs: neither a model that no run made nor what this run starts from may be taken away.</summary>
    /// <exception cref="UsageException">The folder holds such a thing.</exception>
    internal static void RequireNothingPrecious(Recipe recipe)
    {
        string output = Path.TrimEndingDirectorySeparator(Path.GetFullPath(recipe.OutputDir!));
        foreach (string start in (string[])[recipe.ModelNameOrPath!, .. recipe.AdapterFolders])
        {
            if (!Directory.Exists(start)) continue;
            string place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(start));
            if (place == output || place.StartsWith(Path.Combine(output, "checkpoint-"), StringComparison.Ordinal))
                throw new UsageException($"{recipe.Where("output_dir")}: {recipe.OutputDir} holds {start}, which this run starts from; name another folder");
        }
        if (!Directory.Exists(output) || File.Exists(Path.Combine(output, "trainer_log.jsonl")) || File.Exists(Path.Combine(output, "trainer_state.json"))) return;
        if (Directory.EnumerateFiles(output).Select(Path.GetFileName).FirstOrDefault(n => OutputFiles.IsOfARun(n!)) is { } file)
            throw new UsageException($"{recipe.Where("output_dir")}: {recipe.OutputDir} holds {file} but no training log, so it is no earlier run to overwrite; name another folder");
    }

    /// <summary>Takes away what an earlier run left in the folder, so that two runs are never mixed. Other files stay.</summary>
    internal void ClearEarlierRun()
    {
        Directory.CreateDirectory(Output);
        foreach (string file in Directory.EnumerateFiles(Output))
            if (OutputFiles.IsOfARun(Path.GetFileName(file))) File.Delete(file);
        foreach (string old in Directory.EnumerateDirectories(Output, "checkpoint-*"))
            if (int.TryParse(Path.GetFileName(old)["checkpoint-".Length..], out _)) Directory.Delete(old, recursive: true);
    }

    /// <summary>Fills the folder of a checkpoint; the snapshot comes last, because it knows the other files.</summary>
    internal void WriteCheckpoint(string folder, RunSnapshot snapshot)
    {
        SaveModel(folder);
        AtomicFile.WriteText(Path.Combine(folder, "README.md"), ModelCard.Write(recipe, plan, null));
        state.Save(folder);
        RecipeWriter.Save(_kept, folder);
        if (recipe.SaveOnlyModel) return;
        optimizer.Save(Path.Combine(folder, "optimizer.safetensors"));
        snapshot.Save(folder);
    }

    /// <summary>The folder itself, at the end of training.</summary>
    /// <exception cref="IOException">The disk is full or gone; the sentence says where the model is.</exception>
    internal void SaveFinal(TrainResults results)
    {
        using ProfileSpan span = Profile.Work("save");
        try { Write(Output); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string saved = Path.Combine(Output, $"checkpoint-{state.GlobalStep}"), rescue = CheckpointStore.RescueFolder(Output), reason = CheckpointStore.Reason(e);
            if (Directory.Exists(saved)) throw new IOException($"{Output}: the finished model could not be saved there ({reason}); nothing is lost, it is in {saved}: make room and give the same command with resume_from_checkpoint={saved}", e);
            try { Write(rescue); }
            catch (Exception again) when (again is IOException or UnauthorizedAccessException)
            {
                throw new IOException($"{Output}: the finished model could not be saved there ({reason}) nor in {rescue} ({CheckpointStore.Reason(again)}); make room and go on with resume_from_checkpoint=true", e);
            }
            throw new IOException($"{Output}: the finished model could not be saved there ({reason}), so it is in {rescue}; make room and move it", e);
        }

        void Write(string folder)
        {
            SaveModel(folder);
            state.Save(folder);
            results.Save(folder);
            RecipeWriter.Save(_kept, folder);
            if (recipe.PlotLoss) LossPlot.SaveAll(folder, state);
        }
    }

    /// <summary>README.md of the finished folder.</summary>
    internal void SaveCard(TrainResults results) => AtomicFile.WriteText(Path.Combine(Output, "README.md"), ModelCard.Write(recipe, plan, results, state));

    private void SaveModel(string folder)
    {
        model.Backend.Trim();                    // what writing needs should not lie beside the idle blocks of the last update
        if (model.Adapter is not null)
        {
            model.Adapter.Save(folder);
            model.Tokenizer.Save(folder);
        }
        else model.Save(folder);
    }
}

/// <summary>Where results may go.</summary>
internal static class Folders
{
    /// <summary>A path that holds from any directory when something is there; else what was given: a hub id.</summary>
    internal static string Absolute(string path) => Directory.Exists(path) || File.Exists(path) ? Path.GetFullPath(path) : path;

    /// <summary>Keeps a second run out of the folder as long as the stream is open; a killed run leaves nothing that hinders.</summary>
    /// <exception cref="UsageException">Another run writes there.</exception>
    internal static FileStream Lock(string folder)
    {
        Directory.CreateDirectory(folder);
        try { return new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose); }
        catch (IOException e) when (File.Exists(Path.Combine(folder, LockName))) { throw new UsageException($"output_dir: another run is writing to {folder}; wait for it or name another folder", e); }
    }

    private const string LockName = ".lock";

    /// <summary>What a run leaves that was stopped before its first checkpoint: nothing that could be missed.</summary>
    private static bool IsLeftover(string entry) =>
        Path.GetFileName(entry) is var name && (name is "trainer_log.jsonl" or "trainer_log.csv" or "runs" or LockName || name.StartsWith(".checkpoint-", StringComparison.Ordinal) || name.StartsWith('.') && name.EndsWith(".tmp", StringComparison.Ordinal));

    /// <summary>Makes the folder and proves that it can be written, before hours are spent.</summary>
    /// <exception cref="UsageException">It is a file, cannot be written, or holds something that must not be overwritten.</exception>
    internal static void Require(string key, string folder, bool overwrite)
    {
        if (File.Exists(folder)) throw new UsageException($"{key}: {folder} is a file; name a folder");
        if (!overwrite && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any(e => !IsLeftover(e)))
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

namespace Pure.Tuner;

/// <summary>Finds the checkpoint that a recipe names: a folder, a file, or a hub id in the caches of this machine.</summary>
internal static class ModelLocator
{
    /// <exception cref="UsageException">Nothing is there; the sentence names where it was looked for.</exception>
    internal static string Find(string name, string? cacheDir = null, string revision = "main")
    {
        if (Directory.Exists(name) || File.Exists(name)) return name;
        bool hubId = name.Count(c => c == '/') == 1 && !name.StartsWith('.') && !name.StartsWith('/') && !name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);
        if (!hubId) throw new UsageException($"model_name_or_path: {name}: no such folder or file; name a folder with config.json and safetensors, or a .gguf file");
        string[] places = [.. Places(name, cacheDir)];
        foreach (string place in places)
        {
            if (!Directory.Exists(place)) continue;
            string snapshots = Path.Combine(place, "snapshots");
            if (!Directory.Exists(snapshots)) return place;
            if (Snapshot(place, snapshots, revision) is { } snapshot) return snapshot;
            if (revision != "main") throw new UsageException($"model_revision: {name}: '{revision}' is not in {place} ({Known(place, snapshots)}), and downloading is not built yet; name one of these, or leave model_revision out");
        }
        throw new UsageException($"model_name_or_path: {name}: not on this machine, and downloading is not built yet; put its files (config.json, *.safetensors, tokenizer.json) into {places[0]} or give a folder or .gguf file with model_name_or_path=...");
    }

    /// <summary>The folder of a branch, a tag or a commit, which may be shortened; without a ref of the name main the last one there is.</summary>
    private static string? Snapshot(string place, string snapshots, string revision)
    {
        string named = Path.Combine(place, "refs", revision.Replace('/', Path.DirectorySeparatorChar));
        bool inside = Path.GetFullPath(named).StartsWith(Path.GetFullPath(Path.Combine(place, "refs")), StringComparison.Ordinal);
        string? snapshot = inside && File.Exists(named) ? Path.Combine(snapshots, File.ReadAllText(named).Trim())
            : revision == "main" ? Directory.EnumerateDirectories(snapshots).Order(StringComparer.Ordinal).LastOrDefault()
            : revision.Length >= 7 && revision.All(char.IsAsciiHexDigit) ? Directory.EnumerateDirectories(snapshots, revision + "*").Order(StringComparer.Ordinal).FirstOrDefault()
            : null;
        return snapshot is not null && Directory.Exists(snapshot) ? snapshot : null;
    }

    private static string Known(string place, string snapshots)
    {
        string refs = Path.Combine(place, "refs");
        IEnumerable<string> names = Directory.Exists(refs) ? Directory.EnumerateFiles(refs, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(refs, f).Replace('\\', '/')) : [];
        return "known: " + string.Join(", ", names.Concat(Directory.EnumerateDirectories(snapshots).Select(d => Path.GetFileName(d))).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Places(string id, string? cacheDir)
    {
        string hub = "models--" + id.Replace("/", "--", StringComparison.Ordinal), home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (cacheDir is { Length: > 0 })
        {
            yield return Path.Combine(cacheDir, hub);
            yield return Path.Combine(cacheDir, id);
        }
        // The caches of both hubs; the one that is wished for first.
        string modelScope = Environment.GetEnvironmentVariable("MODELSCOPE_CACHE") is { Length: > 0 } ms ? ms : Path.Combine(home, ".cache", "modelscope", "hub");
        string[] scope = [Path.Combine(modelScope, id), Path.Combine(modelScope, "models", id)];
        bool scopeFirst = EnvironmentSwitches.IsOn("USE_MODELSCOPE_HUB");
        if (scopeFirst)
            foreach (string place in scope) yield return place;
        string hf = Environment.GetEnvironmentVariable("HF_HOME") is { Length: > 0 } set ? set : Path.Combine(home, ".cache", "huggingface");
        yield return Environment.GetEnvironmentVariable("HF_HUB_CACHE") is { Length: > 0 } hubs ? Path.Combine(hubs, hub) : Path.Combine(hf, "hub", hub);
        if (!scopeFirst)
            foreach (string place in scope) yield return place;
    }
}

namespace Pure.Tuner;

/// <summary>Finds the checkpoint that a recipe names: a folder, a file, or a hub id in the caches of this machine.</summary>
internal static class ModelLocator
{
    /// <exception cref="UsageException">Nothing is there; the sentence names where it was looked for.</exception>
    internal static string Find(string name, string? cacheDir = null)
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
            string main = Path.Combine(place, "refs", "main");
            string? snapshot = File.Exists(main) ? Path.Combine(snapshots, File.ReadAllText(main).Trim()) : Directory.EnumerateDirectories(snapshots).Order(StringComparer.Ordinal).LastOrDefault();
            if (snapshot is not null && Directory.Exists(snapshot)) return snapshot;
        }
        throw new UsageException($"model_name_or_path: {name}: not on this machine, and downloading is not built yet; put its files (config.json, *.safetensors, tokenizer.json) into {places[0]} or give a folder or .gguf file with model_name_or_path=...");
    }

    private static IEnumerable<string> Places(string id, string? cacheDir)
    {
        string hub = "models--" + id.Replace("/", "--", StringComparison.Ordinal), home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (cacheDir is { Length: > 0 })
        {
            yield return Path.Combine(cacheDir, hub);
            yield return Path.Combine(cacheDir, id);
        }
        string hf = Environment.GetEnvironmentVariable("HF_HOME") is { Length: > 0 } set ? set : Path.Combine(home, ".cache", "huggingface");
        yield return Path.Combine(hf, "hub", hub);
        string modelScope = Environment.GetEnvironmentVariable("MODELSCOPE_CACHE") is { Length: > 0 } ms ? ms : Path.Combine(home, ".cache", "modelscope", "hub");
        yield return Path.Combine(modelScope, id);
        yield return Path.Combine(modelScope, "models", id);
    }
}

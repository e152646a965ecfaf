using System.Text.Json;

namespace Pure.Tuner;

/// <summary>train_results.json, eval_results.json, predict_results.json, and their union all_results.json.</summary>
internal static class ResultFiles
{
    /// <summary>Writes the results of a phase and adds them to all_results.json, in place of what an earlier phase put there under the same names.</summary>
    /// <param name="folder">output_dir.</param>
    /// <param name="phase"><c>train</c>, <c>eval</c> or <c>predict</c>.</param>
    /// <param name="values">Under their full names, such as eval_loss.</param>
    /// <exception cref="UsageException">all_results.json is there and is not JSON.</exception>
    public static void Save(string folder, string phase, IReadOnlyDictionary<string, object?> values)
    {
        AtomicFile.WriteText(Path.Combine(folder, phase + "_results.json"), PythonJson.Write(values, 4, sorted: true));
        string path = Path.Combine(folder, "all_results.json");
        Dictionary<string, object?> all = File.Exists(path) ? Read(path) : [];
        foreach ((string key, object? value) in values) all[key] = value;
        AtomicFile.WriteText(path, PythonJson.Write(all, 4, sorted: true));
    }

    /// <summary>How long a phase took: eval_runtime, eval_samples_per_second, eval_steps_per_second.</summary>
    public static void AddSpeed(Dictionary<string, object?> values, string phase, TimeSpan runtime, double samples, int steps)
    {
        double seconds = Math.Max(runtime.TotalSeconds, 1e-9);
        values[phase + "_runtime"] = PythonFloat.Round(runtime.TotalSeconds, 4);
        values[phase + "_samples_per_second"] = PythonFloat.Round(samples / seconds, 3);
        values[phase + "_steps_per_second"] = PythonFloat.Round(steps / seconds, 3);
    }

    private static Dictionary<string, object?> Read(string path)
    {
        try
        {
            using JsonDocument json = JsonText.Document(File.ReadAllBytes(path));
            return json.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => TrainerState.Value(p.Name, p.Value));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new UsageException($"{path}: not a file of results ({e.Message.TrimEnd('.')}); move it away", e);
        }
    }
}

using System.Text.Json;

namespace Pure.Tuner;

/// <summary>Result files of the phases: eval_results.json, predict_results.json, and all_results.json with what every phase gave.</summary>
internal static class RunResults
{
    /// <summary>Writes the file of a phase and adds its values to all_results.json.</summary>
    internal static void Save(string folder, string phase, IReadOnlyDictionary<string, double> values)
    {
        AtomicFile.WriteText(Path.Combine(folder, $"{phase}_results.json"), PythonJson.Write(values.ToDictionary(v => v.Key, v => (object?)v.Value), 4, sorted: true));
        string all = Path.Combine(folder, "all_results.json");
        var union = new Dictionary<string, object?>();
        if (File.Exists(all))
            foreach (JsonProperty p in JsonDocument.Parse(File.ReadAllBytes(all)).RootElement.EnumerateObject())
                union[p.Name] = p.Value.ValueKind == JsonValueKind.Number ? p.Value.GetDouble() : p.Value.ToString();
        foreach ((string key, double value) in values) union[key] = value;
        AtomicFile.WriteText(all, PythonJson.Write(union, 4, sorted: true));
    }

    /// <summary>generated_predictions.jsonl: prompt, predict, label of each row.</summary>
    internal static void SavePredictions(string folder, IEnumerable<Prediction> predictions) =>
        AtomicFile.WriteText(Path.Combine(folder, "generated_predictions.jsonl"), string.Concat(predictions.Select(p =>
            PythonJson.Write(new List<KeyValuePair<string, object?>> { new("prompt", p.Prompt), new("predict", p.Predict), new("label", p.Label) }, 0) + "\n")));
}

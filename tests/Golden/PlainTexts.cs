using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Texts of .txt and .jsonl files for stage pt, until the reader knows them.</summary>
internal static class PlainTexts
{
    internal static DatasetRows? Read(Recipe recipe)
    {
        if (recipe.Stage != "pt") return null;
        var all = new DatasetRows([], []);
        JsonElement registry = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(recipe.DatasetDir, "dataset_info.json"))).RootElement;
        foreach (string name in recipe.Dataset)
        {
            string file = registry.GetProperty(name).GetProperty("file_name").GetString()!;
            IEnumerable<string> texts = File.ReadLines(Path.Combine(recipe.DatasetDir, file)).Select(l => Path.GetExtension(file) == ".txt" ? l : JsonDocument.Parse(l).RootElement.GetProperty("text").GetString()!);
            all.Rows.AddRange(texts.Take(recipe.MaxSamples ?? int.MaxValue).Select(t => new TrainingRow([new TrainingMessage(MessageRole.User, t)])));
        }
        return all;
    }
}

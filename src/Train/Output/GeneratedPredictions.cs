using System.Text;

namespace Pure.Tuner;

/// <summary>generated_predictions.jsonl: what the model was asked, what it wrote, what the data says.</summary>
internal static class GeneratedPredictions
{
    /// <summary>Writes a line for each row, text as it is rather than in escapes.</summary>
    public static void Save(string folder, IEnumerable<(string Prompt, string Predict, string Label)> rows) =>
        AtomicFile.Write(Path.Combine(folder, "generated_predictions.jsonl"), stream =>
        {
            foreach ((string prompt, string predict, string label) in rows) stream.Write(Encoding.UTF8.GetBytes(Line(prompt, predict, label) + "\n"));
        });

    /// <summary>The text of a line.</summary>
    public static string Line(string prompt, string predict, string label) =>
        PythonJson.Write(new List<KeyValuePair<string, object?>> { new("prompt", prompt), new("predict", predict), new("label", label) }, 0, ascii: false);

    /// <summary>The values of predict_results.json that come from the texts: LLaMA-Factory's similarity, and where the labels name classes also predict_accuracy and predict_macro_f1.</summary>
    /// <param name="pairs">Answers without special tokens, and labels.</param>
    public static Dictionary<string, object?> Results(IReadOnlyList<(string Predict, string Label)> pairs)
    {
        var values = new Dictionary<string, object?>();
        foreach ((string name, double score) in TextSimilarity.Mean(pairs)) values["predict_" + name] = score;
        if (LabelScores.Of(pairs) is { } scores)
        {
            values["predict_accuracy"] = scores.Accuracy;
            values["predict_macro_f1"] = scores.MacroF1;
        }
        return values;
    }
}

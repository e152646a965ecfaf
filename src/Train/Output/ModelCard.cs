using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>README.md of a trained folder: the head that model hubs read, and what the run was.</summary>
internal static class ModelCard
{
    /// <param name="r">The recipe.</param>
    /// <param name="plan">Steps and rows.</param>
    /// <param name="results">What the finished run came to; null in a checkpoint.</param>
    /// <param name="state">What was logged; its evaluations are shown.</param>
    public static string Write(Recipe r, TrainingPlan plan, TrainResults? results, TrainerState? state = null)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(r.OutputDir ?? "model"));
        string model = r.ModelNameOrPath ?? "";
        bool lora = r.FinetuningType == "lora";
        var text = new StringBuilder();
        text.Append("---\n");
        text.Append(lora ? "library_name: peft\n" : "library_name: transformers\n");
        text.Append("license: other\n");
        text.Append(CultureInfo.InvariantCulture, $"base_model: {Yaml(model)}\n");
        text.Append("tags:\n");
        if (lora) text.Append(CultureInfo.InvariantCulture, $"- {Yaml("base_model:adapter:" + model)}\n");
        text.Append("- llama-factory\n");
        text.Append(CultureInfo.InvariantCulture, $"- {(lora ? "lora" : "full")}\n");
        text.Append("- pure-tuner\n- transformers\npipeline_tag: text-generation\nmodel-index:\n");
        text.Append(CultureInfo.InvariantCulture, $"- name: {Yaml(name)}\n  results: []\n---\n\n");
        text.Append(CultureInfo.InvariantCulture, $"# {name}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{(lora ? "A LoRA adapter" : "A fine-tuned version")} of `{model}`, trained on {string.Join(", ", r.Dataset.Select(d => $"`{d}`"))} with {(r.Template is { } template ? $"the template `{template}`" : "the checkpoint's own chat template")}.\n\n");
        if (state is not null) AddEvaluation(text, state);
        text.Append("## Settings\n\n| setting | value |\n|---|---|\n");
        foreach ((string key, object? value) in Settings(r, plan)) text.Append(CultureInfo.InvariantCulture, $"| {key} | {RecipeBinder.Show(value)} |\n");
        if (results is not null)
        {
            text.Append("\n## Result\n\n| value | |\n|---|---|\n");
            foreach ((string key, object? value) in results.Values().OrderBy(e => e.Key, StringComparer.Ordinal)) text.Append(CultureInfo.InvariantCulture, $"| {key} | {RecipeBinder.Show(value)} |\n");
        }
        if (state is not null) AddHistory(text, state);
        text.Append(CultureInfo.InvariantCulture, $"\nMade by Pure.Tuner {typeof(ModelCard).Assembly.GetName().Version?.ToString(3)}.\n");
        return text.ToString();
    }

    /// <summary>The last evaluation, as the reference lists it: Loss first, then the other metrics by name; times stay out.</summary>
    private static void AddEvaluation(StringBuilder text, TrainerState state)
    {
        if (state.LogHistory.LastOrDefault(IsEvaluation) is not { } last) return;
        text.Append("On the evaluation set it reaches:\n");
        foreach (string key in EvaluationKeys([last]))
            text.Append(CultureInfo.InvariantCulture, $"- {(key == "eval_loss" ? "Loss" : Title(key))}: {Rounded(last, key)}\n");
        text.Append('\n');
    }

    /// <summary>Every evaluation with the training loss before it.</summary>
    private static void AddHistory(StringBuilder text, TrainerState state)
    {
        IReadOnlyDictionary<string, object?>[] evaluations = [.. state.LogHistory.Where(IsEvaluation)];
        if (evaluations.Length == 0) return;
        string[] keys = EvaluationKeys(evaluations);
        text.Append("\n## Evaluations\n\n| Training Loss | Epoch | Step |");
        foreach (string key in keys) text.Append(CultureInfo.InvariantCulture, $" {(key == "eval_loss" ? "Validation Loss" : Title(key))} |");
        text.Append("\n|:---:|:---:|:---:|").Insert(text.Length, ":---:|", keys.Length).Append('\n');
        string loss = "No log";
        var seen = new HashSet<int>();
        foreach (IReadOnlyDictionary<string, object?> entry in state.LogHistory)
        {
            if (entry.ContainsKey("loss")) loss = Rounded(entry, "loss");
            // do_eval after training measures the last step once more.
            if (!IsEvaluation(entry) || !seen.Add(Convert.ToInt32(entry["step"], null))) continue;
            text.Append(CultureInfo.InvariantCulture, $"| {loss} | {Rounded(entry, "epoch")} | {entry["step"]} |");
            foreach (string key in keys) text.Append(CultureInfo.InvariantCulture, $" {Rounded(entry, key)} |");
            text.Append('\n');
        }
    }

    private static bool IsEvaluation(IReadOnlyDictionary<string, object?> entry) => EvaluationKeys([entry]).Length > 0;

    private static string[] EvaluationKeys(IEnumerable<IReadOnlyDictionary<string, object?>> entries) =>
        [.. entries.SelectMany(e => e.Keys).Distinct()
            .Where(k => k.StartsWith("eval_", StringComparison.Ordinal) && !k.EndsWith("_runtime", StringComparison.Ordinal) && !k.EndsWith("_per_second", StringComparison.Ordinal) && !k.EndsWith("_preparation_time", StringComparison.Ordinal))
            .OrderBy(k => k == "eval_loss" ? "" : k, StringComparer.Ordinal)];

    /// <summary>eval_rewards/accuracies to "Rewards/accuracies".</summary>
    private static string Title(string key) => char.ToUpperInvariant(key["eval_".Length]) + key["eval_".Length..][1..].Replace('_', ' ');

    private static string Rounded(IReadOnlyDictionary<string, object?> entry, string key) =>
        entry.TryGetValue(key, out object? value) && value is not null ? PythonFloat.Format(PythonFloat.Round(Convert.ToDouble(value, null), 4)) : "";

    private static IEnumerable<(string, object?)> Settings(Recipe r, TrainingPlan plan)
    {
        yield return ("learning_rate", r.LearningRate);
        yield return ("lr_scheduler_type", r.LrSchedulerType);
        yield return ("warmup steps", plan.WarmupSteps);
        yield return ("rows", plan.Rows);
        yield return ("batch size", $"{r.PerDeviceTrainBatchSize} x {r.GradientAccumulationSteps}");
        yield return ("steps", plan.TotalSteps);
        yield return ("cutoff_len", r.CutoffLen);
        yield return ("optimizer", $"{r.Optim}, beta {PythonFloat.Format(r.AdamBeta1)} and {PythonFloat.Format(r.AdamBeta2)}, epsilon {PythonFloat.Format(r.AdamEpsilon)}, weight decay {PythonFloat.Format(r.WeightDecay)}");
        yield return ("max_grad_norm", r.MaxGradNorm);
        yield return ("seed", r.Seed);
        if (r.FinetuningType != "lora") yield break;
        yield return ("lora_rank", r.LoraRank);
        yield return ("lora_alpha", r.ResolvedLoraAlpha);
        yield return ("lora_target", string.Join(", ", r.LoraTarget));
    }

    // JSON strings are YAML strings.
    private static string Yaml(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "/._-".Contains(c, StringComparison.Ordinal)) && char.IsAsciiLetterOrDigit(text[0]) ? text : PythonJson.Write(text, 0);
}

using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>README.md of a trained folder: the head that model hubs read, and what the run was.</summary>
internal static class ModelCard
{
    public static string Write(Recipe r, TrainingPlan plan, TrainResults? results)
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
        text.Append("## Settings\n\n| setting | value |\n|---|---|\n");
        foreach ((string key, object? value) in Settings(r, plan)) text.Append(CultureInfo.InvariantCulture, $"| {key} | {RecipeBinder.Show(value)} |\n");
        if (results is not null)
        {
            text.Append("\n## Result\n\n| value | |\n|---|---|\n");
            foreach ((string key, object? value) in results.Values().OrderBy(e => e.Key, StringComparer.Ordinal)) text.Append(CultureInfo.InvariantCulture, $"| {key} | {RecipeBinder.Show(value)} |\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"\nMade by Pure.Tuner {typeof(ModelCard).Assembly.GetName().Version?.ToString(3)}.\n");
        return text.ToString();
    }

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

namespace Pure.Tuner;

/// <summary>The names of what runs write into output_dir itself; docs/outputs.md says what each is.</summary>
internal static class OutputFiles
{
    private static readonly string[] s_names =
    [
        "adapter_config.json", "adapter_model.safetensors", "model.safetensors", "model.safetensors.index.json", "value_head.safetensors", "config.json", "generation_config.json",
        "args.json", "training_args.yaml", "trainer_state.json", "trainer_log.jsonl", "trainer_log.csv",
        "train_results.json", "eval_results.json", "predict_results.json", "all_results.json", "generated_predictions.jsonl",
    ];

    /// <summary>Whether a file of this name comes from a run, so that the next run in the folder may take it away.</summary>
    public static bool IsOfARun(string name) =>
        s_names.Contains(name)
        || name.StartsWith("model-", StringComparison.Ordinal) && name.EndsWith(".safetensors", StringComparison.Ordinal)
        || name.StartsWith("training_", StringComparison.Ordinal) && (name.EndsWith(".png", StringComparison.Ordinal) || name.EndsWith(".svg", StringComparison.Ordinal));
}

namespace Pure.Tuner.Cli;

/// <summary><c>export</c>: merges adapters into their base and writes safetensors.</summary>
internal static class ExportCommand
{
    public static Command Command { get; } = new("export", "merge adapters and write a checkpoint", Run)
    {
        Help = """
            pure-tuner export FOLDER | RECIPE.yaml [export_dir=OUT] [export_size=5] [key=value ...]

            FOLDER is one that train wrote. The result is a Hugging Face folder: safetensors in shards of
            at most export_size GB, config.json, generation_config.json and the tokenizer.
            """,
    };

    private static int Run(CommandContext context)
    {
        if (context.Arguments.Words.Count == 0 && context.Arguments.Settings.Count == 0)
            throw new UsageException("export: which model? give a folder that train wrote or a recipe, and export_dir=OUT");
        if (context.Arguments.Words.Count > 1) throw new UsageException($"export: '{context.Arguments.Words[1]}' is one word too many");
        Recipe recipe = InferenceRecipe.Read(context.Arguments.Words.FirstOrDefault(), Overrides.Of(context.Arguments));
        ModelExport.Run(recipe);
        context.Output.WriteLine($"written to {recipe.ExportDir}");
        return Shell.Done;
    }
}

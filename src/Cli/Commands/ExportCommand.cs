namespace Pure.Tuner.Cli;

/// <summary><c>export</c>: merges adapters into their base and writes safetensors.</summary>
internal static class ExportCommand
{
    public static Command Command { get; } = new("export", "merge adapters and write a checkpoint", Run)
    {
        Help = """
            pure-tuner export FOLDER | RECIPE.yaml [export_dir=OUT] [export_size=5] [key=value ...]

            FOLDER is one that train wrote. The result is a Hugging Face folder: safetensors in shards of
            at most export_size GB, config.json, generation_config.json, the tokenizer, and a Modelfile for Ollama
            where the template is known. With export_quantization_bit=4 (2, 3, 8) and export_quantization_dataset=FILE
            it is quantised by GPTQ; 'pure-tuner quantize' has more to choose from.
            """,
    };

    private static int Run(CommandContext context)
    {
        string? place = context.Arguments.OneWordOrNone("which model? give a folder that train wrote or a recipe, and export_dir=OUT");
        Recipe recipe = InferenceRecipe.Read(place, Overrides.Of(context.Arguments));
        if (recipe.ExportQuantizationBit is not null)
        {
            QuantizeCommand.Print(context, QuantizedExport.Run(recipe, QuantizedExport.OptionsOf(recipe), context.Output.WriteLine, context.Cancellation), recipe);
            return Shell.Done;
        }
        ModelExport.Run(recipe);
        context.Output.WriteLine($"written to {recipe.ExportDir}");
        return Shell.Done;
    }
}

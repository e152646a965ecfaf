namespace Pure.Tuner.Cli;

/// <summary><c>export</c>: merges adapters into their base and writes safetensors.</summary>
internal static class ExportCommand
{
    public static Command Command { get; } = new("export", "merge adapters and write a checkpoint", Run)
    {
        Profiles = static _ => true,
        Help = """
            pure-tuner export FOLDER | RECIPE.yaml [export_dir=OUT] [export_size=5] [key=value ...]

            FOLDER is one that train wrote. The result is a Hugging Face folder: safetensors in shards of
            at most export_size GB, config.json, generation_config.json, the tokenizer, and a Modelfile for Ollama
            where the template is known. With export_quantization_bit=4 (2, 3, 8) and export_quantization_dataset=FILE
            it is quantised by GPTQ; 'pure-tuner quantize' has more to choose from.

            --format NAME   another kind of file: nf4, fp4 or int8 as bitsandbytes stores them, packed for the format
                            that the base has, or a GGUF type: f32, f16, bf16, q8_0, q4_0, q4_1, q5_0, q5_1, q4_k_m, ...
            --verify        let the written model continue the same prompts, and name the first difference
            """,
        Flags = ["strict_device", "verify"],
    };

    private static int Run(CommandContext context)
    {
        string? place = context.Arguments.OneWordOrNone("which model? give a folder that train wrote or a recipe, and export_dir=OUT");
        string? format = context.Arguments.Text("format");
        bool verify = context.Arguments.Flag("verify");
        Recipe recipe = InferenceRecipe.Read(place, Overrides.Of(context.Arguments));
        if (context.Profile is { } profile) profile.Folder = recipe.ExportDir;
        RequireFormat(Format(format));
        recipe = recipe with { PureTuner = recipe.PureTuner with { ExportFormat = Format(format ?? recipe.PureTuner.ExportFormat), VerifyExport = verify || recipe.PureTuner.VerifyExport } };
        QuantizeOptions? options = recipe.ExportQuantizationBit is not null ? QuantizedExport.OptionsOf(recipe)
            : recipe.PureTuner.ExportFormat is { } other ? QuantizedExport.OptionsOf(other) : null;
        if (options is not null) return QuantizeCommand.Print(context, QuantizedExport.Run(recipe, options, context.Output.WriteLine, context.Cancellation), recipe);
        ExportVerdict? verdict = ModelExport.Run(recipe, context.Output.WriteLine);
        context.Output.WriteLine($"written to {recipe.ExportDir}");
        return Told(context, verdict);
    }

    /// <summary>The verdict's line; a written model that is not the one before is a failure.</summary>
    internal static int Told(CommandContext context, ExportVerdict? verdict)
    {
        if (verdict is null) return Shell.Done;
        context.Output.WriteLine(verdict.ToString());
        if (!verdict.IsFault) return Shell.Done;
        context.Error.WriteLine("error: what was written does not answer as the model it was made from; do not use it, and please report this");
        return Shell.Failed;
    }

    private static void RequireFormat(string? name)
    {
        if (name is null) return;
        try { QuantizeTargets.Find(name, out _); }
        catch (UsageException) { throw new UsageException($"export: format: expected safetensors, {string.Join(", ", QuantizeTargets.Names)}, found '{name}'; did you mean '{RecipeKeys.NearestOf(name.ToLowerInvariant(), QuantizeTargets.Names)}'?"); }
    }

    private static string? Format(string? name) => name is null or "safetensors" ? null : name;
}

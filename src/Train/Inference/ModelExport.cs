namespace Pure.Tuner;

/// <summary>Merges adapters into their base and writes a checkpoint that every tool reads.</summary>
internal static class ModelExport
{
    /// <exception cref="UsageException">The recipe is not one of an export, or the folder is in the way.</exception>
    /// <returns>What came of asking the written model; null when nobody did.</returns>
    internal static ExportVerdict? Run(Recipe recipe, Action<string>? notice = null)
    {
        RecipeChecks.ForExport(recipe);
        Folders.Require("export_dir", recipe.ExportDir!, overwrite: false);
        using LanguageModel model = InferenceRecipe.Load(recipe, notice);
        ExportCheck? check = recipe.PureTuner.VerifyExport ? ExportCheck.Of(recipe, model) : null;
        model.MergeAdapterForFiles();
        using var folder = new AtomicFolder(recipe.ExportDir!);
        Write(model, recipe, folder.Folder, (place, shardBytes) => model.Save(place, shardBytes));
        folder.Commit();
        return check?.Compare(recipe.ExportDir!, 8 * model.FileDType.Size);
    }

    /// <summary>Writes the model and what lies beside it.</summary>
    /// <param name="model">Its adapters merged.</param>
    /// <param name="recipe">Template, system text, size of the files.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="save">Writes weights, configuration and tokenizer: folder, most bytes of a file.</param>
    internal static void Write(LanguageModel model, Recipe recipe, string folder, Action<string, long> save)
    {
        ChatEncoder? chat = recipe.Template is { } name ? new ChatEncoder(Template.Get(name), model.Tokenizer, recipe.DefaultSystem) : null;
        if (chat?.ReplacementChatTemplate(model.Tokenizer.ChatTemplate) is { } text) model.Tokenizer.ChatTemplate = text;
        // A model is read left to right when it answers, so padding goes in front.
        model.Tokenizer.PaddingSide = "left";
        save(folder, recipe.ExportSize * 1_000_000_000L);
        if (chat is not null)
        {
            string from = Directory.EnumerateFiles(folder, "*.gguf").FirstOrDefault() is { } gguf ? $"./{Path.GetFileName(gguf)}" : ".";
            if (Modelfile.Write(chat, from) is { } ollama) AtomicFile.WriteText(Path.Combine(folder, Modelfile.FileName), ollama);
            // So that chat needs nothing but the folder.
            AtomicFile.WriteText(Path.Combine(folder, "args.json"), RecipeWriter.ToJson(new Recipe { FinetuningType = "full", Template = recipe.Template, DefaultSystem = recipe.DefaultSystem }));
        }
    }
}

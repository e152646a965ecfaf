namespace Pure.Tuner;

/// <summary>Merges adapters into their base and writes a checkpoint that every tool reads.</summary>
internal static class ModelExport
{
    /// <exception cref="UsageException">The recipe is not one of an export, or the folder is in the way.</exception>
    internal static void Run(Recipe recipe)
    {
        RecipeChecks.ForExport(recipe);
        Folders.Require("export_dir", recipe.ExportDir!, overwrite: false);
        using LanguageModel model = InferenceRecipe.Load(recipe);
        model.MergeAdapter();
        if (recipe.Template is { } name && new ChatEncoder(Template.Get(name), model.Tokenizer).ReplacementChatTemplate(model.Tokenizer.ChatTemplate) is { } text)
            model.Tokenizer.ChatTemplate = text;
        // A model is read left to right when it answers, so padding goes in front.
        model.Tokenizer.PaddingSide = "left";
        using var folder = new AtomicFolder(recipe.ExportDir!);
        model.Save(folder.Folder, recipe.ExportSize * 1_000_000_000L);
        folder.Commit();
    }
}

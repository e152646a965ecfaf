using System.Globalization;

namespace Pure.Tuner.Cli;

/// <summary><c>generate</c>: continues one text.</summary>
internal static class GenerateCommand
{
    public static Command Command { get; } = new("generate", "continue a text, or answer one question", Run)
    {
        Profiles = static _ => true,
        Help = """
            pure-tuner generate FOLDER | MODEL.gguf | RECIPE.yaml --prompt TEXT [key=value ...]

            The text is a question put into template=NAME, or into the model's own chat template; with
            --raw, and for a model that has none, it is continued as it stands. --prompt - reads it from standard input.
            """,
        Flags = ["strict_device", "raw"],
    };

    private static int Run(CommandContext context)
    {
        Arguments a = context.Arguments;
        string prompt = a.Text("prompt") ?? throw new UsageException("generate: --prompt is missing; give the text, or - to read it from standard input");
        if (prompt == "-") prompt = Console.In.ReadToEnd();
        bool raw = a.Flag("raw");
        string? place = a.OneWordOrNone("with which model? give a folder that train wrote, a checkpoint's folder, a .gguf file or a recipe");
        Recipe recipe = InferenceRecipe.Read(place, Overrides.Of(a));
        using LanguageModel model = InferenceRecipe.LoadToAnswer(recipe, context.Error.WriteLine);
        IEnumerable<string> pieces;
        if (raw || (recipe.Template is null && model.Tokenizer.ChatTemplate is null))
            pieces = model.Stream(prompt, InferenceRecipe.Options(recipe, model.Tokenizer.EosId is { } eos ? [eos] : []), context.Cancellation);
        else
        {
            var talk = new Conversation(model, recipe.Template, recipe.DefaultSystem) { SkipSpecialTokens = recipe.SkipSpecialTokens };
            pieces = talk.Ask(prompt, InferenceRecipe.Options(recipe, talk.StopIds), context.Cancellation);
        }
        var clock = System.Diagnostics.Stopwatch.StartNew();
        foreach (string piece in pieces)
        {
            context.Output.Write(piece);
            context.Output.Flush();
        }
        context.Output.WriteLine();
        if (model.ReachedContextLength) context.Error.WriteLine(ContextEnd(model));
        if (!Console.IsErrorRedirected) context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"({clock.Elapsed.TotalSeconds:F1} s)"));
        return Shell.Done;
    }

    /// <summary>What is said when an answer had to end.</summary>
    internal static string ContextEnd(LanguageModel model) => $"(stopped: prompt and answer fill the {model.ContextLength} tokens that the model was made for)";
}

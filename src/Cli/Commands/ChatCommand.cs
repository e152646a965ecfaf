namespace Pure.Tuner.Cli;

/// <summary><c>chat</c>: a talk with a model in the terminal.</summary>
internal static class ChatCommand
{
    public static Command Command { get; } = new("chat", "talk to a model in the terminal", Run)
    {
        Profiles = static _ => true,
        Help = """
            pure-tuner chat FOLDER | MODEL.gguf | RECIPE.yaml [key=value ...]

            FOLDER is one that train wrote, or a checkpoint. Without template=NAME ('pure-tuner template
            list' shows the names) the model's own chat template is used. /clear forgets the talk, /exit (or the end of the input) ends it,
            Ctrl-C stops an answer. Keys: template, default_system (the system text), temperature, top_p,
            top_k, max_new_tokens, num_beams, repetition_penalty, do_sample, seed.
            """,
        Flags = ["strict_device"],
    };

    private static int Run(CommandContext context)
    {
        string? place = context.Arguments.OneWordOrNone("with which model? give a folder that train wrote, a checkpoint's folder, a .gguf file or a recipe");
        Recipe recipe = InferenceRecipe.Read(place, Overrides.Of(context.Arguments));
        using LanguageModel model = InferenceRecipe.LoadToAnswer(recipe, context.Error.WriteLine);
        var talk = new Conversation(model, recipe.Template, recipe.DefaultSystem) { SkipSpecialTokens = recipe.SkipSpecialTokens };
        GenerationOptions options = InferenceRecipe.Options(recipe, talk.StopIds);
        bool prompts = !Console.IsInputRedirected;
        if (prompts) context.Output.WriteLine($"{model.Source}, {(recipe.Template is { } name ? $"template {name}" : "the model's own chat template")}; /clear forgets, /exit ends");
        while (true)
        {
            if (prompts) context.Output.Write("\n> ");
            string? line = Console.In.ReadLine();
            if (line is null || line.Trim() == "/exit") return Shell.Done;
            if (line.Trim().Length == 0) continue;
            if (line.Trim() == "/clear")
            {
                talk.Clear();
                context.Output.WriteLine("(forgotten)");
                continue;
            }
            Answer(context, model, talk, line, options);
        }
    }

    private static void Answer(CommandContext context, LanguageModel model, Conversation talk, string question, GenerationOptions options)
    {
        using var stop = new CancellationTokenSource();
        using IDisposable interrupt = context.OnInterrupt(stop.Cancel);
        try
        {
            foreach (string piece in talk.Ask(question, options, stop.Token))
            {
                context.Output.Write(piece);
                context.Output.Flush();
            }
            context.Output.WriteLine();
            if (model.ReachedContextLength) context.Error.WriteLine(GenerateCommand.ContextEnd(model));
        }
        catch (UsageException e)
        {
            context.Error.WriteLine($"{e.Message} (/clear forgets the talk)");
        }
        catch (OperationCanceledException)
        {
            context.Output.WriteLine(" (stopped)");
        }
    }
}

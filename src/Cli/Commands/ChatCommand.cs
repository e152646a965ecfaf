namespace Pure.Tuner.Cli;

/// <summary><c>chat</c>: a talk with a model in the terminal.</summary>
internal static class ChatCommand
{
    public static Command Command { get; } = new("chat", "talk to a model in the terminal", Run)
    {
        Help = """
            pure-tuner chat FOLDER | MODEL.gguf | RECIPE.yaml [key=value ...]

            FOLDER is one that train or export wrote, or a checkpoint; the last two need template=NAME
            unless they carry it. /clear forgets the talk, /exit (or the end of the input) ends it,
            Ctrl-C stops an answer. Keys: template, system as default_system, temperature, top_p, top_k,
            max_new_tokens, repetition_penalty, do_sample, seed.
            """,
    };

    private static int Run(CommandContext context)
    {
        if (context.Arguments.Words.Count == 0 && context.Arguments.Settings.Count == 0)
            throw new UsageException("chat: with which model? give a folder that train wrote, a checkpoint's folder, a .gguf file or a recipe");
        if (context.Arguments.Words.Count > 1) throw new UsageException($"chat: '{context.Arguments.Words[1]}' is one word too many");
        Recipe recipe = InferenceRecipe.Read(context.Arguments.Words.FirstOrDefault(), Overrides.Of(context.Arguments));
        if (recipe.ModelNameOrPath is { } path) ModelLocator.Find(path, recipe.CacheDir);      // a wrong path is the more likely slip
        string template = recipe.Template ?? throw new UsageException("template: not given; name the one that fits the model, for example template=llama3 (or template=empty for none)");
        using LanguageModel model = InferenceRecipe.Load(recipe);
        var talk = new Conversation(model, template, recipe.DefaultSystem) { SkipSpecialTokens = recipe.SkipSpecialTokens };
        GenerationOptions options = InferenceRecipe.Options(recipe, talk.StopIds);
        bool prompts = !Console.IsInputRedirected;
        if (prompts) context.Output.WriteLine($"{model.Source}, template {template}; /clear forgets, /exit ends");
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
            Answer(context, talk, line, options);
        }
    }

    private static void Answer(CommandContext context, Conversation talk, string question, GenerationOptions options)
    {
        using var stop = new CancellationTokenSource();
        void OnInterrupt(object? sender, ConsoleCancelEventArgs e)
        {
            e.Cancel = true;
            stop.Cancel();
        }
        Console.CancelKeyPress += OnInterrupt;
        try
        {
            foreach (string piece in talk.Ask(question, options, stop.Token))
            {
                context.Output.Write(piece);
                context.Output.Flush();
            }
            context.Output.WriteLine();
        }
        catch (OperationCanceledException)
        {
            context.Output.WriteLine(" (stopped)");
        }
        finally { Console.CancelKeyPress -= OnInterrupt; }
    }
}

using System.Globalization;

namespace Pure.Tuner.Cli;

/// <summary><c>template</c>: the names that <c>template=NAME</c> takes, and how they compare with a checkpoint's own chat template.</summary>
internal static class TemplateCommand
{
    private const int Widest = 60, Around = 4, Column = 34;

    public static Command Command { get; } = new("template", "list the templates that turn messages into tokens; compare one with a model's own", Run)
    {
        Help = """
            pure-tuner template list
            pure-tuner template check MODEL [--template NAME]
            pure-tuner template show MODEL

            list: every name with the system text that it brings along, if any.
            check: some conversations through LLaMA-Factory's template (the one that fits best where
            none is named) and through the chat template of the checkpoint, both as token ids; says
            where they part. Exit code 0 when all are the same, 1 when not.
            show: one conversation as the checkpoint's chat template renders it.
            """,
    };

    private static int Run(CommandContext context)
    {
        List<string> words = context.Arguments.Words;
        string action = words.Count > 0 ? words[0] : "list";
        string? named = context.Arguments.Text("template");
        context.Arguments.RejectUnknown(words: action == "list" ? 1 : 2);
        if (action is not ("list" or "check" or "show")) throw new UsageException($"template: there is no '{action}'; did you mean '{Nearest.Of(action, ["list", "check", "show"])}'?");
        if (action == "list") return List(context);
        if (words.Count < 2) throw new UsageException($"template {action}: of which model? give a checkpoint's folder or a .gguf file");
        string place = ModelLocator.Find(words[1]);
        Tokenizer tokenizer = TemplateGuess.TokenizerOf(place);
        ChatTemplate own = CheckpointPrompts.Read(tokenizer, place) ?? throw new UsageException($"{place}: has no chat template of its own to {(action == "check" ? "compare with" : "show")}; with a recipe's 'template: NAME' that is no fault");
        var comparison = new TemplateComparison(tokenizer, own);
        if (action == "check") return Check(context, tokenizer, comparison, named, place);
        try
        {
            context.Output.WriteLine(comparison.Sample());
        }
        catch (JinjaException e)
        {
            throw new UsageException($"{place}: its chat template fails on the sample: {e.Message}", e);
        }
        return Shell.Done;
    }

    private static int List(CommandContext context)
    {
        foreach (string name in Template.Names)
        {
            string system = Template.Get(name).DefaultSystem.ReplaceLineEndings(" ").Trim();
            context.Output.WriteLine($"{name,-26} {(system.Length <= Widest ? system : system[..(Widest - 3)] + "...")}".TrimEnd());
        }
        return Shell.Done;
    }

    private static int Check(CommandContext context, Tokenizer tokenizer, TemplateComparison comparison, string? named, string place)
    {
        string name = named ?? TemplateGuess.FromTokenizer(tokenizer) ?? throw new UsageException($"{place}: no template of LLaMA-Factory is like its chat template; name one with --template ('pure-tuner template list' shows all), or leave 'template' out of the recipe");
        context.Output.WriteLine($"template {name}{(named is null ? " (the best fit)" : "")} against the chat template of {place}\n");
        (int same, int differ, int open) = (0, 0, 0);
        foreach (ComparedTalk talk in comparison.Compare(Template.Get(name), tokenizer.ChatTemplate!))
        {
            if (!talk.IsCompared)
            {
                open++;
                context.Output.WriteLine($"{talk.Name,-22} not compared: {talk.Refused}");
            }
            else if (talk.FirstDifference < 0)
            {
                same++;
                context.Output.WriteLine($"{talk.Name,-22} same, {talk.Ours!.Length} tokens");
            }
            else
            {
                differ++;
                Show(context.Output, tokenizer, talk, name);
            }
        }
        context.Output.WriteLine($"\n{same} the same, {differ} different{(open > 0 ? $", {open} not compared" : "")}");
        return differ == 0 ? Shell.Done : Shell.Failed;
    }

    private static void Show(TextWriter output, Tokenizer tokenizer, ComparedTalk talk, string name)
    {
        int at = talk.FirstDifference;
        output.WriteLine($"{talk.Name,-22} differs at token {at}: {talk.Ours!.Length} tokens by {name}, {talk.Own!.Length} by the checkpoint");
        output.WriteLine($"    {"token",7}  {Fit(name)}  checkpoint");
        int end = Math.Min(Math.Max(talk.Ours.Length, talk.Own.Length), at + Around);
        for (int i = Math.Max(0, at - Around + 1); i < end; i++)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {(i == at ? '>' : ' ')} {i,7}  {Fit(Token(talk.Ours, i))}  {Token(talk.Own, i)}").TrimEnd());

        string Token(int[] ids, int i) => i >= ids.Length ? "(end)" : string.Create(CultureInfo.InvariantCulture, $"{ids[i],7} {Quoted(tokenizer.Decode([ids[i]]))}");
    }

    private static string Fit(string text) => text.Length > Column ? text[..(Column - 3)] + "..." : text.PadRight(Column);

    private static string Quoted(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal)}'";
}

namespace Pure.Tuner.Cli;

/// <summary><c>init</c>: a recipe from three answers.</summary>
internal static class InitCommand
{
    private static readonly string[] s_goals = ["chat", "style", "knowledge"];

    public static Command Command { get; } = new("init", "write a recipe from three answers: model, data, goal", Run)
    {
        Help = """
            pure-tuner init [RECIPE.yaml] [model=...] [data=...] [goal=...] [key=value ...]

            Looks at the model and the data and writes a recipe that runs as it is, with a reason
            for each setting. Asks on a terminal for what is not given.

              model=PATH     a folder with config.json and safetensors, or a .gguf file
              data=PATH      a file or folder of rows, or a name of dataset_info.json
              goal=GOAL      chat       answer as the rows do
                             style      sound like the rows
                             knowledge  know what the rows say; plain text fits too
              dataset_dir=   where dataset_info.json is (data)
              output_dir=    where the results go (saves/MODEL-GOAL)
              overwrite      replace a recipe of that name (recipe.yaml)
            """,
        Flags = ["overwrite"],
    };

    private static int Run(CommandContext context)
    {
        bool asks = Terminal.IsLive(context.Output) && !Console.IsInputRedirected;
        return Run(context, asks ? Console.In : null);
    }

    /// <summary>The command with somebody to ask.</summary>
    /// <param name="context">Arguments and output.</param>
    /// <param name="input">Where answers come from; null where nobody can be asked.</param>
    internal static int Run(CommandContext context, TextReader? input)
    {
        Arguments a = context.Arguments;
        string? model = a.Text("model") ?? a.Text("model_name_or_path"), data = a.Text("data") ?? a.Text("dataset"), goal = a.Text("goal"), folder = a.Text("dataset_dir"), output = a.Text("output_dir");
        bool overwrite = a.Flag("overwrite");
        a.RejectUnknown(words: 1);
        string file = a.Words.Count > 0 ? a.Words[0] : "recipe.yaml";
        if (Path.GetExtension(file).ToLowerInvariant() is not (".yaml" or ".yml")) throw new UsageException($"init: {file}: a recipe's name ends in .yaml; write for example init recipe.yaml model=… data=… goal=…");
        if (File.Exists(file) && !overwrite) throw new UsageException($"init: {file} is there already; give another name, for example 'pure-tuner init second.yaml', or write overwrite=true");
        var registry = new DatasetRegistry(folder ?? "data");

        ModelFacts facts = Answer("model", "Which model? A folder with config.json and safetensors, or a .gguf file", model, ModelFacts.Of);
        DatasetInfo info = Answer("data", "Which data? A .json, .jsonl, .csv or .txt file, a folder of such, or a name of dataset_info.json", data, d => registry.Get(d));
        TuningGoal aim = Answer("goal", "Which goal? chat (answer as the rows do), style (sound like them) or knowledge (know what they say)", goal, Goal);

        var recipe = new Recipe { ModelNameOrPath = facts.Place, Template = facts.Template };
        DataReport report = DataCheck.Run(recipe, info, DataCheck.Chat(recipe), samples: 1, cancel: context.Cancellation);
        foreach (string remark in report.Remarks) context.Output.WriteLine(remark);
        var draft = new RecipeDraft(facts, report, aim, new MachineMemory().LimitBytes);
        string name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(facts.Place));
        string yaml = draft.ToYaml(file, info.Name, info.Unknown ? null : folder ?? "data", output ?? $"saves/{name}-{aim.ToString().ToLowerInvariant()}");
        AtomicFile.WriteText(file, yaml);
        Show(context.Output, report, file, yaml);
        return Shell.Done;

        T Answer<T>(string key, string question, string? given, Func<string, T> read)
        {
            if (given is not null) return read(given);
            if (input is null) throw new UsageException($"init: {key}: not given; write {key}=… ({question.Split("? ", 2)[1]})");
            while (true)
            {
                context.Output.Write($"{question}\n> ");
                context.Output.Flush();
                string? answer = input.ReadLine()?.Trim();
                if (answer is null) throw new UsageException($"init: {key}: not given; write {key}=…");
                if (answer.Length == 0) continue;
                try
                {
                    return read(answer);
                }
                catch (Exception e) when (e is UsageException or CheckpointException)
                {
                    context.Output.WriteLine(e.Message);
                }
            }
        }
    }

    private static TuningGoal Goal(string word) =>
        Array.IndexOf(s_goals, word.ToLowerInvariant()) is var at and >= 0 ? (TuningGoal)at
        : throw new UsageException($"goal: expected one of {string.Join(", ", s_goals)}, found '{word}'; did you mean '{Nearest.Of(word, s_goals)}'?");

    private static void Show(TextWriter output, DataReport report, string file, string yaml)
    {
        bool colour = Terminal.HasColour(output);
        foreach ((string place, EncodedRow row) in report.Samples)
        {
            output.WriteLine($"\n{place} as the model sees it; what it learns is {(colour ? "green" : $"between {SampleView.Open} and {SampleView.Close}")}\n");
            output.WriteLine(SampleView.Text(row, report.Tokens, colour));
        }
        if (report.Usable < report.Rows || report.Warned > 0)
            output.WriteLine(FormattableString.Invariant($"\n{report.Rows - report.Usable} of {report.Rows} rows have errors, {report.Warned} have warnings; 'pure-tuner data check {report.Name}' names them"));
        output.WriteLine($"\n{yaml}\nwritten to {file}; run it with: pure-tuner train {file}");
    }
}

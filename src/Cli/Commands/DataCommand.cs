using System.Text.Json;

namespace Pure.Tuner.Cli;

/// <summary><c>data</c>: looks at data before anything is trained on it.</summary>
internal static class DataCommand
{
    private const int MostOfAKind = 20, Samples = 3;

    private static readonly string[] s_actions = ["check", "identity"];

    public static Command Command { get; } = new("data", "check the rows of files, data sets or a recipe; fill in the identity demo", Run)
    {
        Help = """
            pure-tuner data check FILE|FOLDER|NAME|RECIPE.yaml ... [key=value ...]
            pure-tuner data identity FILE name=... author=... [output=FILE] [overwrite=true]

            check: goes through every row and says what is wrong with which row, field and line, and
            how to mend it. NAME is one of dataset_info.json in dataset_dir; of a recipe every data
            set is checked. Exit code 0 without errors, 1 with some.

              model=PATH      count tokens with this model's tokenizer; estimated without
              template=NAME   render rows with it; else the model's own chat template, else chatml
              cutoff_len=N    rows longer than it are named (2048)
              stage=pt        the rows are plain text
              rows=N          first rows to show as the model sees them, learned parts set off (3)
              all             every fault, not only the first 20 of each kind
              json            everything as JSON
              and any other key of a recipe: train_on_prompt, mask_history, dataset_dir, ...

            identity: LLaMA-Factory's identity.json with {{name}} and {{author}} filled in.
            """,
        Flags = ["json", "all", "overwrite"],
    };

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static int Run(CommandContext context)
    {
        if (context.Arguments.Words is not [string action, ..]) throw new UsageException("data: what is to be done? write 'data check FILE' or 'data identity FILE name=… author=…'");
        return action switch
        {
            "check" => Check(context),
            "identity" => IdentityFile.Run(context),
            _ => throw new UsageException($"data: there is no '{action}'; did you mean '{Nearest.Of(action, s_actions)}'?"),
        };
    }

    private static int Check(CommandContext context)
    {
        Arguments arguments = context.Arguments;
        int samples = arguments.Int("rows", Samples);
        bool json = arguments.Flag("json"), all = arguments.Flag("all");
        string? model = arguments.Text("model");
        string[] words = [.. arguments.Words.Skip(1)];
        if (words.Length == 0) throw new UsageException("data check: of what? give a file, a folder, a name of dataset_info.json or a recipe");
        IEnumerable<string> settings = [.. Overrides.Of(arguments), .. model is null ? [] : (string[])[$"model_name_or_path={model}"]];
        var reports = new List<DataReport>();
        foreach (string word in words)
        {
            bool isRecipe = Path.GetExtension(word).ToLowerInvariant() is ".yaml" or ".yml";
            Recipe recipe = RecipeReader.Read(isRecipe ? word : null, settings);
            if (!isRecipe) recipe = recipe with { Dataset = [word] };
            var registry = new DatasetRegistry(recipe.DatasetDir);
            ChatEncoder chat = DataCheck.Chat(recipe);
            string[] names = [.. recipe.Dataset.Concat(recipe.EvalDataset).Distinct()];
            if (names.Length == 0) throw new UsageException($"{word}: dataset: the recipe names none; name data sets or files under dataset");
            foreach (string name in names) reports.Add(One(context, recipe, registry.Get(name), chat, samples, json ? null : new DataReportText(context.Output, Terminal.HasColour(context.Output), all ? int.MaxValue : MostOfAKind)));
        }
        if (json) context.Output.WriteLine(JsonSerializer.Serialize(new { errors = reports.Sum(r => r.Count(FindingLevel.Error)), datasets = reports.Select(Json) }, s_json));
        else Last(context.Output, reports);
        return reports.Exists(r => r.Count(FindingLevel.Error) > 0) ? Shell.Failed : Shell.Done;
    }

    private static DataReport One(CommandContext context, Recipe recipe, DatasetInfo info, ChatEncoder chat, int samples, DataReportText? text)
    {
        bool live = Terminal.IsLive(context.Output) && text is not null;
        long told = 0;
        DataReport report = DataCheck.Run(recipe, info, chat, samples, !live ? null : rows =>
        {
            if (Environment.TickCount64 - told < 100) return;
            told = Environment.TickCount64;
            context.Output.Write(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\rchecking    {rows:N0} rows\u001b[K"));
        }, context.Cancellation);
        if (told > 0) context.Output.Write("\r\u001b[K");
        text?.Print(report);
        return report;
    }

    private static void Last(TextWriter output, List<DataReport> reports)
    {
        long errors = reports.Sum(r => r.Count(FindingLevel.Error)), warnings = reports.Sum(r => r.Count(FindingLevel.Warning));
        output.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\n{errors:N0} error{(errors == 1 ? "" : "s")}, {warnings:N0} warning{(warnings == 1 ? "" : "s")}"));
    }

    private static object Json(DataReport r) => new
    {
        r.Name,
        r.Remarks,
        r.Rows,
        r.Usable,
        r.LeftOut,
        r.Ending,
        r.Warned,
        r.Duplicates,
        counts = r.Counts.Select(c => new { level = Word(c.Key.Level), kind = c.Key.Kind, count = c.Value }),
        findings = r.Findings.Select(f => new { level = Word(f.Level), f.Kind, f.File, f.Row, f.Line, f.Field, f.What, f.Cure }),
        tokens = new
        {
            r.Template,
            r.Estimated,
            r.Cutoff,
            over = r.Lengths.Over(r.Cutoff),
            total = r.Lengths.Total,
            r.Learned,
            p50 = r.Lengths.Percentile(0.5),
            p90 = r.Lengths.Percentile(0.9),
            p99 = r.Lengths.Percentile(0.99),
            longest = r.Lengths.Max,
            steps = r.Lengths.Steps().Select(s => new { s.From, s.To, s.Count }),
        },
        samples = r.Samples.Select(s => new { s.Place, text = SampleView.Text(s.Row, r.Tokens, colour: false) }),
    };

    private static string Word(FindingLevel level) => level.ToString().ToLowerInvariant();
}

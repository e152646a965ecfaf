using System.Diagnostics;

namespace Pure.Tuner;

/// <summary>The rows of a run as the model sees them.</summary>
/// <param name="Train">What is learned; none for a stream, or where nothing is.</param>
/// <param name="Evaluation">Named sets to evaluate; one without a name where they are not told apart.</param>
internal sealed record RunData(IReadOnlyList<EncodedRow> Train, IReadOnlyList<(string Name, IReadOnlyList<EncodedRow> Rows)> Evaluation)
{
    /// <summary>Some of the rows as messages: for the answers before and after.</summary>
    internal IReadOnlyList<TrainingRow> Raw { get; init; } = [];

    /// <summary>The row that is shown before the first step; null where there is none.</summary>
    internal EncodedRow? Sample { get; init; }

    /// <summary>Rows of the files that are used, and rows that are left out.</summary>
    internal (int Kept, int Dropped) Counts { get; init; }

    /// <summary>Rows of a stream, pass by pass; null where the rows are in memory.</summary>
    internal Func<int, IEnumerable<EncodedRow>>? Stream { get; init; }
}

/// <summary>A clock that stands still.</summary>
internal sealed class FixedClock(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now.ToUniversalTime();
    public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.CreateCustomTimeZone("run", now.Offset, "run", "run");
}

/// <summary>The model of a run and its rows, both ready.</summary>
internal sealed class RunSetup : IDisposable
{
    /// <summary>Rows of a stream that are looked at before it begins.</summary>
    private const int StreamSample = 64;

    private RunSetup(LanguageModel model, ChatEncoder chat, RunData data) => (Model, Chat, Data) = (model, chat, data);

    internal LanguageModel Model { get; }
    internal ChatEncoder Chat { get; }
    internal RunData Data { get; }

    /// <summary>Time it took to load the model and to put its adapter on.</summary>
    internal required TimeSpan Preparation { get; init; }

    /// <summary>When the run began.</summary>
    internal required DateTimeOffset Began { get; init; }

    /// <summary>Reads the rows, then the model, then turns rows into ids; at last puts the adapter on.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="report">Told each line worth reading.</param>
    /// <param name="began">When the run began: rows that tell the date are the same when it goes on on another day.</param>
    /// <param name="cancel">Stops between batches of rows.</param>
    /// <exception cref="UsageException">A row, a file or a key is wrong.</exception>
    internal static RunSetup Open(Recipe recipe, ITrainingReport report, DateTimeOffset began, CancellationToken cancel)
    {
        // Before the model: a wrong row should not wait for it.
        bool stored = TokenizedCache.IsAt(recipe);
        StreamedData? stream = recipe.Streaming && recipe.Trains ? DatasetLoader.Stream(recipe, recipe.PredictWithGenerate) : null;
        LoadedData loaded = stored ? new LoadedData(new DatasetRows([], []), [])
            : stream is not null ? new LoadedData(new DatasetRows([], []), stream.Evaluation)
            : DatasetLoader.Load(recipe.Trains || recipe.OnlyEncodes ? recipe : recipe with { Dataset = recipe.ValSize > 0 ? recipe.Dataset : [] }, recipe.PredictWithGenerate);
        foreach (string notice in stream?.Train.Remarks ?? []) report.Notice(notice);
        foreach (string notice in loaded.Train.Told.Concat(loaded.Evaluation.SelectMany(e => e.Rows.Told))) report.Notice(notice);
        var clock = Stopwatch.StartNew();
        LanguageModel model = LanguageModel.Load(recipe.ModelNameOrPath!, recipe.Device, recipe.Threads, ModelWishes.Of(recipe, recipe.CutoffLen, report.Notice));
        clock.Stop();
        try
        {
            ChatEncoder chat = RowEncoders.Chat(recipe, new TokenizerSource(model.Tokenizer));
            chat.Clock = new FixedClock(began);
            RowEncoders.RequireVocabulary(recipe, chat);
            if (recipe.Template is null) report.Notice(DerivedTemplate.Notice(model.Tokenizer));
            PrepareTokenizer(model.Tokenizer, chat);
            RunData data = Encode(recipe, report, chat, loaded, stream, cancel);
            int longest = data.Train.Concat(data.Evaluation.SelectMany(e => e.Rows)).Select(r => r.Ids.Length - r.Padding).DefaultIfEmpty().Max();
            if (longest > model.ContextLength)
                report.Notice($"the longest row has {longest} tokens and the model was made for {model.ContextLength}; lower cutoff_len, or expect little of what lies beyond");
            clock.Start();
            PrepareModel(recipe, model);
            return new RunSetup(model, chat, data) { Began = began, Preparation = clock.Elapsed };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public void Dispose() => Model.Dispose();

    private static RunData Encode(Recipe recipe, ITrainingReport report, ChatEncoder chat, LoadedData loaded, StreamedData? stream, CancellationToken cancel)
    {
        using ProfileSpan span = Profile.Work("encoding");
        PreparedRows rows = PreparedRows.Of(recipe, chat, loaded, report.Notice, (done, all) => report.Working("encoding", done, all), cancel);
        if (stream is null)
            return new RunData(rows.Train, rows.Evaluation)
            {
                Raw = loaded.Train.Rows,
                Sample = rows.Train.Count > 0 ? rows.Train[0] : null,
                Counts = loaded.Train.Rows.Count > 0 ? (loaded.Train.Rows.Count, loaded.Train.Count - loaded.Train.Rows.Count) : (rows.Train.Count, 0),
            };
        IRowEncoder learned = RowEncoders.For(recipe, chat);
        TrainingRow[] first = [.. stream.Train.Epoch(0).Where(r => r.Row is not null).Take(StreamSample).Select(r => r.Row!)];
        return new RunData([], rows.Evaluation)
        {
            Raw = first,
            Sample = first.Length > 0 && learned.Encode(learned.RowByRow ? [first[0]] : first) is [var shown, ..] ? shown : null,
            Stream = pass => stream.Train.Batches(pass, learned.RowByRow ? 1 : recipe.PreprocessingBatchSize).SelectMany(learned.Encode),
        };
    }

    /// <summary>Puts on a loaded base what the recipe trains.</summary>
    internal static void PrepareModel(Recipe recipe, LanguageModel model)
    {
        foreach (string folder in recipe.AdapterFolders) model.LoadAdapter(folder);
        if (recipe.FinetuningType != "lora")
        {
            model.MergeAdapter();
            if (recipe.FinetuningType == "freeze" && recipe.Trains) model.Chosen = FreezeSelection.Choose(model.Decoder, recipe);
            return;
        }
        // The last one is trained on, as the reference does; a run that does not train takes the model as it is.
        if (recipe.AdapterNameOrPath.Count > 0 && !recipe.CreateNewAdapter || !recipe.Trains) return;
        string[] targets = recipe.LoraTarget.Contains("all") ? LoraOptions.AllLinear(model.Decoder) : [.. recipe.LoraTarget];
        foreach (string target in targets) LoraOptions.RequireTarget(model.Decoder, target, recipe.Where("lora_target"));
        foreach (string module in recipe.AdditionalTarget) AdapterSet.RequireModule(model.Decoder, module, recipe.Where("additional_target"));
        model.AddAdapter(AdapterConfig.For(recipe, targets), recipe.Seed, recipe.PureTuner.LoftqInit);
    }

    /// <summary>What the reference changes in the tokenizer it saves: a pad token where there is none, the template's text for chats.</summary>
    private static void PrepareTokenizer(Tokenizer tokenizer, ChatEncoder chat)
    {
        if (tokenizer.PadId is null && tokenizer.TokenOf(chat.Tokens.PadId) is { } pad) tokenizer.SetSpecialToken("pad_token", pad);
        if (chat.ReplacementChatTemplate(tokenizer.ChatTemplate) is { } text) tokenizer.ChatTemplate = text;
        tokenizer.PaddingSide = "right";
    }
}

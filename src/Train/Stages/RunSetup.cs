namespace Pure.Tuner;

/// <summary>The model of a run and its rows, both ready.</summary>
internal sealed class RunSetup : IDisposable
{
    private RunSetup(LanguageModel model, ChatEncoder chat, RunData data) => (Model, Chat, Data) = (model, chat, data);

    internal LanguageModel Model { get; }
    internal ChatEncoder Chat { get; }
    internal RunData Data { get; }

    /// <summary>Reads the rows, then the model, then turns rows into ids; at last puts the adapter on.</summary>
    /// <exception cref="UsageException">A row, a file or a key is wrong.</exception>
    internal static RunSetup Open(Recipe recipe, ITrainingReport report)
    {
        DatasetRows rows = DatasetReader.Read(recipe);           // before the model: a wrong row should not wait for it
        foreach (string notice in rows.Told) report.Notice(notice);
        LanguageModel model = LanguageModel.Load(recipe.ModelNameOrPath!, recipe.Device, recipe.Threads, recipe.CacheDir);
        try
        {
            var encoder = SupervisedEncoder.For(recipe, model.Tokenizer);
            encoder.Chat.RequireVocabulary();
            PrepareTokenizer(model.Tokenizer, encoder.Chat);
            EncodedRow[] encoded = [.. rows.Rows.Select(encoder.Encode)];
            int longest = encoded.Length == 0 ? 0 : encoded.Max(r => r.Ids.Length);
            if (longest > model.Decoder.MaxPositions)
                report.Notice($"the longest row has {longest} tokens and the model was made for {model.Decoder.MaxPositions}; lower cutoff_len, or expect little of what lies beyond");
            PrepareModel(recipe, model);
            return new RunSetup(model, encoder.Chat, new RunData(encoded, rows.Rows, rows.Rows.Count, rows.Notices.Count, []));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public void Dispose() => Model.Dispose();

    private static void PrepareModel(Recipe recipe, LanguageModel model)
    {
        foreach (string folder in recipe.AdapterNameOrPath) model.LoadAdapter(folder);
        if (recipe.FinetuningType != "lora")
        {
            model.MergeAdapter();
            return;
        }
        // The last one is trained on, as the reference does; a run that does not train takes the model as it is.
        if (recipe.AdapterNameOrPath.Count > 0 || !recipe.Trains) return;
        string[] targets = recipe.LoraTarget.Contains("all") ? LoraOptions.AllLinear(model.Decoder) : [.. recipe.LoraTarget];
        foreach (string target in targets) LoraOptions.RequireTarget(model.Decoder, target, recipe.Where("lora_target"));
        model.AddAdapter(AdapterConfig.For(recipe, targets), recipe.Seed);
    }

    /// <summary>What the reference changes in the tokenizer it saves: a pad token where there is none, the template's text for chats.</summary>
    private static void PrepareTokenizer(Tokenizer tokenizer, ChatEncoder chat)
    {
        if (tokenizer.PadId is null && tokenizer.TokenOf(chat.Tokens.PadId) is { } pad) tokenizer.SetSpecialToken("pad_token", pad);
        if (chat.ReplacementChatTemplate(tokenizer.ChatTemplate) is { } text) tokenizer.ChatTemplate = text;
        tokenizer.PaddingSide = "right";
    }
}

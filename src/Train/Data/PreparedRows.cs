namespace Pure.Tuner;

/// <summary>The sets of a run as ids: read from <c>tokenized_path</c> where they are stored, else encoded and, where a folder is named, stored.</summary>
/// <param name="Train">Rows to learn from; none where the run learns nothing, or from a stream.</param>
/// <param name="Evaluation">Named sets to evaluate; one without a name where they are not told apart.</param>
internal sealed record PreparedRows(IReadOnlyList<EncodedRow> Train, IReadOnlyList<(string Name, IReadOnlyList<EncodedRow> Rows)> Evaluation)
{
    /// <summary>The sets of a recipe.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="chat">Makes ids of turns.</param>
    /// <param name="data">The rows; not looked at where they are stored.</param>
    /// <param name="notice">Told each line worth reading.</param>
    /// <param name="progress">Rows done, of how many.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="UsageException">A row cannot be encoded, stored rows do not fit, or nothing is left to learn.</exception>
    public static PreparedRows Of(Recipe recipe, ChatEncoder chat, LoadedData data, Action<string> notice, Action<int, int>? progress = null, CancellationToken cancel = default)
    {
        var cache = recipe.Streaming ? null : TokenizedCache.For(recipe, chat, recipe.PredictWithGenerate);
        if (cache is not null && TokenizedCache.IsAt(recipe))
        {
            notice($"tokenized_path: the rows stored in {recipe.TokenizedPath} are used; dataset, max_samples and the like are not read");
            return Stored(recipe, cache.Load());
        }
        IRowEncoder learned = RowEncoders.For(recipe, chat), asked = recipe.PredictWithGenerate ? RowEncoders.ForPrediction(recipe, chat) : learned;
        EncodedRow[] train = data.Train.Rows.Count > 0 ? Encode(recipe, learned, data.Train, notice, progress, cancel) : [];
        if (data.Train.Rows.Count > 0 || (recipe.Trains || recipe.OnlyEncodes) && !recipe.Streaming) RequireAny(recipe, train);
        var prepared = new PreparedRows(train, [.. data.Evaluation.Select(e => (e.Name, (IReadOnlyList<EncodedRow>)Encode(recipe, asked, e.Rows, notice, null, cancel)))]);
        if (cache is null) return prepared;
        var sets = new Dictionary<string, EncodedRow[]> { [TokenizedCache.Train] = train };
        foreach ((string name, IReadOnlyList<EncodedRow> rows) in prepared.Evaluation) sets[name.Length == 0 ? TokenizedCache.Validation : $"{TokenizedCache.Validation}_{name}"] = [.. rows];
        cache.Save(sets);
        notice($"tokenized_path: {train.Length} rows are stored in {recipe.TokenizedPath}; the next run with these settings reads them");
        return prepared;
    }

    private static PreparedRows Stored(Recipe recipe, IReadOnlyDictionary<string, EncodedRow[]> sets)
    {
        EncodedRow[] train = sets.GetValueOrDefault(TokenizedCache.Train) ?? [];
        if (recipe.Trains && train.Length == 0) throw new UsageException($"{recipe.Where("tokenized_path")}: {recipe.TokenizedPath} holds no rows to learn from; name another folder");
        return new PreparedRows(train, [.. sets.Where(s => s.Key != TokenizedCache.Train)
            .Select(s => (s.Key == TokenizedCache.Validation ? "" : s.Key[(TokenizedCache.Validation.Length + 1)..], (IReadOnlyList<EncodedRow>)s.Value))]);
    }

    /// <summary>All rows of one set; what is left out is told, the first few lines of it.</summary>
    private static EncodedRow[] Encode(Recipe recipe, IRowEncoder encoder, DatasetRows rows, Action<string> notice, Action<int, int>? progress, CancellationToken cancel)
    {
        EncodedRows encoded = RowEncoding.All(recipe, encoder, rows, progress, cancel);
        foreach (string line in new DatasetRows([], encoded.Notices).Told) notice(line);
        return encoded.Rows;
    }

    /// <exception cref="UsageException">There are none.</exception>
    private static void RequireAny(Recipe recipe, EncodedRow[] rows)
    {
        if (rows.Length > 0) return;
        throw new UsageException(recipe is { Stage: "pt", ResolvedPacking: true }
            ? $"{recipe.Where("dataset")}: the texts are shorter than one block of {recipe.ResolvedCutoffLen} tokens; lower cutoff_len, add texts, or write 'packing: false'"
            : $"{recipe.Where("dataset")}: no row is left to learn from; look at the rows that were left out, and at columns and tags in dataset_info.json");
    }
}

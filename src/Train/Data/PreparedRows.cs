namespace Pure.Tuner;

/// <summary>The rows of a training run: read from <c>tokenized_path</c> where they are stored, else encoded and, where a folder is named, stored.</summary>
internal static class PreparedRows
{
    /// <summary>Rows to learn from.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="chat">Makes ids of turns.</param>
    /// <param name="rows">The data; called only where no rows are stored.</param>
    /// <param name="notice">Told each line worth reading.</param>
    /// <param name="progress">Rows done, of how many.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="UsageException">A row cannot be encoded, stored rows do not fit, or nothing is left to learn.</exception>
    public static EncodedRow[] ForTraining(Recipe recipe, ChatEncoder chat, Func<DatasetRows> rows, Action<string> notice, Action<int, int>? progress = null, CancellationToken cancel = default)
    {
        var cache = TokenizedCache.For(recipe, chat);
        if (cache is not null && TokenizedCache.IsAt(recipe))
        {
            notice($"tokenized_path: the rows stored in {recipe.TokenizedPath} are used; dataset, max_samples and the like are not read");
            return cache.Load().TryGetValue(TokenizedCache.Train, out EncodedRow[]? stored) && stored.Length > 0 ? stored
                : throw new UsageException($"{recipe.Where("tokenized_path")}: {recipe.TokenizedPath} holds no rows to learn from; name another folder");
        }
        EncodedRow[] encoded = Encode(recipe, RowEncoders.For(recipe, chat), rows(), notice, progress, cancel);
        RequireAny(recipe, encoded);
        if (cache is not null)
        {
            cache.Save(new Dictionary<string, EncodedRow[]> { [TokenizedCache.Train] = encoded });
            notice($"tokenized_path: {encoded.Length} rows are stored in {recipe.TokenizedPath}; the next run with these settings reads them");
        }
        return encoded;
    }

    /// <summary>All rows of one set; what is left out is told, the first few lines of it.</summary>
    public static EncodedRow[] Encode(Recipe recipe, IRowEncoder encoder, DatasetRows rows, Action<string> notice, Action<int, int>? progress = null, CancellationToken cancel = default)
    {
        EncodedRows encoded = RowEncoding.All(recipe, encoder, rows, progress, cancel);
        foreach (string line in new DatasetRows([], encoded.Notices).Told) notice(line);
        return encoded.Rows;
    }

    /// <summary>Refuses a set without rows.</summary>
    /// <exception cref="UsageException">There are none.</exception>
    public static void RequireAny(Recipe recipe, IReadOnlyCollection<EncodedRow> rows)
    {
        if (rows.Count > 0) return;
        throw new UsageException(recipe is { Stage: "pt", ResolvedPacking: true }
            ? $"{recipe.Where("dataset")}: the texts are shorter than one block of {recipe.ResolvedCutoffLen} tokens; lower cutoff_len, add texts, or write 'packing: false'"
            : $"{recipe.Where("dataset")}: no row is left to learn from; look at the rows that were left out, and at columns and tags in dataset_info.json");
    }
}

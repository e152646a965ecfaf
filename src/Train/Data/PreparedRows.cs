namespace Pure.Tuner;

/// <summary>The sets of a run as ids.</summary>
internal static class PreparedRows
{
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

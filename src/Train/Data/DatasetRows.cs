namespace Pure.Tuner;

/// <summary>Rows of a data set, and what was left out of it.</summary>
/// <param name="Rows">Rows in the order in which they are used.</param>
/// <param name="Notices">One line for each row that was left out.</param>
internal sealed record DatasetRows(List<TrainingRow> Rows, List<string> Notices)
{
    private const int MostTold = 5;

    /// <summary>What is to be told about the sets as a whole: formats that were found out.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The number of each row among all rows, those left out counted. Null: none was left out.</summary>
    public IReadOnlyList<int>? Numbers { get; init; }

    /// <summary>Rows with those left out.</summary>
    public int Count { get; init; } = Rows.Count;

    /// <summary>What is printed: the remarks, the first few notices, and how many more there are.</summary>
    public IEnumerable<string> Told => Remarks.Concat(Notices.Count <= MostTold + 1 ? Notices
        : Notices.Take(MostTold).Append(FormattableString.Invariant($"and {Notices.Count - MostTold:N0} more rows left out")));

    /// <summary>Rows that are prepared (and packed) together: a batch is cut by the number of a row among all rows, so that one with rows left out is smaller.</summary>
    /// <param name="size">The recipe's preprocessing_batch_size.</param>
    /// <param name="workers">The recipe's preprocessing_num_workers: the rows are first cut into as many parts, each of which has its own batches.</param>
    public IEnumerable<IReadOnlyList<TrainingRow>> Batches(int size, int workers = 1)
    {
        workers = Math.Clamp(workers, 1, Math.Max(Count, 1));
        int at = 0;
        for (int w = 0; w < workers; w++)
        {
            int end = (int)((long)Count / workers * (w + 1)) + Math.Min(w + 1, Count % workers);
            int begin = (int)((long)Count / workers * w) + Math.Min(w, Count % workers);
            for (int from = begin; from < end; from += size)
            {
                int first = at, to = Math.Min(end, from + size);
                while (at < Rows.Count && (Numbers?[at] ?? at) < to) at++;
                if (at > first) yield return Rows.GetRange(first, at - first);
            }
        }
    }

    /// <summary>Takes out the rows that were left out, and remembers why.</summary>
    internal static DatasetRows From(IReadOnlyList<ReadRow> rows, IReadOnlyList<string> remarks)
    {
        int[] kept = [.. Enumerable.Range(0, rows.Count).Where(i => rows[i].Row is not null)];
        // A row that mixing takes twice is told of once.
        List<string> notices = [.. rows.Where(r => r.Notice is not null).Select(r => r.Notice!).Distinct()];
        return new([.. kept.Select(i => rows[i].Row!)], notices) { Remarks = remarks, Numbers = kept.Length == rows.Count ? null : kept, Count = rows.Count };
    }
}

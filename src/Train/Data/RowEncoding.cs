using System.Runtime.ExceptionServices;

namespace Pure.Tuner;

/// <summary>Encoded rows, and what was left out.</summary>
/// <param name="Rows">Rows in the order of the data.</param>
/// <param name="Notices">One line for each row that was left out, in the order of the data.</param>
internal sealed record EncodedRows(EncodedRow[] Rows, List<string> Notices);

/// <summary>Encodes all rows of a data set, some batches at a time.</summary>
internal static class RowEncoding
{
    // Where rows do not depend on each other the batch is only a unit of work.
    private const int UnitRows = 64;

    /// <summary>Threads for a recipe: preprocessing_num_workers, else the run's threads, else all cores.</summary>
    public static int Threads(Recipe recipe) => recipe.PreprocessingNumWorkers ?? recipe.Threads ?? Environment.ProcessorCount;

    /// <summary>Rows and notices, whatever the number of threads the same.</summary>
    /// <param name="encoder">Encodes a batch; called from several threads at once.</param>
    /// <param name="rows">All rows.</param>
    /// <param name="batchSize">Rows of a batch: preprocessing_batch_size; rows of two batches are never joined.</param>
    /// <param name="threads">Most threads at work.</param>
    /// <param name="progress">Told how many rows are done, and of how many; never by two threads at once.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="UsageException">A row cannot be encoded: of all such the first in the order of the data.</exception>
    public static EncodedRows All(IRowEncoder encoder, IReadOnlyList<TrainingRow> rows, int batchSize, int threads = 1, Action<int, int>? progress = null, CancellationToken cancel = default)
    {
        int unit = encoder.RowByRow ? Math.Min(batchSize, UnitRows) : batchSize;
        return All(encoder, [.. Enumerable.Range(0, (rows.Count + unit - 1) / unit).Select(b => new Slice(rows, b * unit, Math.Min(unit, rows.Count - b * unit)))], rows.Count, threads, progress, cancel);
    }

    /// <summary>The rows of a data set: a batch is cut by the numbers that its rows have in the files, rows left out counted, and in each worker's part on its own, as the reference does.</summary>
    /// <inheritdoc cref="All(IRowEncoder, IReadOnlyList{TrainingRow}, int, int, Action{int, int}, CancellationToken)"/>
    public static EncodedRows All(IRowEncoder encoder, DatasetRows rows, Recipe recipe, Action<int, int>? progress = null, CancellationToken cancel = default) =>
        encoder.RowByRow ? All(encoder, rows.Rows, recipe.PreprocessingBatchSize, Threads(recipe), progress, cancel)
        : All(encoder, [.. rows.Batches(recipe.PreprocessingBatchSize, recipe.PreprocessingNumWorkers ?? 1)], rows.Rows.Count, Threads(recipe), progress, cancel);

    private static EncodedRows All(IRowEncoder encoder, IReadOnlyList<IReadOnlyList<TrainingRow>> batches, int all, int threads, Action<int, int>? progress, CancellationToken cancel)
    {
        int count = batches.Count;
        var encoded = new IReadOnlyList<EncodedRow>[count];
        var notices = new List<string>[count];
        var faults = new ExceptionDispatchInfo?[count];
        object turn = new();
        int done = 0, firstFault = int.MaxValue;
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads), CancellationToken = cancel }, b =>
        {
            if (b > Volatile.Read(ref firstFault)) return;       // batches before a fault go on: theirs would be the one to tell
            try
            {
                encoded[b] = encoder.Encode(batches[b], notices[b] = []);
            }
            catch (Exception e)
            {
                faults[b] = ExceptionDispatchInfo.Capture(e);
                lock (turn) firstFault = Math.Min(firstFault, b);
                return;
            }
            lock (turn)
            {
                done += batches[b].Count;
                progress?.Invoke(done, all);
            }
        });
        if (firstFault < count) faults[firstFault]!.Throw();
        return new EncodedRows([.. encoded.SelectMany(e => e)], [.. notices.SelectMany(n => n)]);
    }

    private sealed class Slice(IReadOnlyList<TrainingRow> rows, int from, int count) : IReadOnlyList<TrainingRow>
    {
        public TrainingRow this[int index] => index >= 0 && index < count ? rows[from + index] : throw new ArgumentOutOfRangeException(nameof(index));
        public int Count => count;
        public IEnumerator<TrainingRow> GetEnumerator()
        {
            for (int i = 0; i < count; i++) yield return rows[from + i];
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

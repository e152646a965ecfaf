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

    /// <summary>The rows of a recipe's data set, cut into its preprocessing batches.</summary>
    /// <inheritdoc cref="All(IRowEncoder, IEnumerable{IReadOnlyList{TrainingRow}}, int, Action{int, int}?, CancellationToken)"/>
    public static EncodedRows All(Recipe recipe, IRowEncoder encoder, DatasetRows rows, Action<int, int>? progress = null, CancellationToken cancel = default) =>
        All(encoder, rows.Batches(recipe.PreprocessingBatchSize, recipe.PreprocessingNumWorkers ?? 1), Math.Min(recipe.PreprocessingNumWorkers ?? int.MaxValue, recipe.Threads ?? Environment.ProcessorCount), progress, cancel);

    /// <summary>Rows in batches of one size.</summary>
    /// <inheritdoc cref="All(IRowEncoder, IEnumerable{IReadOnlyList{TrainingRow}}, int, Action{int, int}?, CancellationToken)"/>
    public static EncodedRows All(IRowEncoder encoder, IReadOnlyList<TrainingRow> rows, int batchSize, int threads = 1, Action<int, int>? progress = null, CancellationToken cancel = default) =>
        All(encoder, Units(rows, batchSize), threads, progress, cancel);

    /// <summary>Rows and notices, whatever the number of threads the same.</summary>
    /// <param name="encoder">Encodes a batch; called from several threads at once.</param>
    /// <param name="batches">The preprocessing batches; rows of two are never joined.</param>
    /// <param name="threads">Most threads at work.</param>
    /// <param name="progress">Told how many rows are done, and of how many; never by two threads at once.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="UsageException">A row cannot be encoded: of all such the first in the order of the data.</exception>
    public static EncodedRows All(IRowEncoder encoder, IEnumerable<IReadOnlyList<TrainingRow>> batches, int threads = 1, Action<int, int>? progress = null, CancellationToken cancel = default)
    {
        IReadOnlyList<TrainingRow>[] units = [.. encoder.RowByRow ? batches.SelectMany(b => Units(b, UnitRows)) : batches];
        int count = units.Length, rows = units.Sum(u => u.Count);
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
                encoded[b] = encoder.Encode(units[b], notices[b] = []);
            }
            catch (Exception e)
            {
                faults[b] = ExceptionDispatchInfo.Capture(e);
                lock (turn) firstFault = Math.Min(firstFault, b);
                return;
            }
            lock (turn)
            {
                done += units[b].Count;
                progress?.Invoke(done, rows);
            }
        });
        if (firstFault < count) faults[firstFault]!.Throw();
        return new EncodedRows([.. encoded.SelectMany(e => e)], [.. notices.SelectMany(n => n)]);
    }

    private static IEnumerable<IReadOnlyList<TrainingRow>> Units(IReadOnlyList<TrainingRow> rows, int size)
    {
        for (int from = 0; from < rows.Count; from += size) yield return new Slice(rows, from, Math.Min(size, rows.Count - from));
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

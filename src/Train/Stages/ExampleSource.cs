namespace Pure.Tuner;

/// <summary>Where the micro-batches of each update come from.</summary>
internal interface IExampleSource : IDisposable
{
    /// <summary>The micro-batches of an update (counted from 0): numbers of their rows, and the rows packed. Asked for in rising order; what lies between is passed over.</summary>
    (int[][] Rows, Batch[] Batches) Step(int step);
}

/// <summary>Rows in memory, in the order of the plan.</summary>
internal sealed class MappedExamples(IReadOnlyList<EncodedRow> rows, ExampleOrder order) : IExampleSource
{
    public (int[][] Rows, Batch[] Batches) Step(int step)
    {
        int[][] chosen = order.Step(step);
        return (chosen, [.. chosen.Select(b => Batch.Pack([.. b.Select(r => rows[r])]))]);
    }

    public void Dispose() { }
}

/// <summary>Rows that are read while training goes on, pass after pass; the last update of a pass may be smaller.</summary>
/// <param name="pass">The rows of a pass (counted from 0) in the order of use.</param>
/// <param name="batchSize">Rows of a micro-batch.</param>
/// <param name="accumulation">Micro-batches of an update.</param>
/// <param name="dropLast">Leave a micro-batch out that a pass does not fill.</param>
internal sealed class StreamedExamples(Func<int, IEnumerable<EncodedRow>> pass, int batchSize, int accumulation, bool dropLast) : IExampleSource
{
    private IEnumerator<EncodedRow>? _rows;
    private int _next, _pass = -1, _row;

    public (int[][] Rows, Batch[] Batches) Step(int step)
    {
        if (step < _next) throw new InvalidOperationException("a stream does not go back");
        while (true)
        {
            List<EncodedRow[]> update = Update();
            if (_next++ < step) continue;
            int first = _row - update.Sum(b => b.Length);
            var numbers = new int[update.Count][];
            for (int b = 0; b < numbers.Length; first += update[b++].Length) numbers[b] = [.. Enumerable.Range(first, update[b].Length)];
            return (numbers, [.. update.Select(b => Batch.Pack(b))]);
        }
    }

    public void Dispose() => _rows?.Dispose();

    /// <summary>The next micro-batches, all of one pass.</summary>
    private List<EncodedRow[]> Update()
    {
        for (bool fresh = false; ; fresh = true)
        {
            if (_rows is null) (_rows, _row, _pass) = (pass(_pass + 1).GetEnumerator(), 0, _pass + 1);
            var update = new List<EncodedRow[]>();
            while (update.Count < accumulation && MicroBatch() is { } batch) update.Add(batch);
            if (update.Count > 0) return update;
            _rows.Dispose();
            _rows = null;
            if (fresh) throw new UsageException("dataset: a whole pass over the stream gave no batch of rows to train on; look at the notices about left-out rows, or lower per_device_train_batch_size");
        }
    }

    private EncodedRow[]? MicroBatch()
    {
        var batch = new List<EncodedRow>();
        while (batch.Count < batchSize && _rows!.MoveNext()) batch.Add(_rows.Current);
        _row += batch.Count;
        return batch.Count == 0 || dropLast && batch.Count < batchSize ? null : [.. batch];
    }
}

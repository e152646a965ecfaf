namespace Pure.Tuner;

/// <summary>Which rows make which update: an own random order each epoch, cut into micro-batches and updates.</summary>
internal sealed class ExampleOrder(TrainingPlan plan, long seed, bool shuffle)
{
    private int _epoch = -1;
    private int[] _rows = [];

    /// <summary>The micro-batches of an update (counted from 0), each a list of rows.</summary>
    public int[][] Step(int step)
    {
        int epoch = step / plan.UpdatesPerEpoch;
        if (epoch != _epoch) (_epoch, _rows) = (epoch, Epoch(epoch));
        int first = step % plan.UpdatesPerEpoch * plan.Accumulation;
        var batches = new int[Math.Min(plan.Accumulation, plan.BatchesPerEpoch - first)][];
        for (int b = 0; b < batches.Length; b++)
        {
            int from = (first + b) * plan.BatchSize;
            batches[b] = _rows[from..Math.Min(from + plan.BatchSize, plan.Rows)];
        }
        return batches;
    }

    /// <summary>The rows of an epoch in the order of use.</summary>
    public int[] Epoch(int epoch) => shuffle ? TorchRandom.Permutation(plan.Rows, seed + epoch) : [.. Enumerable.Range(0, plan.Rows)];
}

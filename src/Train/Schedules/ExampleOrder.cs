namespace Pure.Tuner;

/// <summary>Which rows make which update: an own random order each epoch, cut into micro-batches and updates.</summary>
internal sealed class ExampleOrder(TrainingPlan plan, long seed, bool shuffle)
{
    /// <summary>Rows of a group, in updates, at most.</summary>
    private const int MostUpdates = 50;

    private int _epoch = -1;
    private int[] _rows = [];

    /// <summary>Tokens of each row where rows of like length are to come together; null for a plain random order.</summary>
    public IReadOnlyList<int>? Lengths { get; init; }

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
    public int[] Epoch(int epoch)
    {
        if (!shuffle) return [.. Enumerable.Range(0, plan.Rows)];
        int[] order = TorchRandom.Permutation(plan.Rows, seed + epoch);
        return Lengths is null ? order : Grouped(order, Lengths, plan.BatchSize * plan.Accumulation);
    }

    /// <summary>As transformers' get_length_grouped_indices: groups of the random order, longest rows first; the longest of all comes first, so that what does not fit in memory shows at once.</summary>
    private static int[] Grouped(int[] order, IReadOnlyList<int> lengths, int update)
    {
        int size = Math.Max(1, Math.Min(order.Length / (update * 4), MostUpdates)) * update;
        int[][] groups = [.. order.Chunk(size).Select(g => g.OrderByDescending(i => lengths[i]).ToArray())];
        int longest = 0;
        for (int g = 1; g < groups.Length; g++)
            if (lengths[groups[g][0]] > lengths[groups[longest][0]]) longest = g;
        if (groups.Length > 0) (groups[0][0], groups[longest][0]) = (groups[longest][0], groups[0][0]);
        return [.. groups.SelectMany(g => g)];
    }
}

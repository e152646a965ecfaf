namespace Pure.Tuner;

/// <summary>Lengths of rows in tokens: shares, percentiles, and steps to draw.</summary>
internal sealed class LengthHistogram
{
    private readonly int[] _sorted;

    public LengthHistogram(IEnumerable<int> lengths)
    {
        _sorted = [.. lengths];
        Array.Sort(_sorted);
    }

    public int Count => _sorted.Length;
    public int Max => _sorted.Length == 0 ? 0 : _sorted[^1];
    public long Total => _sorted.Sum(l => (long)l);

    /// <summary>The length that a share of the rows does not exceed: nearest rank.</summary>
    public int Percentile(double share) => _sorted.Length == 0 ? 0 : _sorted[Math.Clamp((int)Math.Ceiling(share * _sorted.Length) - 1, 0, _sorted.Length - 1)];

    /// <summary>How many rows are longer.</summary>
    public int Over(int limit) => _sorted.Length - UpTo(limit);

    /// <summary>Steps of one round width up to where 99 of 100 rows end; the last takes the rest.</summary>
    /// <param name="most">Most steps.</param>
    public IReadOnlyList<(int From, int To, int Count)> Steps(int most = 12)
    {
        if (_sorted.Length == 0) return [];
        int end = Percentile(0.99), width = Round((end + most) / most);
        var steps = new List<(int, int, int)>();
        for (int from = _sorted[0] / width * width; from <= end; from += width)
            steps.Add((from, from + width - 1, UpTo(from + width - 1) - UpTo(from - 1)));
        int next = steps[^1].Item2 + 1;
        if (Max >= next) steps.Add((next, Max, Over(next - 1)));
        return steps;
    }

    /// <summary>1, 2 or 5 times a power of ten, not below.</summary>
    private static int Round(int width)
    {
        for (int power = 1; ; power *= 10)
            foreach (int digit in (ReadOnlySpan<int>)[1, 2, 5])
                if (digit * power >= width) return digit * power;
    }

    private int UpTo(int limit)
    {
        int low = 0, high = _sorted.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_sorted[middle] <= limit) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}

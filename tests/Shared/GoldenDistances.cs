namespace Pure.Tuner.Tests;

/// <summary>
/// How far the results of a case lie from the expected ones where they are near by design and not equal: ‖x - y‖ / ‖y‖ over all tensors of a
/// group together. The first word of a name is its group: all gradients are one.
/// </summary>
/// <param name="bounds">The most that each group may be off; a group that is not named may be off by that of "".</param>
public sealed class GoldenDistances(IReadOnlyDictionary<string, double> bounds)
{
    private readonly SortedDictionary<string, (double Error, double Size)> _sums = new(StringComparer.Ordinal);

    /// <summary>Takes in a tensor.</summary>
    public void Add(string name, ReadOnlySpan<double> actual, ReadOnlySpan<double> expected)
    {
        double error = 0, size = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(double.IsFinite(actual[i]) == double.IsFinite(expected[i]), $"{name}[{i}]: {actual[i]} where {expected[i]} is expected");
            if (!double.IsFinite(expected[i])) continue;
            error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            size += expected[i] * expected[i];
        }
        string group = name.Split('.')[0];
        (double Error, double Size) sum = _sums.GetValueOrDefault(group);
        _sums[group] = (sum.Error + error, sum.Size + size);
    }

    /// <summary>Each group and its distance.</summary>
    public IEnumerable<(string Group, double Distance)> All => _sums.Select(s => (s.Key, s.Value.Error == 0 ? 0 : Math.Sqrt(s.Value.Error / s.Value.Size)));

    /// <summary>Fails when a group is farther away than it may be.</summary>
    public void Check()
    {
        Assert.NotEmpty(_sums);
        foreach ((string group, double distance) in All)
        {
            double bound = bounds.TryGetValue(group, out double own) ? own : bounds[""];
            Assert.True(distance <= bound, $"{group}: off by {distance:G3} of its size, and {bound} is the bound");
        }
    }
}

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Runs of the innermost dimension, in order.</summary>
internal ref struct Walk
{
    private readonly long[] _lengths;
    private readonly long[] _steps;
    private readonly Span<long> _at;

    public Walk(long[] lengths, long[] steps, long first, Span<long> at)
    {
        (_lengths, _steps) = (lengths, steps);
        _at = at;
        for (int d = lengths.Length - 1; d >= 0; d--)
        {
            at[d] = first % lengths[d];
            first /= lengths[d];
            Index += at[d] * steps[d];
        }
    }

    public long Index { get; private set; }
    public readonly long Step => _steps[^1];
    public readonly long Left => _lengths[^1] - _at[^1];

    public void NextRun()
    {
        int d = _lengths.Length - 1;
        Index -= _at[d] * _steps[d];
        _at[d] = 0;
        for (d--; d >= 0; d--)
        {
            _at[d]++;
            Index += _steps[d];
            if (_at[d] < _lengths[d]) return;
            Index -= _at[d] * _steps[d];
            _at[d] = 0;
        }
    }
}

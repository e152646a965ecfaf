using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Keys and values of several sequences, a row of equal capacity each; grows by doubling.</summary>
public sealed class KvCache : IDisposable
{
    private readonly Backend _backend;
    private readonly int _kvHeads, _headDim;
    private readonly Tensor[] _keys, _values;
    private readonly int[] _lengths;

    internal KvCache(Backend backend, DecoderConfig config, int sequences, int capacity)
    {
        (_backend, _kvHeads, _headDim) = (backend, config.KvHeads, config.HeadDim);
        Capacity = Math.Max(16, capacity);
        _lengths = new int[sequences];
        _keys = new Tensor[config.Layers];
        _values = new Tensor[config.Layers];
        for (int i = 0; i < config.Layers; i++) (_keys[i], _values[i]) = (NewRows(Capacity), NewRows(Capacity));
    }

    /// <summary>Tokens each sequence has room for before the next growth.</summary>
    public int Capacity { get; private set; }

    /// <summary>Number of sequences.</summary>
    public int Sequences => _lengths.Length;

    /// <summary>Tokens of a sequence in the cache.</summary>
    public int Length(int sequence) => _lengths[sequence];

    /// <summary>A context for the next tokens of the sequences that get some: rows in the order of the sequences.</summary>
    /// <param name="counts">New tokens of each sequence, 0 for none.</param>
    public ForwardContext Next(params int[] counts)
    {
        if (counts.Length != Sequences) throw new ArgumentException($"cache: {counts.Length} counts for {Sequences} sequences");
        int needed = 0, rows = counts.Sum();
        for (int s = 0; s < counts.Length; s++) needed = Math.Max(needed, _lengths[s] + counts[s]);
        if (needed > Capacity) Grow(needed);
        int[] active = [.. Enumerable.Range(0, Sequences).Where(s => counts[s] > 0)];
        var start = new int[active.Length];
        var positions = new int[rows];
        for (int i = 0, row = 0; i < active.Length; i++)
        {
            start[i] = row;
            for (int t = 0; t < counts[active[i]]; t++) positions[row++] = _lengths[active[i]] + t;
        }
        return new ForwardContext
        {
            Positions = positions,
            Cache = this,
            Segments = new Segments(start, Array.ConvertAll(active, s => counts[s]), Array.ConvertAll(active, s => s * Capacity), Array.ConvertAll(active, s => _lengths[s] + counts[s])),
        };
    }

    /// <summary>Counts the new tokens in, after the last layer has stored them.</summary>
    public void Advance(params int[] counts)
    {
        for (int s = 0; s < counts.Length; s++) _lengths[s] += counts[s];
    }

    /// <summary>Forgets the tokens of a sequence from a length on.</summary>
    public void Truncate(int sequence, int length) => _lengths[sequence] = Math.Min(_lengths[sequence], length);

    /// <summary>Sequence i becomes a copy of sequence sources[i]: beam search.</summary>
    public void Reorder(int[] sources)
    {
        if (sources.Select((s, i) => s == i).All(same => same)) return;
        for (int layer = 0; layer < _keys.Length; layer++)
        {
            _keys[layer] = Reordered(_keys[layer], sources);
            _values[layer] = Reordered(_values[layer], sources);
        }
        int[] lengths = Array.ConvertAll(sources, s => _lengths[s]);
        lengths.CopyTo(_lengths, 0);
    }

    /// <summary>Stores a layer's new keys and values, and gives all rows.</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor k, Tensor v, Segments segments)
    {
        using (var scope = TensorScope.Begin())
            for (int i = 0; i < segments.Count; i++)
            {
                int n = segments.QueryLength[i], to = segments.KeyStart[i] + segments.KeyLength[i] - n;
                _backend.Copy(SliceOp.View(k, 0, segments.QueryStart[i], n), SliceOp.View(_keys[layer], 0, to, n));
                _backend.Copy(SliceOp.View(v, 0, segments.QueryStart[i], n), SliceOp.View(_values[layer], 0, to, n));
            }
        return (_keys[layer], _values[layer]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor t in _keys) t.Dispose();
        foreach (Tensor t in _values) t.Dispose();
    }

    private Tensor NewRows(int capacity)
    {
        using (TensorScope.Suspend()) return Tensor.Empty(_backend, [Sequences * capacity, _kvHeads, _headDim]);
    }

    private void Grow(int needed)
    {
        int capacity = Math.Max(needed, 2 * Capacity);
        for (int layer = 0; layer < _keys.Length; layer++)
        {
            _keys[layer] = Grown(_keys[layer], capacity);
            _values[layer] = Grown(_values[layer], capacity);
        }
        Capacity = capacity;
    }

    private Tensor Grown(Tensor rows, int capacity)
    {
        Tensor larger = NewRows(capacity);
        using (var scope = TensorScope.Begin())
            for (int s = 0; s < Sequences; s++)
                if (_lengths[s] > 0) _backend.Copy(SliceOp.View(rows, 0, s * Capacity, _lengths[s]), SliceOp.View(larger, 0, s * capacity, _lengths[s]));
        rows.Dispose();
        return larger;
    }

    private Tensor Reordered(Tensor rows, int[] sources)
    {
        Tensor other = NewRows(Capacity);
        using (var scope = TensorScope.Begin())
            for (int s = 0; s < Sequences; s++)
                if (_lengths[sources[s]] > 0) _backend.Copy(SliceOp.View(rows, 0, sources[s] * Capacity, _lengths[sources[s]]), SliceOp.View(other, 0, s * Capacity, _lengths[sources[s]]));
        rows.Dispose();
        return other;
    }
}

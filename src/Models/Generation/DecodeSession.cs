using System.Runtime.InteropServices;
using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Rows that grow token by token: runs what each row has not run yet and gives the logits after its last id.</summary>
/// <remarks>
/// Rows are packed, so none waits for another's length and nothing is computed for padding; long prompts go in parts, so that memory does
/// not grow with them. Where angles depend on a row's length, rows of different angles run apart: a row's numbers never hang on its batch.
/// </remarks>
internal sealed class DecodeSession : IDisposable
{
    /// <summary>Rows of one call while prompts are read.</summary>
    internal const int DefaultChunk = 512;

    private readonly DecoderModel _model;
    private readonly KvCache? _cache;
    private readonly List<int>[] _ids;
    private readonly int[] _angles;             // class of the angles that a row's cached keys were turned by
    private readonly int _chunk;
    private float[] _scratch = [];

    /// <param name="model">The model.</param>
    /// <param name="prompts">Ids of each row.</param>
    /// <param name="capacity">Tokens of each row there is room for at first.</param>
    /// <param name="usesCache">Whether keys and values are kept.</param>
    /// <param name="chunk">Most rows of one call while prompts are read.</param>
    internal DecodeSession(DecoderModel model, IReadOnlyList<int[]> prompts, int capacity, bool usesCache, int chunk = DefaultChunk)
    {
        if (Tape.Current is not null) throw new InvalidOperationException("generate: a tape is recording; generate outside of it, nothing here is differentiated");
        (_model, _chunk) = (model, chunk);
        _ids = [.. prompts.Select(p => new List<int>(p))];
        _angles = new int[_ids.Length];
        if (usesCache) _cache = new KvCache(model.Backend, model.Config, _ids.Length, capacity);
    }

    /// <summary>Which logits are asked for, where a device finds them itself; the others are given as removed. Null for all.</summary>
    internal Candidates? Candidates { get; set; }

    /// <summary>The next id of a row.</summary>
    internal void Append(int row, int id) => _ids[row].Add(id);

    /// <summary>Row i goes on from where row sources[i] is.</summary>
    internal void Reorder(int[] sources)
    {
        List<int>[] ids = [.. sources.Select((s, i) => s == i ? _ids[i] : [.. _ids[s]])];
        int[] angles = [.. sources.Select(s => _angles[s])];
        ids.CopyTo(_ids, 0);
        angles.CopyTo(_angles, 0);
        _cache?.Reorder(sources);
    }

    /// <summary>Reads the first of every <paramref name="copies"/> rows and makes the others continue it.</summary>
    /// <param name="copies">Rows for each prompt.</param>
    /// <param name="logits">[rows, vocab].</param>
    /// <param name="cancel">Asked between calls.</param>
    internal void Start(int copies, Span<float> logits, CancellationToken cancel)
    {
        int vocab = _model.Vocab;
        int[] first = [.. Enumerable.Range(0, _ids.Length / copies).Select(p => p * copies)];
        Run(first, logits[..(first.Length * vocab)], cancel);
        if (copies == 1) return;
        for (int row = _ids.Length - 1; row > 0; row--) logits.Slice(row / copies * vocab, vocab).CopyTo(logits.Slice(row * vocab, vocab));
        Reorder([.. Enumerable.Range(0, _ids.Length).Select(row => row / copies * copies)]);
    }

    /// <summary>Logits after the last id of some rows.</summary>
    /// <param name="rows">Which, ascending; each has ids that were not run yet.</param>
    /// <param name="logits">[rows, vocab].</param>
    /// <param name="cancel">Asked between calls.</param>
    internal void Run(int[] rows, Span<float> logits, CancellationToken cancel)
    {
        RopeConfig rope = _model.Config.Rope;
        if (!rope.DependsOnLength)
        {
            RunAlike(rows, [.. Enumerable.Range(0, rows.Length)], _chunk, logits, cancel);
            return;
        }
        foreach (IGrouping<int, int> alike in Enumerable.Range(0, rows.Length).GroupBy(i => rope.AngleClass(_ids[rows[i]].Count)))
        {
            int[] places = [.. alike];
            foreach (int i in places)
            {
                // Beyond the limit longrope turns all keys otherwise: the row is read anew, once. Dynamic rope leaves old keys as they are.
                if (rope.Kind == "longrope" && _angles[rows[i]] != alike.Key) _cache?.Truncate(rows[i], 0);
                _angles[rows[i]] = alike.Key;
            }
            RunAlike(rows, places, alike.Key == 0 ? _chunk : int.MaxValue, logits, cancel);
        }
    }

    public void Dispose() => _cache?.Dispose();

    /// <param name="rows">The rows of the whole call.</param>
    /// <param name="places">Which of them run now.</param>
    /// <param name="chunk">Most rows of one call of the model.</param>
    /// <param name="logits">[rows, vocab].</param>
    /// <param name="cancel">Asked between calls.</param>
    private void RunAlike(int[] rows, int[] places, int chunk, Span<float> logits, CancellationToken cancel)
    {
        List<int> ids = [], ends = [], owners = [], lengths = [];
        var counts = new int[_ids.Length];
        int done = 0;
        while (done < places.Length)
        {
            cancel.ThrowIfCancellationRequested();
            Array.Clear(counts);
            ids.Clear();
            ends.Clear();
            owners.Clear();
            lengths.Clear();
            for (; done < places.Length && ids.Count < chunk; done++)
            {
                int row = rows[places[done]], from = _cache?.Length(row) ?? 0, pending = _ids[row].Count - from;
                int room = _cache is null ? pending : Math.Min(pending, chunk - ids.Count);      // without a cache a row cannot be cut
                counts[row] = room;
                lengths.Add(room);
                ids.AddRange(CollectionsMarshal.AsSpan(_ids[row]).Slice(from, room));
                if (room < pending) break;
                ends.Add(ids.Count - 1);
                owners.Add(places[done]);
            }
            Call(ids, ends, owners, _cache?.Next(counts) ?? ForwardContext.Packed([.. lengths]), logits);
            _cache?.Advance(counts);
        }
    }

    private void Call(List<int> ids, List<int> ends, List<int> owners, ForwardContext context, Span<float> logits)
    {
        int vocab = _model.Vocab;
        using var scope = TensorScope.Begin();
        Tensor hidden = _model.Hidden(CollectionsMarshal.AsSpan(ids), context);
        if (ends.Count == 0) return;                       // in the middle of a long prompt
        Tensor y = _model.Logits(hidden, context, [.. ends]).To(DType.F32);
        if (Candidates is not null && _model.Backend.Find<ITopKernel>() is { } kernel && kernel.Finds(vocab, Candidates.Fetched(vocab)) && Best(kernel, Candidates, y, owners, logits)) return;
        if (owners[^1] - owners[0] == owners.Count - 1)
        {
            y.CopyTo(logits.Slice(owners[0] * vocab, owners.Count * vocab));
            return;
        }
        if (_scratch.Length < owners.Count * vocab) _scratch = new float[owners.Count * vocab];
        y.CopyTo(_scratch.AsSpan(0, owners.Count * vocab));
        for (int i = 0; i < owners.Count; i++) _scratch.AsSpan(i * vocab, vocab).CopyTo(logits.Slice(owners[i] * vocab, vocab));
    }

    /// <summary>The best logits of each row, the others removed; false when ties reach beyond them.</summary>
    private static bool Best(ITopKernel kernel, Candidates candidates, Tensor y, List<int> owners, Span<float> logits)
    {
        int vocab = y.Shape[1], k = candidates.Fetched(vocab);
        Tensor best = Tensor.Empty(y.Backend, [owners.Count, 2 * k]);
        kernel.Top(y, k, best);
        float[] found = best.ToArray<float>();
        for (int i = 0; i < owners.Count; i++)
        {
            ReadOnlySpan<float> values = found.AsSpan(2 * k * i, k), places = found.AsSpan(2 * k * i + k, k);
            if (candidates.MayMiss(values, vocab)) return false;
            Span<float> row = logits.Slice(owners[i] * vocab, vocab);
            row.Fill(float.NegativeInfinity);
            for (int j = 0; j < k; j++) row[(int)places[j]] = values[j];
        }
        return true;
    }
}

namespace Pure.Tuner;

/// <summary>The symbols of one piece while they are merged: lowest rank first, leftmost among equals.</summary>
internal sealed class BpeWord
{
    // Below this a scan for the lowest rank beats the heap; above it the heap keeps long pieces at n log n.
    private const int ScanLimit = 24;

    public int[] Ids = new int[64];
    public int[] Lengths = new int[64];
    public int Count;
    private int[] _ranks = new int[64];
    private int[] _merged = new int[64];
    private int[] _previous = [];
    private int[] _next = [];
    private readonly PriorityQueue<(int At, int Id), long> _queue = new();

    /// <summary>Merges applied and queue entries looked at since the word was made; what tests bound.</summary>
    public long Steps { get; private set; }

    public void Add(int id, int length)
    {
        if (Count == Ids.Length)
        {
            Array.Resize(ref Ids, Count * 2);
            Array.Resize(ref Lengths, Count * 2);
        }
        (Ids[Count], Lengths[Count++]) = (id, length);
    }

    public void Merge(PairTable merges)
    {
        if (Count > ScanLimit) MergeByHeap(merges);
        else MergeByScan(merges);
    }

    internal void MergeByScan(PairTable merges)
    {
        if (_ranks.Length < Count) (_ranks, _merged) = (new int[Count], new int[Count]);
        for (int i = 0; i + 1 < Count; i++) Rank(merges, i);
        while (Count > 1)
        {
            int best = 0;
            for (int i = 1; i + 1 < Count; i++)
                if (_ranks[i] < _ranks[best]) best = i;
            if (_ranks[best] == int.MaxValue) return;
            Steps += Count;
            Ids[best] = _merged[best];
            Lengths[best] += Lengths[best + 1];
            Count--;
            int moved = Count - best - 1;
            Array.Copy(Ids, best + 2, Ids, best + 1, moved);
            Array.Copy(Lengths, best + 2, Lengths, best + 1, moved);
            Array.Copy(_ranks, best + 2, _ranks, best + 1, Math.Max(0, moved - 1));
            Array.Copy(_merged, best + 2, _merged, best + 1, Math.Max(0, moved - 1));
            if (best > 0) Rank(merges, best - 1);
            if (best + 1 < Count) Rank(merges, best);
        }
    }

    private void Rank(PairTable merges, int at)
    {
        if (!merges.TryGet(Ids[at], Ids[at + 1], out _ranks[at], out _merged[at])) _ranks[at] = int.MaxValue;
    }

    internal void MergeByHeap(PairTable merges)
    {
        if (_previous.Length < Count) (_previous, _next) = (new int[Ids.Length], new int[Ids.Length]);
        _queue.Clear();
        for (int i = 0; i < Count; i++)
        {
            (_previous[i], _next[i]) = (i - 1, i + 1 < Count ? i + 1 : -1);
            if (i + 1 < Count) Enqueue(merges, i, i + 1);
        }
        while (_queue.TryDequeue(out (int At, int Id) top, out _))
        {
            Steps++;
            int right = _next[top.At];
            if (Lengths[top.At] == 0 || right < 0) continue;
            // An entry is stale when a neighbour has grown meanwhile.
            if (!merges.TryGet(Ids[top.At], Ids[right], out _, out int id) || id != top.Id) continue;
            Ids[top.At] = id;
            Lengths[top.At] += Lengths[right];
            Lengths[right] = 0;
            int next = _next[top.At] = _next[right];
            if (next >= 0) _previous[next] = top.At;
            if (_previous[top.At] >= 0) Enqueue(merges, _previous[top.At], top.At);
            if (next >= 0) Enqueue(merges, top.At, next);
        }
        int kept = 0;
        for (int i = 0; i < Count; i++)
            if (Lengths[i] != 0) (Ids[kept], Lengths[kept++]) = (Ids[i], Lengths[i]);
        Count = kept;
    }

    private void Enqueue(PairTable merges, int left, int right)
    {
        if (merges.TryGet(Ids[left], Ids[right], out int rank, out int id)) _queue.Enqueue((left, id), (long)rank << 32 | (uint)left);
    }
}

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Live blocks by address. Looking up takes no lock: the sorted array is replaced, never changed.</summary>
internal sealed class BlockMap
{
    private readonly Lock _gate = new();
    private Block[] _blocks = [];

    public int Count => _blocks.Length;

    public long Bytes => _blocks.Sum(b => b.Length);

    public void Add(Block block)
    {
        lock (_gate)
        {
            int at = IndexAfter(_blocks, block.Address);
            Volatile.Write(ref _blocks, [.. _blocks.AsSpan(0, at), block, .. _blocks.AsSpan(at)]);
        }
    }

    /// <summary>Takes the block that starts here out; null if none does.</summary>
    public Block? Remove(ulong start)
    {
        lock (_gate)
        {
            int at = IndexAfter(_blocks, start) - 1;
            if (at < 0 || _blocks[at].Address != start) return null;
            Block block = _blocks[at];
            Volatile.Write(ref _blocks, [.. _blocks.AsSpan(0, at), .. _blocks.AsSpan(at + 1)]);
            return block;
        }
    }

    /// <summary>The block that this address is in.</summary>
    public Block? Find(ulong address)
    {
        Block[] blocks = Volatile.Read(ref _blocks);
        int at = IndexAfter(blocks, address) - 1;
        return at >= 0 && blocks[at].Contains(address, 1) ? blocks[at] : null;
    }

    /// <summary>Frees every block.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            foreach (Block block in _blocks) block.Free();
            Volatile.Write(ref _blocks, []);
        }
    }

    private static int IndexAfter(Block[] blocks, ulong address)
    {
        int low = 0, high = blocks.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (blocks[middle].Address <= address) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}

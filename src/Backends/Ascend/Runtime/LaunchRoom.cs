namespace Pure.Tuner.Ascend;

/// <summary>The workspace of the thread that plans and launches: one block that grows, since all work of a stream comes one after another.</summary>
/// <remarks>It lies outside the pool, which is the caller's. A block that became too small is given back when the card has run what was queued with it.</remarks>
internal sealed unsafe class LaunchRoom(AclDevice device)
{
    private const long Grain = 2 << 20;

    private readonly List<nint> _outgrown = [];
    private nint _block;
    private long _bytes;

    /// <summary>Room for a workspace.</summary>
    /// <exception cref="AclOutOfMemoryException">The card is full.</exception>
    public nint Take(ulong bytes)
    {
        long wanted = ((long)bytes + Grain - 1) / Grain * Grain;
        if (wanted <= _bytes) return _block;
        if (_block != 0) _outgrown.Add(_block);
        (_block, _bytes) = (0, 0);
        try { _block = device.Allocate(wanted); }
        catch (AclOutOfMemoryException)
        {
            // What was outgrown goes first; the work that uses it must have run.
            if (_outgrown.Count == 0 || device.Acl.aclrtSynchronizeStream(device.Stream) != 0) throw;
            Past();
            _block = device.Allocate(wanted);
        }
        _bytes = wanted;
        return _block;
    }

    /// <summary>The card has run everything.</summary>
    public void Past()
    {
        foreach (nint block in _outgrown) _ = device.Free(block);
        _outgrown.Clear();
    }

    /// <summary>Gives everything back; the card has run everything.</summary>
    public void Clear()
    {
        Past();
        if (_block != 0) _ = device.Free(_block);
        (_block, _bytes) = (0, 0);
    }
}

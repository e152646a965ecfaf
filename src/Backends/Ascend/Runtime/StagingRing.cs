namespace Pure.Tuner.Ascend;

/// <summary>Pinned room for copies to the card: a few chunks, filled one after another; a chunk is used again when the card has come past its last copy.</summary>
internal sealed class StagingRing(AclDevice device, LaunchQueue queue) : IDisposable
{
    /// <summary>Bytes of a chunk; a longer copy takes several.</summary>
    public const int ChunkBytes = 4 << 20;

    private const int Chunks = 4, Alignment = 64;

    private readonly nint[] _blocks = new nint[Chunks];
    private readonly AclEvent?[] _guards = new AclEvent?[Chunks];
    private readonly bool[] _isGuarded = new bool[Chunks];
    private nint _back;
    private int _chunk, _used;

    /// <summary>Room for at most a chunk; the copy out of it must be handed over before the next is asked for.</summary>
    public nint Take(int bytes)
    {
        if (_used + bytes > ChunkBytes) Advance();
        if (_blocks[_chunk] == 0) _blocks[_chunk] = device.AllocatePinned(ChunkBytes);
        nint at = _blocks[_chunk] + _used;
        _used += (bytes + Alignment - 1) / Alignment * Alignment;
        return at;
    }

    /// <summary>Room for what comes back from the card; used by one copy at a time, which is waited for.</summary>
    public nint Back => _back != 0 ? _back : _back = device.AllocatePinned(ChunkBytes);

    /// <summary>The card has run everything: all room is free.</summary>
    public void Past()
    {
        Array.Clear(_isGuarded);
        _used = 0;
    }

    public void Dispose()
    {
        foreach (AclEvent? guard in _guards) guard?.Dispose();
        foreach (nint block in _blocks)
            if (block != 0) device.FreePinned(block);
        if (_back != 0) device.FreePinned(_back);
        Array.Clear(_blocks);
        _back = 0;
    }

    /// <summary>Marks the end of this chunk's copies in the stream and waits for those of the next, which are the oldest.</summary>
    private void Advance()
    {
        AclEvent guard = _guards[_chunk] ??= new AclEvent(device);
        Launch record = queue.Next(LaunchKind.Record, "aclrtRecordEvent");
        record.Event = guard.Handle;
        queue.Submit(record);
        _isGuarded[_chunk] = true;
        _chunk = (_chunk + 1) % Chunks;
        _used = 0;
        if (!_isGuarded[_chunk]) return;
        queue.Drain();                               // the record may still stand in the queue, and an event that was never recorded cannot be waited for
        _guards[_chunk]!.Wait();
        _isGuarded[_chunk] = false;
    }
}

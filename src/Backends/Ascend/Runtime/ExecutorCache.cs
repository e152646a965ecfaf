namespace Pure.Tuner.Ascend;

/// <summary>Executors that are used again: a call whose like was made twice before is not planned any more, it only gets its addresses.</summary>
/// <remarks>
/// The first call of a kind leaves its key, the second is planned to be kept, the third and all later ones are launched with what the second planned. A
/// call that never comes again, such as one with this update's rate, so costs a key and never an executor. Keys are compared whole. What was used
/// longest ago goes first; what stands in the queue stays. Only the caller's thread looks up and throws out; planning and launching may be another's.
/// </remarks>
internal sealed unsafe class ExecutorCache
{
    /// <summary>Keys that are remembered for each executor that may be kept.</summary>
    private const int KeysEach = 4;

    private readonly Dictionary<OpArguments, LinkedListNode<KeptExecutor>> _known = [];
    private readonly LinkedList<KeptExecutor> _keys = [], _kept = [];      // the latest first
    private readonly AclDevice _device;
    private readonly int _most;
    private long _plans, _reuses;

    /// <param name="device">The card.</param>
    /// <param name="most">Executors kept at most; 0 keeps none.</param>
    public ExecutorCache(AclDevice device, int most)
    {
        _device = device;
        Acl acl = device.Acl;
        bool isThere = acl.aclSetAclOpExecutorRepeatable != null && acl.aclSetTensorAddr != null && acl.aclDestroyAclOpExecutor != null;
        _most = isThere ? most : 0;
    }

    /// <summary>Phase ones so far.</summary>
    public long Plans => Volatile.Read(ref _plans);

    /// <summary>Launches without one.</summary>
    public long Reuses => Volatile.Read(ref _reuses);

    /// <summary>Executors that are kept.</summary>
    public int Count => _kept.Count;

    /// <summary>Gives a launch the executor of its like, or the task to plan one; neither if it goes once.</summary>
    /// <param name="launch">What was recorded.</param>
    /// <param name="later">Whether the thread of the launches plans; else this one does, and has the answer.</param>
    public void Find(Launch launch, bool later)
    {
        if (_most == 0 || !launch.Call.CanRepeat) return;
        if (!_known.TryGetValue(launch.Call, out LinkedListNode<KeptExecutor>? node))
        {
            if (_keys.Count >= KeysEach * _most) Forget(_keys.Last!);
            var seen = new KeptExecutor(launch.Call.ToKey());
            _known[seen.Key] = _keys.AddFirst(seen);
            return;
        }
        KeptExecutor entry = node.Value;
        if (entry.State == ExecutorState.Refused && node.List == _kept)
        {
            _kept.Remove(node);                      // it has no executor any more
            _keys.AddFirst(node);
        }
        else Latest(node);
        // What the other thread is still planning has no answer yet for a caller that waits for one.
        if (entry.State == ExecutorState.Refused || entry.State == ExecutorState.Planning && !later) return;
        if (entry.State == ExecutorState.Seen)
        {
            if (_kept.Count >= _most && !ThrowOut()) return;
            _keys.Remove(node);
            _kept.AddFirst(node);
            entry.State = ExecutorState.Planning;
        }
        entry.Take();
        launch.Kept = entry;
    }

    /// <summary>Counts a phase one.</summary>
    public void Planned() => Interlocked.Increment(ref _plans);

    /// <summary>Counts a launch without.</summary>
    public void Reused() => Interlocked.Increment(ref _reuses);

    /// <summary>Destroys what is kept: before the device goes, after the last launch.</summary>
    public void Clear()
    {
        foreach (KeptExecutor entry in _kept) entry.Objects.Release(_device.Acl);
        _known.Clear();
        _keys.Clear();
        _kept.Clear();
    }

    private void Latest(LinkedListNode<KeptExecutor> node)
    {
        LinkedList<KeptExecutor> list = node.List!;
        if (list.First == node) return;
        list.Remove(node);
        list.AddFirst(node);
    }

    /// <summary>Makes room for an executor: of those that no launch waits with, the one that was used longest ago.</summary>
    private bool ThrowOut()
    {
        for (LinkedListNode<KeptExecutor>? node = _kept.Last; node is not null; node = node.Previous)
        {
            if (node.Value.IsQueued) continue;
            node.Value.Objects.Release(_device.Acl);
            Forget(node);
            return true;
        }
        return false;
    }

    private void Forget(LinkedListNode<KeptExecutor> node)
    {
        _known.Remove(node.Value.Key);
        node.List!.Remove(node);
    }
}

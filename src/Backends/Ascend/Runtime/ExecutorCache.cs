namespace Pure.Tuner.Ascend;

/// <summary>Executors that are used again: a call whose like was made before is not planned any more, it only gets its addresses.</summary>
/// <remarks>
/// The library is asked with the first call of a kind whether its executor may be repeated: it keeps plans itself (ACLNN_CACHE_LIMIT), and what it plans from there it does
/// not repeat. An executor that was used once waits among the young, one that was used again among the kept, so that calls that never come again, such as those
/// with this update's rate, throw out only one another. Keys are compared whole. What was used longest ago goes first; what stands in the queue stays. Only the caller's
/// thread looks up and throws out; planning and launching may be another's.
/// </remarks>
internal sealed unsafe class ExecutorCache
{
    /// <summary>Refused keys that are remembered for each executor that may be kept.</summary>
    private const int RefusedEach = 4;

    private readonly Dictionary<OpArguments, LinkedListNode<KeptExecutor>> _known = [];
    private readonly LinkedList<KeptExecutor> _young = [], _kept = [], _refused = [];      // the latest first
    private readonly AclDevice _device;
    private readonly int _most;
    private long _plans, _reuses;

    /// <param name="device">The card.</param>
    /// <param name="most">Executors kept at most, and as many that were used once; 0 keeps none.</param>
    public ExecutorCache(AclDevice device, int most)
    {
        _device = device;
        Acl acl = device.Acl;
        bool isThere = acl.aclSetAclOpExecutorRepeatable != null && acl.aclSetTensorAddr != null && acl.aclDestroyAclOpExecutor != null;
        _most = isThere ? most : 0;
    }

    /// <summary>Phase ones so far, those that only ask whether the card would do it among them.</summary>
    public long Plans => Volatile.Read(ref _plans);

    /// <summary>Launches without one.</summary>
    public long Reuses => Volatile.Read(ref _reuses);

    /// <summary>Gives a launch the executor of its like, or the task to plan one; neither if it goes once.</summary>
    /// <param name="launch">What was recorded.</param>
    /// <param name="later">Whether the thread of the launches plans; else this one does, and has the answer.</param>
    public void Find(Launch launch, bool later)
    {
        if (_most == 0 || !launch.Call.CanRepeat) return;
        KeptExecutor entry;
        if (_known.TryGetValue(launch.Call, out LinkedListNode<KeptExecutor>? node))
        {
            entry = node.Value;
            if (entry.State == ExecutorState.Refused)
            {
                Refuse(node);
                return;
            }
            LinkedList<KeptExecutor> list = node.List!;
            Move(node, list == _young && HasRoom(_kept) ? _kept : list);
            // What the other thread is still planning has no answer yet for a caller that waits for one.
            if (entry.State == ExecutorState.Planning && !later) return;
        }
        else
        {
            if (!HasRoom(_young)) return;
            entry = new KeptExecutor(launch.Call.ToKey());
            _known[entry.Key] = _young.AddFirst(entry);
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
        foreach (LinkedListNode<KeptExecutor> node in _known.Values) node.Value.Objects.Release(_device.Acl);
        _known.Clear();
        _young.Clear();
        _kept.Clear();
        _refused.Clear();
    }

    /// <summary>What is refused keeps its key, so that it is not asked again, and no executor.</summary>
    private void Refuse(LinkedListNode<KeptExecutor> node)
    {
        if (node.List != _refused && !node.Value.IsQueued)
        {
            node.Value.Objects.Release(_device.Acl);
            if (_refused.Count >= RefusedEach * _most) Forget(_refused.Last!);
            Move(node, _refused);
        }
        else Move(node, node.List!);
    }

    private static void Move(LinkedListNode<KeptExecutor> node, LinkedList<KeptExecutor> to)
    {
        if (to.First == node) return;
        node.List!.Remove(node);
        to.AddFirst(node);
    }

    /// <summary>Whether one more can be taken in, if need be in the place of the one that was used longest ago and that no launch waits with.</summary>
    private bool HasRoom(LinkedList<KeptExecutor> list)
    {
        if (list.Count < _most) return true;
        for (LinkedListNode<KeptExecutor>? node = list.Last; node is not null; node = node.Previous)
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

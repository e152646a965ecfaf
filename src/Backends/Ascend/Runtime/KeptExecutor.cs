namespace Pure.Tuner.Ascend;

/// <summary>How far a call is known.</summary>
internal enum ExecutorState
{
    /// <summary>It is being planned to be kept.</summary>
    Planning,
    /// <summary>Its executor can be launched with other addresses.</summary>
    Ready,
    /// <summary>The library does not repeat it, or does not take its addresses: it is planned each time.</summary>
    Refused,
}

/// <summary>A call by its arguments without addresses, and its executor with all that this was planned with once it is kept.</summary>
internal sealed class KeptExecutor(OpArguments key)
{
    private int _queued;

    public OpArguments Key => key;

    /// <summary>Set by the thread that plans, which may be that of the launches.</summary>
    public volatile ExecutorState State;

    /// <summary>Tensors, scalars and arrays, which live as long as the executor.</summary>
    public OpObjects Objects { get; } = new();

    /// <summary>What phase two asks for.</summary>
    public ulong WorkspaceBytes;

    /// <summary>Whether a launch that stands in the queue uses it.</summary>
    public bool IsQueued => Volatile.Read(ref _queued) > 0;

    public void Take() => Interlocked.Increment(ref _queued);

    public void GiveBack() => Interlocked.Decrement(ref _queued);
}

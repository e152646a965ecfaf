namespace Pure.Tuner;

/// <summary>A block of device memory and the number of tensors that hold it; the last to let go returns it to the backend's pool.</summary>
internal sealed class Storage
{
    private readonly IDisposable? _owner;
    private int _holds = 1;
    private IDisposable? _prepared;

    internal Storage(Backend backend, nint pointer, long bytes, IDisposable? owner = null, bool external = false)
    {
        Backend = backend;
        Pointer = pointer;
        Bytes = bytes;
        _owner = owner;
        IsExternal = external;
    }

    /// <summary>A block nobody let go of: it goes back to the pool, and is counted, since a test that leaves one behind has failed.</summary>
    ~Storage()
    {
        if (_holds > 0) Backend.ReturnForgotten(this);
    }

    internal Backend Backend { get; }
    internal nint Pointer { get; private set; }
    internal long Bytes { get; }

    /// <summary>Memory that is not the pool's, such as a mapped file.</summary>
    internal bool IsExternal { get; }

    /// <summary>Brings a mapped file's pages in, for one who wants to know what the process holds.</summary>
    internal unsafe void Touch()
    {
        for (long at = 0; at < Bytes; at += Environment.SystemPageSize) Volatile.Read(ref ((byte*)Pointer)[at]);
    }

    /// <summary>Another form of the elements that a device multiplies faster. It goes with the first write and with the last holder; what was there before is given back.</summary>
    internal IDisposable? Prepared
    {
        get => _prepared;
        set
        {
            _prepared?.Dispose();
            _prepared = value;
        }
    }

    /// <summary>Elements are about to be written: what was made of them is stale.</summary>
    internal void Written()
    {
        if (_prepared is not null) Prepared = null;
    }

    internal bool IsShared => Volatile.Read(ref _holds) > 1;

    internal void AddHold() => Interlocked.Increment(ref _holds);

    internal void Release()
    {
        if (Interlocked.Decrement(ref _holds) > 0) return;
        GC.SuppressFinalize(this);
        Written();
        if (IsExternal) _owner?.Dispose();
        else Backend.Return(this);
        Pointer = 0;
    }
}

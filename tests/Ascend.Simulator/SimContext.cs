namespace Pure.Tuner.Ascend.Simulator;

/// <summary>A context of a device. A fault in one of its streams breaks all of them.</summary>
internal sealed class SimContext
{
    private readonly Lock _gate = new();
    private readonly List<SimStream> _streams = [];
    private DeviceFault? _fault;

    public SimContext(SimDevice device, bool isDefault)
    {
        Device = device;
        IsDefault = isDefault;
        Default = new SimStream(this);
        _streams.Add(Default);
    }

    public SimDevice Device { get; }
    public bool IsDefault { get; }

    /// <summary>Its number.</summary>
    public nint Handle { get; set; }

    /// <summary>The stream that a null stream means.</summary>
    public SimStream Default { get; }

    public bool IsEnded { get; private set; }

    /// <summary>What aclrtCtxSetSysParamOpt set: 0 deterministic kernels, 1 debug kernels.</summary>
    public long[] Settings { get; } = new long[2];

    /// <summary>The first fault of its streams.</summary>
    public DeviceFault? Fault => Volatile.Read(ref _fault);

    public void Break(DeviceFault fault) => Interlocked.CompareExchange(ref _fault, fault, null);

    /// <summary>Fails if a stream of it has faulted.</summary>
    public void ThrowIfBroken()
    {
        if (Fault is { } fault) throw new AclException(fault.Code, "5.sticky-errors", $"the device faulted earlier: {fault.Text}");
    }

    public void Add(SimStream stream)
    {
        lock (_gate) _streams.Add(stream);
    }

    public void Remove(SimStream stream)
    {
        lock (_gate) _streams.Remove(stream);
    }

    public SimStream[] Streams()
    {
        lock (_gate) return [.. _streams];
    }

    /// <summary>Ends its streams and events.</summary>
    public void End()
    {
        IsEnded = true;
        Handles handles = Device.World.Handles;
        foreach (SimStream stream in Streams())
        {
            stream.End();
            if (stream.Handle != 0 && handles.Remove<SimStream>(stream.Handle) is not null) Device.GiveStream();
        }
        foreach (SimEvent e in handles.All<SimEvent>().Where(e => e.Context == this).ToArray())
            if (handles.Remove<SimEvent>(e.Handle) is not null) e.GiveBack();
    }
}

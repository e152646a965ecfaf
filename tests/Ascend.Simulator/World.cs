using System.Collections.Concurrent;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>All that lives between aclInit and aclFinalize.</summary>
internal sealed class World
{
    private readonly Lock _gate = new();
    private readonly HashSet<(int From, int To)> _peers = [];

    public World(SimulatorOptions options)
    {
        Options = options;
        Card = Card.Of(options.Soc, options.Cann);
        Faults = new Faults(options.Fault);
        Devices = [.. Enumerable.Range(0, options.SeenDevices).Select(i => new SimDevice(this, i))];
    }

    /// <summary>What aclrtSetSysParamOpt set for the process.</summary>
    public long[] Settings { get; } = new long[2];

    public SimulatorOptions Options { get; }
    public Card Card { get; }
    public Faults Faults { get; }
    public SimDevice[] Devices { get; }
    public Handles Handles { get; } = new();

    /// <summary>Tensors and scalars that belong to a list.</summary>
    public ConcurrentDictionary<nint, byte> Owned { get; } = new();

    /// <summary>
    /// Plans that the library keeps itself, by <see cref="PlannedCall.Key"/>: of what is composed, was launched and is not repeatable. A card keeps them
    /// by thread; here they count for all, so that no order of threads hides who relies on that.
    /// </summary>
    public ConcurrentDictionary<string, byte> Plans { get; } = new(StringComparer.Ordinal);

    public BlockMap Host { get; } = new();
    public Counters Counters { get; } = new();
    public Ordering Ordering { get; } = new();

    /// <summary>Which device may copy to which.</summary>
    public bool MayCopy(int from, int to)
    {
        lock (_gate) return from == to || _peers.Contains((from, to));
    }

    public void AllowCopy(int from, int to)
    {
        lock (_gate) _peers.Add((from, to));
    }

    /// <summary>The device of a number.</summary>
    public SimDevice Device(int index) => (uint)index < (uint)Devices.Length ? Devices[index]
        : throw new AclException(Code.DeviceId, "5.device-id", $"there is no device {index}: {Devices.Length} are there");

    /// <summary>Ends every stream and gives all memory back.</summary>
    public void End()
    {
        foreach (SimContext context in Handles.All<SimContext>()) context.End();
        foreach (SimDevice device in Devices) device.Memory.Blocks.Clear();
        Host.Clear();
    }
}

/// <summary>One device: its memory and its default context.</summary>
internal sealed class SimDevice(World world, int index)
{
    private readonly Lock _gate = new();
    private int _references, _streams, _events;
    private SimContext? _default;

    public World World => world;
    public int Index => index;
    public DeviceMemory Memory { get; } = new(index, world.Card, world.Options.MemoryBytes);
    public int References => _references;

    /// <summary>One more user; the default context, which the first one makes.</summary>
    public SimContext Acquire()
    {
        lock (_gate)
        {
            if (_references++ > 0) return _default!;
            _default = new SimContext(this, isDefault: true);
            _default.Handle = world.Handles.Add(_default);
            return _default;
        }
    }

    /// <summary>One user less; the last one ends the default context.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (_references == 0) throw new AclException(Code.Parameter, "5.device-refcount", $"device {index} is reset more often than it was set");
            if (--_references > 0) return;
            SimContext context = _default!;
            _default = null;
            world.Handles.Remove<SimContext>(context.Handle);
            context.End();
        }
    }

    public void TakeStream()
    {
        if (Interlocked.Increment(ref _streams) <= world.Card.StreamLimit) return;
        Interlocked.Decrement(ref _streams);
        throw new AclException(Code.NoStreams, "5.stream-limit", $"device {index} has {world.Card.StreamLimit} streams and all are taken");
    }

    public void GiveStream() => Interlocked.Decrement(ref _streams);

    public void TakeEvent()
    {
        if (Interlocked.Increment(ref _events) <= world.Card.EventLimit) return;
        Interlocked.Decrement(ref _events);
        throw new AclException(Code.NoEvents, "5.event-limit", $"device {index} has {world.Card.EventLimit} events and all are taken");
    }

    public void GiveEvent() => Interlocked.Decrement(ref _events);
}

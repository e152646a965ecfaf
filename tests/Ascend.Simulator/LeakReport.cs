namespace Pure.Tuner.Ascend.Simulator;

/// <summary>What callers hold.</summary>
public sealed record LeakReport
{
    /// <summary>Tensors, those in lists included.</summary>
    public int Tensors { get; init; }

    /// <summary>Scalars, those in lists included.</summary>
    public int Scalars { get; init; }

    /// <summary>Arrays of integers.</summary>
    public int IntArrays { get; init; }

    /// <summary>Lists of tensors or scalars.</summary>
    public int Lists { get; init; }

    /// <summary>Executors that were not launched, or are repeatable.</summary>
    public int Executors { get; init; }

    /// <summary>Those of them that are repeatable.</summary>
    public int RepeatableExecutors { get; init; }

    /// <summary>Events.</summary>
    public int Events { get; init; }

    /// <summary>Streams, without the default ones.</summary>
    public int Streams { get; init; }

    /// <summary>Contexts, without the default ones.</summary>
    public int Contexts { get; init; }

    /// <summary>Calls of aclrtSetDevice without their aclrtResetDevice.</summary>
    public int DeviceReferences { get; init; }

    /// <summary>Blocks of device memory.</summary>
    public int Blocks { get; init; }

    /// <summary>Bytes of these blocks.</summary>
    public long BlockBytes { get; init; }

    /// <summary>Blocks of pinned host memory.</summary>
    public int HostBlocks { get; init; }

    /// <summary>All of them.</summary>
    public int Total => Objects + Events + Streams + Contexts + DeviceReferences + Blocks + HostBlocks;

    /// <summary>Tensors, scalars, arrays, lists and executors: what a launch makes and takes back.</summary>
    public int Objects => Tensors + Scalars + IntArrays + Lists + Executors;

    /// <inheritdoc/>
    public override string ToString()
    {
        (string Name, long Count)[] counts =
        [
            ("tensors", Tensors), ("scalars", Scalars), ("arrays", IntArrays), ("lists", Lists), ("executors", Executors), ("events", Events), ("streams", Streams),
            ("contexts", Contexts), ("devices set", DeviceReferences), ("device blocks", Blocks), ("bytes in them", BlockBytes), ("pinned blocks", HostBlocks),
        ];
        string held = string.Join(", ", counts.Where(c => c.Count > 0).Select(c => $"{c.Count} {c.Name}"));
        return held.Length == 0 ? "everything was given back" : $"not given back: {held}";
    }

    /// <summary>Tells what is held at the end, by the rule that it breaks.</summary>
    internal void Tell()
    {
        if (Executors > RepeatableExecutors) Breaches.Report("6.executor-leak", ToString());
        if (RepeatableExecutors > 0) Breaches.Report("6.repeat-owner", ToString());
        if (Objects > Executors) Breaches.Report("6.object-leak", ToString());
        if (Total > Objects) Breaches.Report("5.resource-leak", ToString());
    }

    internal static LeakReport Of(World world) => new()
    {
        Tensors = world.Handles.Count<SimTensor>(),
        Scalars = world.Handles.Count<SimScalar>(),
        IntArrays = world.Handles.Count<SimIntArray>(),
        Lists = world.Handles.Count<SimTensorList>() + world.Handles.Count<SimScalarList>(),
        Executors = world.Handles.Count<Executor>(),
        RepeatableExecutors = world.Handles.All<Executor>().Count(e => e.IsRepeatable),
        Events = world.Handles.Count<SimEvent>(),
        Streams = world.Handles.Count<SimStream>(),
        Contexts = world.Handles.All<SimContext>().Count(c => !c.IsDefault),
        DeviceReferences = world.Devices.Sum(d => d.References),
        Blocks = world.Devices.Sum(d => d.Memory.Blocks.Count),
        BlockBytes = world.Devices.Sum(d => d.Memory.Blocks.Bytes),
        HostBlocks = world.Host.Count,
    };
}

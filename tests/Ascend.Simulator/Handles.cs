using System.Collections.Concurrent;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Objects that callers hold by number. A number is never given twice, so that a stale one is always found.</summary>
internal sealed class Handles
{
    private const long First = 0x0B00_0000_0000_0000, Step = 0x40;

    private readonly ConcurrentDictionary<nint, object> _objects = new();
    private readonly ConcurrentDictionary<nint, byte> _failed = new();
    private long _next = First;

    public nint Add(object value)
    {
        nint handle = (nint)Interlocked.Add(ref _next, Step);
        _objects[handle] = value;
        return handle;
    }

    /// <summary>The live object of this kind; null if there is none.</summary>
    public T? Find<T>(nint handle) where T : class => _objects.GetValueOrDefault(handle) as T;

    /// <summary>Takes it out; null if there is none of this kind.</summary>
    public T? Remove<T>(nint handle) where T : class => Find<T>(handle) is { } value && _objects.TryRemove(new KeyValuePair<nint, object>(handle, value)) ? value : null;

    /// <summary>Keeps that an executor was used up by a launch that failed.</summary>
    public void Failed(nint executor) => _failed[executor] = 0;

    /// <summary>Whether it was.</summary>
    public bool HasFailed(nint executor) => _failed.ContainsKey(executor);

    public IEnumerable<T> All<T>() => _objects.Values.OfType<T>();

    public int Count<T>() => All<T>().Count();

    /// <summary>How a handle that is not what was expected is called in a message.</summary>
    public string Describe(nint handle) => handle == 0 ? "null"
        : _objects.TryGetValue(handle, out object? value) ? Name(value)
        : WasMade(handle) ? $"0x{handle:x}, which was destroyed" : $"0x{handle:x}, which was never made";

    /// <summary>Whether a handle was given out, be it live or not.</summary>
    public bool WasMade(nint handle) => handle > First && handle <= Volatile.Read(ref _next);

    private static string Name(object value) => value switch
    {
        SimTensor => "a tensor",
        SimTensorList => "a list of tensors",
        SimScalar => "a scalar",
        SimScalarList => "a list of scalars",
        SimIntArray => "an array of integers",
        Executor => "an executor",
        SimStream => "a stream",
        SimEvent => "an event",
        _ => "a context",
    };
}

using System.Collections.Concurrent;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>What was done since aclInit.</summary>
public sealed class Counters
{
    private readonly ConcurrentDictionary<string, long> _launches = new(StringComparer.Ordinal);
    private long _toDevice, _toHost, _onDevice, _allocations;

    /// <summary>Launches of each operator.</summary>
    public IReadOnlyDictionary<string, long> Launches => _launches;

    /// <summary>Launches of all operators.</summary>
    public long LaunchCount => _launches.Values.Sum();

    /// <summary>Bytes copied from host to device.</summary>
    public long BytesToDevice => Volatile.Read(ref _toDevice);

    /// <summary>Bytes copied from device to host.</summary>
    public long BytesToHost => Volatile.Read(ref _toHost);

    /// <summary>Bytes copied from device to device.</summary>
    public long BytesOnDevice => Volatile.Read(ref _onDevice);

    /// <summary>Calls of aclrtMalloc that succeeded.</summary>
    public long Allocations => Volatile.Read(ref _allocations);

    /// <summary>Highest sum of bytes taken on any device.</summary>
    public long PeakBytes { get; internal set; }

    /// <inheritdoc/>
    public override string ToString()
    {
        string operators = string.Join(", ", _launches.OrderByDescending(l => l.Value).ThenBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Value} {l.Key}"));
        return $"{LaunchCount} launches{(operators.Length == 0 ? "" : $" ({operators})")}; {BytesToDevice} bytes to the device, {BytesToHost} to the host, {BytesOnDevice} between blocks; {Allocations} blocks, at most {PeakBytes} bytes at once";
    }

    internal void Launched(string op) => _launches.AddOrUpdate(op, 1, (_, n) => n + 1);

    internal void Allocated() => Interlocked.Increment(ref _allocations);

    internal void Copied(int? from, int? to, long bytes)
    {
        if (from is null && to is null) return;
        if (from is null) Interlocked.Add(ref _toDevice, bytes);
        else if (to is null) Interlocked.Add(ref _toHost, bytes);
        else Interlocked.Add(ref _onDevice, bytes);
    }
}

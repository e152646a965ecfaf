namespace Pure.Tuner;

/// <summary>What an update costs a card: launches, how many of them were planned, bytes each way, and pieces of work that the host had to do. Said once, for the third update, when tables and constants are made, and after each update in which the host helped.</summary>
internal sealed class DeviceTraffic(Backend backend, Action<string> notice)
{
    private const int Steady = 3;
    private readonly AscendBackend? _npu = backend as AscendBackend;
    private (long Launches, long Planned, long Reused, long Up, long Down, long Host, long Refused) _before = Of(backend as AscendBackend);
    private int _updates;
    private bool _toldRefused;

    /// <summary>Called after each update.</summary>
    internal void Update(int done)
    {
        if (_npu is null) return;
        (long Launches, long Planned, long Reused, long Up, long Down, long Host, long Refused) now = Of(_npu);
        _updates++;
        long host = now.Host - _before.Host;
        long refused = now.Refused - _before.Refused;
        if (_updates == Steady || host > 0 || refused > 0 && !_toldRefused)
            notice(FormattableString.Invariant($"npu         update {done}: {now.Launches - _before.Launches} launches ({now.Planned - _before.Planned} operators planned, {now.Reused - _before.Reused} as planned before), {now.Up - _before.Up} bytes to the card, {now.Down - _before.Down} back") + (host == 0 ? "" : $"; {host} pieces of work by the host, which strict_device refuses") + (refused == 0 ? "" : $"; {refused} calls composed of others, since the card refused the fused operator: {_npu.Refusals.First()}"));
        _toldRefused |= refused > 0;
        _before = now;
    }

    /// <summary>Called after the last update: what memory the card had to have, and how much was planned.</summary>
    internal void End()
    {
        if (_npu is not null) notice($"npu         {_npu.MemoryLine}; {_npu.PlansLine}");
    }

    private static (long, long, long, long, long, long, long) Of(AscendBackend? npu) => npu is null ? default : (npu.Launches, npu.PlannedCalls, npu.ReusedCalls, npu.BytesToDevice, npu.BytesToHost, npu.HostFallbacks, npu.RefusedCalls);
}

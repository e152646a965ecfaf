namespace Pure.Tuner.Ascend;

/// <summary>The way to the stream: everything goes through here in the order in which it was asked for.</summary>
/// <remarks>
/// Without a thread a launch is made on the caller. With one, the caller plans (phase one) and a second thread launches (phase two), so that
/// planning the next operator overlaps with launching the last: torch_npu's TASK_QUEUE_ENABLE 0 and 1. Copies and events take the same way, or
/// they would overtake what stands before them. Errors of the card come later still, when something waits: the launches made since the last
/// wait are kept for that.
/// </remarks>
internal sealed unsafe class LaunchQueue : IDisposable
{
    private const int Slots = 1024;

    /// <summary>How many launches an error names at most.</summary>
    private const int Named = 8;

    private readonly AclDevice _device;
    private readonly Launch?[] _ring = new Launch?[Slots];
    private readonly object _gate = new();
    private readonly Thread? _consumer;
    private readonly bool _blocking;
    private long _submitted, _done, _waited;
    private bool _stopping, _isOpen;
    private AclException? _failure;

    /// <param name="device">The card.</param>
    /// <param name="threaded">Whether a thread of its own launches.</param>
    /// <param name="blocking">Whether each launch is waited for: then an error names its culprit.</param>
    public LaunchQueue(AclDevice device, bool threaded, bool blocking)
    {
        (_device, _blocking) = (device, blocking);
        if (!threaded || blocking) return;
        _consumer = new Thread(Consume) { IsBackground = true, Name = $"npu:{device.Id} launches" };
        _consumer.Start();
    }

    /// <summary>Whether a thread of its own launches.</summary>
    public bool IsThreaded => _consumer is not null;

    /// <summary>Phase twos, copies and events handed over so far.</summary>
    public long Submitted => _submitted;

    /// <summary>The first error of a launch, a copy or the card: what stands behind it was not computed, so everything after it fails too. Null while there is none.</summary>
    public AclException? Fault { get; private set; }

    /// <summary>The slot to fill; it counts only when it is submitted. Throws what went wrong since.</summary>
    public Launch Next(LaunchKind kind, string name)
    {
        if (_isOpen) throw new InvalidOperationException($"npu: {name} is begun before the launch in front of it was handed over");
        ThrowIfFailed();
        if (_consumer is not null && _submitted - Volatile.Read(ref _done) >= Slots)
            lock (_gate)
                while (_submitted - _done >= Slots) Monitor.Wait(_gate);
        Launch launch = _ring[_submitted % Slots] ??= new Launch();
        launch.Reset(kind, name);
        _isOpen = true;
        return launch;
    }

    /// <summary>Gives the slot back unused.</summary>
    public void Abandon(Launch launch)
    {
        _isOpen = false;
        launch.Release(_device.Acl);
    }

    /// <summary>Hands the slot over.</summary>
    public void Submit(Launch launch)
    {
        _isOpen = false;
        if (_consumer is not null)
        {
            lock (_gate)
            {
                _submitted++;
                Monitor.PulseAll(_gate);
            }
            return;
        }
        _submitted++;
        AclException? failure = Run(launch);
        Volatile.Write(ref _done, _submitted);
        if (failure is null && _blocking) failure = Wait(blocked: launch);
        if (failure is null) return;
        Note(failure);
        throw failure;
    }

    /// <summary>Waits until everything handed over has been launched: not until the card has run it.</summary>
    public void Drain()
    {
        if (_consumer is not null)
            lock (_gate)
                while (_done < _submitted) Monitor.Wait(_gate);
        ThrowIfFailed();
    }

    /// <summary>Waits until the card has run everything. An error that shows now belongs to one of the launches since the last wait: they are named.</summary>
    public void Synchronize()
    {
        Drain();
        if (Wait(blocked: null) is not { } failure) return;
        Note(failure);
        throw failure;
    }

    public void Dispose()
    {
        if (_consumer is null) return;
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }
        _consumer.Join();
    }

    private AclException? Wait(Launch? blocked)
    {
        _device.Enter();
        int status = _device.Acl.aclrtSynchronizeStream(_device.Stream);
        if (status == 0)
        {
            _waited = _submitted;
            return null;
        }
        return blocked is null
            ? _device.Failure(status, "aclrtSynchronizeStream", queued: Recent())
            : _device.Failure(status, blocked.Name, blocked.Arguments);
    }

    /// <summary>The last launches since the last wait, oldest first.</summary>
    private List<string> Recent()
    {
        long first = Math.Max(_waited, _submitted - Math.Min(Named, Slots));
        List<string> names = [];
        if (first > _waited) names.Add($"{first - _waited} more");
        for (long i = first; i < _submitted; i++) names.Add(_ring[i % Slots]!.ToString());
        return names;
    }

    private void Note(AclException failure) => Fault ??= failure;

    /// <summary>Waits for the launches and for the card whatever failed, so that memory can be given back. Never throws.</summary>
    public void Settle()
    {
        if (_consumer is not null)
            lock (_gate)
                while (_done < _submitted) Monitor.Wait(_gate);
        try
        {
            _device.Enter();
            _ = _device.Acl.aclrtSynchronizeStream(_device.Stream);
        }
        catch (Exception e) when (e is AclException or ObjectDisposedException) { }
    }

    private void ThrowIfFailed()
    {
        if (Fault is { } fault) throw new AclException(fault.Message, fault.Code, fault.Function);
        if (Volatile.Read(ref _failure) is null) return;
        lock (_gate)
            while (_done < _submitted) Monitor.Wait(_gate);          // what stands behind the failed launch is thrown away first
        Note(_failure!);
        throw _failure!;
    }

    private void Consume()
    {
        while (true)
        {
            Launch launch;
            bool skip;
            lock (_gate)
            {
                while (_done == _submitted && !_stopping) Monitor.Wait(_gate);
                if (_done == _submitted) return;
                launch = _ring[_done % Slots]!;
                skip = _failure is not null;
            }
            AclException? failure = null;
            if (skip) launch.Release(_device.Acl);
            else failure = Run(launch);
            lock (_gate)
            {
                _failure ??= failure;
                _done++;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private AclException? Run(Launch launch)
    {
        try
        {
            _device.Enter();
            Acl acl = _device.Acl;
            int status = launch.Before == 0 ? 0 : acl.aclrtRecordEvent(launch.Before, _device.Stream);
            if (status != 0) return _device.Failure(status, "aclrtRecordEvent", launch.Name);
            switch (launch.Kind)
            {
                case LaunchKind.Operator:
                    nint executor = launch.Executor;
                    launch.Executor = 0;             // phase two destroys it, success or failure
                    status = launch.Run(launch.Workspace, launch.WorkspaceBytes, executor, _device.Stream);
                    break;
                case LaunchKind.Copy:
                    status = acl.aclrtMemcpyAsync(launch.To, (nuint)launch.Bytes, launch.From, (nuint)launch.Bytes, launch.Direction, _device.Stream);
                    break;
                default:
                    status = acl.aclrtRecordEvent(launch.Event, _device.Stream);
                    break;
            }
            if (status != 0) return _device.Failure(status, launch.Name, launch.Arguments);
            status = launch.Behind == 0 ? 0 : acl.aclrtRecordEvent(launch.Behind, _device.Stream);
            return status == 0 ? null : _device.Failure(status, "aclrtRecordEvent", launch.Name);
        }
        catch (AclException e) { return e; }
        catch (Exception e) { return new AclException($"{launch.Name}: {e.Message}", 500000, launch.Name); }      // on a thread of its own it would end the process
        finally { launch.Release(_device.Acl); }
    }
}

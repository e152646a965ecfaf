namespace Pure.Tuner.Ascend;

/// <summary>The way to the stream: everything goes through here in the order in which it was asked for.</summary>
/// <remarks>
/// Without a thread a launch is made on the caller. With one, the caller plans (phase one) and a second thread launches (phase two), so that
/// planning the next operator overlaps with launching the last; or the caller only records, and the second thread plans too: torch_npu's
/// TASK_QUEUE_ENABLE 0, 1 and 2. Copies and events take the same way, or
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
    private readonly LaunchRoom _room;
    private readonly bool _blocking;
    private long _submitted, _done, _waited;
    private bool _stopping, _isOpen;
    private AclException? _failure;

    /// <param name="device">The card.</param>
    /// <param name="mode">TASK_QUEUE_ENABLE: 0 all on the caller, 1 a thread launches, 2 it plans as well.</param>
    /// <param name="blocking">Whether each launch is waited for: then an error names its culprit, and there is no thread.</param>
    /// <param name="executors">How many executors are kept to be used again.</param>
    public LaunchQueue(AclDevice device, int mode, bool blocking, int executors)
    {
        (_device, _blocking, _room, Executors) = (device, blocking, new LaunchRoom(device), new ExecutorCache(device, executors));
        if (mode == 0 || blocking) return;
        Plans = mode == 2;
        _consumer = new Thread(Consume) { IsBackground = true, Name = $"npu:{device.Id} launches" };
        _consumer.Start();
    }

    /// <summary>Executors that are used again.</summary>
    public ExecutorCache Executors { get; }

    /// <summary>Whether the thread that launches plans as well.</summary>
    public bool Plans { get; }

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

    /// <summary>Launches at once, on the caller, behind all that was handed over: a refusal of phase two is thrown and is no fault, since nothing was enqueued.</summary>
    public void Try(Launch launch)
    {
        try { Drain(); }
        catch
        {
            Abandon(launch);
            throw;
        }
        _isOpen = false;
        AclException? failure = Run(launch);         // the thread of the launches sleeps: nothing stands in the queue
        if (failure is not null && AclCodes.IsRefusal(failure.Code)) throw failure;
        lock (_gate)
        {
            _submitted++;
            _done++;
        }
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

    /// <summary>Ends the thread and gives back what was kept; the card has run everything.</summary>
    public void Dispose()
    {
        if (_consumer is not null)
        {
            lock (_gate)
            {
                _stopping = true;
                Monitor.PulseAll(_gate);
            }
            _consumer.Join();
        }
        try
        {
            _device.Enter();
            Executors.Clear();
            _room.Clear();
        }
        catch (AclException) { }                     // a card that cannot be entered any more has lost them with all else
    }

    private AclException? Wait(Launch? blocked)
    {
        _device.Enter();
        int status = _device.Acl.aclrtSynchronizeStream(_device.Stream);
        if (status == 0)
        {
            _waited = _submitted;
            _room.Past();
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
            if (launch.Kind == LaunchKind.Operator) Prepare(launch);
            int status = launch.Before == 0 ? 0 : acl.aclrtRecordEvent(launch.Before, _device.Stream);
            if (status != 0) return _device.Failure(status, "aclrtRecordEvent", launch.Name);
            status = launch.Kind switch
            {
                LaunchKind.Operator => launch.Start(_device, Executors),
                LaunchKind.Copy => acl.aclrtMemcpyAsync(launch.To, (nuint)launch.Bytes, launch.From, (nuint)launch.Bytes, launch.Direction, _device.Stream),
                _ => acl.aclrtRecordEvent(launch.Event, _device.Stream),
            };
            if (status != 0) return _device.Failure(status, launch.Name, launch.Arguments);
            status = launch.Behind == 0 ? 0 : acl.aclrtRecordEvent(launch.Behind, _device.Stream);
            return status == 0 ? null : _device.Failure(status, "aclrtRecordEvent", launch.Name);
        }
        catch (AclException e) { return e; }
        catch (Exception e) { return new AclException($"{launch.Name}: {e.Message}", 500000, launch.Name); }      // on a thread of its own it would end the process
        finally { launch.Release(_device.Acl); }
    }

    /// <summary>What the caller left to be done: planning, and a workspace.</summary>
    private void Prepare(Launch launch)
    {
        launch.Plan(_device, Executors);
        if (launch.WorkspaceBytes == 0 || launch.Workspace != 0) return;
        try { launch.Workspace = _room.Take(launch.WorkspaceBytes); }
        catch (AclOutOfMemoryException e)
        {
            throw new AclException($"{launch.Name}: no room for a workspace of {launch.WorkspaceBytes} bytes: {e.Message}; TASK_QUEUE_ENABLE=1 takes it from blocks that are idle", 207001, "aclrtMalloc");
        }
    }
}

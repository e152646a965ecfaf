using System.Diagnostics;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Work of a stream.</summary>
/// <param name="Name">What it is, for messages.</param>
/// <param name="Work">What it does on the memory of the stream's device.</param>
/// <param name="Always">Whether it runs after a fault too: what others wait for.</param>
internal sealed record Job(string Name, Action<DeviceView> Work, bool Always = false)
{
    /// <summary>The bytes that it touches.</summary>
    public IReadOnlyList<Access> Accesses { get; init; } = [];

    /// <summary>Those that work of another stream touches too, in no order with it.</summary>
    public IReadOnlyList<Access>? Clashes { get; init; }

    /// <summary>How many blocks had been freed when it was queued.</summary>
    public long FreedBefore { get; init; }
}

/// <summary>
/// A queue and the thread that works it off, later: as soon as it can if the simulator is eager, else when somebody waits. The thread begins
/// with the first piece of work.
/// </summary>
internal sealed class SimStream(SimContext context)
{
    private const int MostHeld = 4096;      // a real queue is finite: past this the older half begins

    private readonly object _gate = new();
    private readonly Queue<Job> _jobs = new();
    private long _queued, _done, _wanted;
    private double _owedUs;
    private bool _ended;
    private Thread? _thread;

    public SimContext Context => context;

    /// <summary>Its number; 0 for a default stream.</summary>
    public nint Handle { get; set; }

    private Ordering Ordering => context.Device.World.Ordering;

    private bool Eager => context.Device.World.Options.Eager;

    /// <summary>Queues; the number of the job.</summary>
    public long Enqueue(Job job)
    {
        lock (_gate)
        {
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = $"simulated stream of device {context.Device.Index}" };
                _thread.Start();
            }
            _queued++;
            job = job with { Clashes = Ordering.Queue(this, _queued, job.Name, job.Accesses), FreedBefore = context.Device.Memory.FreedBlocks };
            _jobs.Enqueue(job);
            if (_jobs.Count > MostHeld && _wanted <= _done) _wanted = _queued - (MostHeld / 2);
            if (Eager || _wanted > _done) Monitor.PulseAll(_gate);
            return _queued;
        }
    }

    /// <summary>Makes it work up to a job without waiting.</summary>
    public void Want(long upTo)
    {
        lock (_gate)
        {
            _wanted = Math.Max(_wanted, upTo);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Whether everything has run; asks for what has not.</summary>
    public bool IsIdle()
    {
        lock (_gate)
        {
            Want(_queued);
            if (_done != _queued) return false;
        }
        Ordering.Reached(Ordering.Place(this, Volatile.Read(ref _done)));
        return true;
    }

    /// <summary>Waits until a job has run; false if that took too long. -1 is for ever.</summary>
    public bool Wait(long upTo, int milliseconds = -1)
    {
        var watch = Stopwatch.StartNew();
        lock (_gate)
        {
            Want(upTo);
            while (_done < upTo && !_ended)
            {
                long left = milliseconds < 0 ? Timeout.Infinite : milliseconds - watch.ElapsedMilliseconds;
                if (milliseconds >= 0 && left <= 0) return false;
                Monitor.Wait(_gate, (int)left);
            }
            return true;
        }
    }

    /// <summary>Waits until everything has run that was queued before.</summary>
    public bool Drain(int milliseconds = -1)
    {
        long queued = Volatile.Read(ref _queued);
        if (!Wait(queued, milliseconds)) return false;
        Ordering.Reached(Ordering.Place(this, queued));
        return true;
    }

    /// <summary>Works off what is queued, then ends the thread.</summary>
    public void End()
    {
        Drain();
        lock (_gate)
        {
            _ended = true;
            Monitor.PulseAll(_gate);
        }
        _thread?.Join();
        Ordering.Forget(this);
    }

    private void Run()
    {
        while (true)
        {
            Job job;
            lock (_gate)
            {
                while (!_ended && (_jobs.Count == 0 || (!Eager && _wanted <= _done))) Monitor.Wait(_gate);
                if (_ended) return;
                job = _jobs.Dequeue();
            }
            Perform(job);
            lock (_gate)
            {
                _done++;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Perform(Job job)
    {
        if (context.Fault is not null && !job.Always) return;
        using var view = new DeviceView(context.Device.Memory, job);
        try
        {
            job.Work(view);
            view.PoisonWrites();
        }
        catch (DeviceFault fault)
        {
            context.Break(fault);
        }
        catch (AggregateException e) when (e.Flatten().InnerExceptions.OfType<DeviceFault>().FirstOrDefault() is { } fault)     // of a kernel's threads
        {
            context.Break(fault);
        }
        catch (Exception e)
        {
            context.Break(new DeviceFault(Code.Internal, "", $"{job.Name}: the simulator failed: {e}"));
        }
    }

    /// <summary>Lets the latency of one launch pass. Sleeping is not exact, so what a sleep cannot do is owed.</summary>
    public void Delay()
    {
        _owedUs += context.Device.World.Options.LatencyUs;
        if (_owedUs < 1000) return;
        long begin = Stopwatch.GetTimestamp();
        Thread.Sleep((int)(_owedUs / 1000));
        _owedUs -= Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
    }
}

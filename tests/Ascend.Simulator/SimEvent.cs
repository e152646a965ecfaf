using System.Diagnostics;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>One recording of an event: the place in a stream and when it was reached.</summary>
internal sealed class EventMark(SimStream stream)
{
    private long _time;

    public SimStream Stream => stream;

    /// <summary>Its job's number in the stream.</summary>
    public long Job { get; set; }

    /// <summary>What is done when it is reached.</summary>
    public Dictionary<SimStream, long> Place { get; set; } = [];

    /// <summary>When it was reached, 0 before.</summary>
    public long Time => Volatile.Read(ref _time);

    public void Reach() => Volatile.Write(ref _time, Stopwatch.GetTimestamp());

    public void Wait() => stream.Wait(Job);
}

/// <summary>An event: the last place where it was recorded.</summary>
internal sealed class SimEvent(SimContext context, uint flags, bool takenAtRecord)
{
    public const uint Sync = 1, Progress = 2, TimeLine = 8, External = 0x20, Known = Sync | Progress | TimeLine | External;

    private bool _taken;

    public SimContext Context => context;
    public uint Flags => flags;
    public nint Handle { get; set; }

    /// <summary>Its last recording; null if there was none.</summary>
    public EventMark? Mark { get; private set; }

    /// <summary>Takes the device's resource, at creation or at the first recording.</summary>
    public void Take(bool recording)
    {
        if (_taken || takenAtRecord != recording) return;
        context.Device.TakeEvent();
        _taken = true;
    }

    public void GiveBack()
    {
        if (_taken) context.Device.GiveEvent();
        _taken = false;
    }

    public void Record(SimStream stream)
    {
        Take(recording: true);
        var mark = new EventMark(stream);
        mark.Job = stream.Enqueue(new Job("event", _ => mark.Reach(), Always: true));
        mark.Place = context.Device.World.Ordering.Place(stream, mark.Job);
        Mark = mark;
    }
}

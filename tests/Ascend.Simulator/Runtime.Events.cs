using System.Diagnostics;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Events.</summary>
internal static unsafe partial class Runtime
{
    public static int aclrtCreateEvent(nint* @event) => MakeEvent(@event, SimEvent.Sync | SimEvent.TimeLine, takenAtRecord: true);

    public static int aclrtCreateEventWithFlag(nint* @event, uint flag) => MakeEvent(@event, flag, takenAtRecord: false);

    public static int aclrtCreateEventExWithFlag(nint* @event, uint flag) => MakeEvent(@event, flag, takenAtRecord: false);

    public static int aclrtDestroyEvent(nint @event)
    {
        SimContext context = Context();
        SimEvent found = Event(context, @event);
        context.Device.World.Handles.Remove<SimEvent>(@event);
        found.GiveBack();
        return Code.Ok;
    }

    public static int aclrtRecordEvent(nint @event, nint stream)
    {
        SimContext context = Context();
        SimEvent e = Event(context, @event);
        if (e.Context.Device != context.Device) throw new AclException(Code.ForeignStream, "5.event-device", $"the event is one of device {e.Context.Device.Index}, the stream one of device {context.Device.Index}");
        SimStream found = Stream(context, stream);
        context.ThrowIfBroken();
        e.Record(found);
        return Code.Ok;
    }

    /// <summary>1 if the event was reached, 0 if not.</summary>
    public static int aclrtQueryEventStatus(nint @event, int* status)
    {
        SimContext context = Context();
        if (status is null) throw Null("status");
        EventMark? mark = Event(context, @event).Mark;
        *status = mark is { Time: > 0 } ? 1 : 0;
        if (*status == 0) mark?.Stream.Want(mark.Job);
        else context.Device.World.Ordering.Reached(mark!.Place);
        return Code.Ok;
    }

    public static int aclrtSynchronizeEvent(nint @event)
    {
        SimContext context = Context();
        if (Event(context, @event).Mark is not { } mark) return Code.Ok;
        mark.Wait();
        context.Device.World.Ordering.Reached(mark.Place);
        Report(mark.Stream.Context);
        return Code.Ok;
    }

    public static int aclrtEventElapsedTime(float* ms, nint startEvent, nint endEvent)
    {
        SimContext context = Context();
        if (ms is null) throw Null("ms");
        if (context.Device.World.Faults.Next("time", "aclrtEventElapsedTime") is { } code) throw new AclException(code, "", "there is no time (injected)");
        SimEvent start = Event(context, startEvent), end = Event(context, endEvent);
        if ((start.Flags & end.Flags & SimEvent.TimeLine) == 0) throw new AclException(Code.NoTimestamp, "5.event-time-flag", "times are kept by events that were made with ACL_EVENT_TIME_LINE");
        if (start.Mark is not { Time: > 0 } from || end.Mark is not { Time: > 0 } to) throw new AclException(Code.NoTimestamp, "5.event-recorded", "both events must have been recorded and reached: synchronise first");
        if (from.Stream != to.Stream) throw new AclException(Code.Parameter, "5.event-one-stream", "the events were recorded in two streams");
        if (from.Job > to.Job) throw new AclException(Code.ReversedTimestamps, "5.event-order", "the first event was recorded after the second");
        *ms = (float)Stopwatch.GetElapsedTime(from.Time, to.Time).TotalMilliseconds;
        return Code.Ok;
    }

    private static int MakeEvent(nint* @event, uint flags, bool takenAtRecord)
    {
        SimContext context = Context();
        if (@event is null) throw Null("event");
        if (flags == 0 || (flags & ~SimEvent.Known) != 0) throw new AclException(Code.Parameter, "5.event-flags", $"flags 1, 2, 8 and 0x20 were expected, found 0x{flags:x}");
        var made = new SimEvent(context, flags, takenAtRecord);
        made.Take(recording: false);
        *@event = made.Handle = context.Device.World.Handles.Add(made);
        return Code.Ok;
    }

    private static SimEvent Event(SimContext context, nint @event)
    {
        Handles handles = context.Device.World.Handles;
        return handles.Find<SimEvent>(@event) ?? throw new AclException(Code.InvalidHandle, "5.event-handle", $"a live event was expected, found {handles.Describe(@event)}");
    }
}

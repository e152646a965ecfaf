namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Streams.</summary>
internal static unsafe partial class Runtime
{
    private const uint StreamFlags = 1 | 2;

    public static int aclrtCreateStream(nint* stream) => aclrtCreateStreamWithConfig(stream, 0, 0);

    public static int aclrtCreateStreamWithConfig(nint* stream, uint priority, uint flag)
    {
        SimContext context = Context();
        if (stream is null) throw Null("stream");
        if (priority > 7 || (flag & ~StreamFlags) != 0) throw new AclException(Code.Parameter, "5.stream-flags", $"a priority from 0 to 7 and flags 1 and 2 were expected, found {priority} and 0x{flag:x}");
        context.Device.TakeStream();
        var made = new SimStream(context);
        context.Add(made);
        *stream = made.Handle = context.Device.World.Handles.Add(made);
        return Code.Ok;
    }

    public static int aclrtDestroyStream(nint stream)
    {
        SimContext context = Context();
        if (stream == 0) throw new AclException(Code.Parameter, "5.stream-null", "the default stream ends with its context");
        SimStream found = Stream(context, stream);
        context.Device.World.Handles.Remove<SimStream>(stream);
        found.End();
        context.Remove(found);
        context.Device.GiveStream();
        return Code.Ok;
    }

    public static int aclrtSynchronizeStream(nint stream) => aclrtSynchronizeStreamWithTimeout(stream, -1);

    public static int aclrtSynchronizeStreamWithTimeout(nint stream, int timeout)
    {
        SimContext context = Context();
        if (timeout is 0 or < -1) throw new AclException(Code.Parameter, "5.timeout", $"a time in milliseconds or -1 was expected, found {timeout}");
        if (!Stream(context, stream).Drain(timeout)) throw new AclException(Code.StreamTimeout, "", $"the stream did not come to its end within {timeout} ms");
        Report(context);
        return Code.Ok;
    }

    public static int aclrtStreamQuery(nint stream, int* status)
    {
        SimContext context = Context();
        if (status is null) throw Null("status");
        *status = Stream(context, stream).IsIdle() ? 0 : 1;
        if (*status == 0) Report(context);
        return Code.Ok;
    }

    public static int aclrtStreamWaitEvent(nint stream, nint @event)
    {
        SimContext context = Context();
        SimStream found = Stream(context, stream);
        SimEvent e = Event(context, @event);
        if ((e.Flags & SimEvent.Sync) == 0) throw new AclException(Code.Parameter, "5.event-sync-flag", "a stream waits for events that were made with ACL_EVENT_SYNC");
        context.ThrowIfBroken();
        if (e.Mark is not { } mark) return Code.Ok;
        found.Enqueue(new Job("wait for an event", _ => mark.Wait(), Always: true));
        context.Device.World.Ordering.WaitsFor(found, mark.Place);
        return Code.Ok;
    }

    /// <summary>The stream of a handle, which is of the current context.</summary>
    public static SimStream Stream(SimContext context, nint stream)
    {
        if (stream == 0) return context.Default;
        Handles handles = context.Device.World.Handles;
        SimStream found = handles.Find<SimStream>(stream) ?? throw new AclException(Code.InvalidHandle, "5.stream-handle", $"a live stream was expected, found {handles.Describe(stream)}");
        if (found.Context == context) return found;
        string rule = context.IsDefault != found.Context.IsDefault ? "5.device-shared" : "5.stream-context";
        throw new AclException(Code.ForeignStream, rule, $"the stream was made in another context (device {found.Context.Device.Index}) than the current one (device {context.Device.Index})");
    }

    /// <summary>What a synchronisation returns: the fault of something that was queued earlier.</summary>
    private static void Report(SimContext context)
    {
        if (context.Fault is { } fault) throw new AclException(fault.Code, fault.Rule, fault.Text);
    }
}

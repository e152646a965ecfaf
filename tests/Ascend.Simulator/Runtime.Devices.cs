namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Devices and contexts.</summary>
internal static unsafe partial class Runtime
{
    public static int aclrtGetDeviceCount(uint* count)
    {
        if (count is null) throw Null("count");
        *count = (uint)Enter().Devices.Length;
        return Code.Ok;
    }

    public static int aclrtSetDevice(int deviceId)
    {
        s_current = Enter().Device(deviceId).Acquire();
        return Code.Ok;
    }

    public static int aclrtResetDevice(int deviceId)
    {
        Enter().Device(deviceId).Release();
        if (s_current is { IsEnded: true }) s_current = null;
        return Code.Ok;
    }

    public static int aclrtGetDevice(int* deviceId)
    {
        if (deviceId is null) throw Null("deviceId");
        *deviceId = Context().Device.Index;
        return Code.Ok;
    }

    public static int aclrtGetRunMode(int* runMode)
    {
        if (runMode is null) throw Null("runMode");
        Context();
        *runMode = 1;       // the caller is the host
        return Code.Ok;
    }

    public static int aclrtCreateContext(nint* context, int deviceId)
    {
        World world = Enter();
        if (context is null) throw Null("context");
        var made = new SimContext(world.Device(deviceId), isDefault: false);
        *context = made.Handle = world.Handles.Add(made);
        s_current = made;
        return Code.Ok;
    }

    public static int aclrtDestroyContext(nint context)
    {
        World world = Enter();
        SimContext found = ContextOf(world, context);
        if (found.IsDefault) throw new AclException(Code.Parameter, "5.context-default", "the default context of a device is ended by aclrtResetDevice");
        world.Handles.Remove<SimContext>(context);
        found.End();
        if (s_current == found) s_current = null;
        return Code.Ok;
    }

    public static int aclrtSetCurrentContext(nint context)
    {
        s_current = ContextOf(Enter(), context);
        return Code.Ok;
    }

    public static int aclrtGetCurrentContext(nint* context)
    {
        if (context is null) throw Null("context");
        *context = Context().Handle;
        return Code.Ok;
    }

    public static int aclrtCtxGetSysParamOpt(int opt, long* value)
    {
        if (value is null) throw Null("value");
        *value = Setting(opt);
        return Code.Ok;
    }

    public static int aclrtCtxSetSysParamOpt(int opt, long value)
    {
        ref long setting = ref Setting(opt);
        CheckSetting(opt, value);
        setting = value;
        return Code.Ok;
    }

    public static int aclrtGetSysParamOpt(int opt, long* value)
    {
        if (value is null) throw Null("value");
        *value = OfProcess(opt);
        return Code.Ok;
    }

    public static int aclrtSetSysParamOpt(int opt, long value)
    {
        ref long setting = ref OfProcess(opt);
        CheckSetting(opt, value);
        setting = value;
        return Code.Ok;
    }

    public static int aclrtSynchronizeDevice()
    {
        SimContext context = Context();
        foreach (SimContext other in context.Device.World.Handles.All<SimContext>().Where(c => c.Device == context.Device))
            foreach (SimStream stream in other.Streams()) stream.Drain();
        Report(context);
        return Code.Ok;
    }

    public static int aclrtDeviceCanAccessPeer(int* canAccessPeer, int deviceId, int peerDeviceId)
    {
        World world = Enter();
        if (canAccessPeer is null) throw Null("canAccessPeer");
        *canAccessPeer = world.Device(deviceId) != world.Device(peerDeviceId) ? 1 : throw new AclException(Code.Parameter, "5.peer-arguments", $"device {deviceId} is no peer of itself");
        return Code.Ok;
    }

    public static int aclrtDeviceEnablePeerAccess(int peerDeviceId, uint flags)
    {
        SimContext context = Context();
        int peer = context.Device.World.Device(peerDeviceId).Index;
        if (flags != 0 || peer == context.Device.Index) throw new AclException(Code.Parameter, "5.peer-arguments", $"a peer is another device than {context.Device.Index} with flags 0, found device {peer} with flags {flags}");
        context.Device.World.AllowCopy(context.Device.Index, peer);
        return Code.Ok;
    }

    public static int aclrtSetDeviceSatMode(int mode)
    {
        Context();
        return mode is 0 or 1 ? Code.Ok : throw new AclException(Code.InvalidArgument, "3.enumeration", $"0 (saturate) or 1 (infinities and NaN) was expected, found {mode}");
    }

    private static void CheckSetting(int opt, long value)
    {
        long most = opt == 0 && Enter().Card.IsCann9 ? 3 : 1;
        if (value < 0 || value > most) throw new AclException(Code.InvalidArgument, "8.deterministic-value", $"option {opt} takes 0 to {most}, found {value}");
    }

    /// <summary>An option of the process, which needs no device.</summary>
    private static ref long OfProcess(int opt)
    {
        World world = Enter();
        if (opt is not (0 or 1)) throw new AclException(Code.InvalidArgument, "3.enumeration", $"option 0 or 1 was expected, found {opt}");
        return ref world.Settings[opt];
    }

    private static ref long Setting(int opt)
    {
        SimContext context = Context();
        if (opt is not (0 or 1)) throw new AclException(Code.InvalidArgument, "3.enumeration", $"option 0 or 1 was expected, found {opt}");
        return ref context.Settings[opt];
    }

    private static SimContext ContextOf(World world, nint context) =>
        world.Handles.Find<SimContext>(context) ?? throw new AclException(Code.InvalidHandle, "5.context-handle", $"a live context was expected, found {world.Handles.Describe(context)}");
}

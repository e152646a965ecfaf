namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Memory of the device and pinned memory of the host.</summary>
internal static unsafe partial class Runtime
{
    public static int aclrtMalloc(nint* devPtr, nuint size, int policy)
    {
        SimContext context = Context();
        World world = context.Device.World;
        if (devPtr is null || !DeviceMemory.IsPolicy(policy)) throw new AclException(Code.InvalidArgument, "5.malloc-arguments", $"a place for the address and a known policy were expected, found {(devPtr is null ? "null" : "a place")} and {policy}");
        if (size == 0) throw new AclException(Code.InvalidArgument, "5.malloc-size", "0 bytes were asked for");
        if (world.Faults.Next("alloc", "aclrtMalloc") is { } code) throw new AclException(code, "", $"the device has no {size} bytes (injected)");
        DeviceMemory memory = context.Device.Memory;
        *devPtr = (nint)memory.Allocate(checked((long)size), policy);
        world.Counters.Allocated();
        world.Counters.PeakBytes = Math.Max(world.Counters.PeakBytes, memory.Peak);
        return Code.Ok;
    }

    public static int aclrtFree(nint devPtr)
    {
        SimContext context = Context();
        if (devPtr == 0) throw new AclException(Code.InvalidArgument, "5.free-null", "the address is null");
        ulong address = (ulong)devPtr;
        int device = DeviceMemory.DeviceOf(address) is { } found && found < context.Device.World.Devices.Length ? found
            : throw new AclException(Code.Parameter, "5.free-block", $"0x{address:x} is not memory of a device");
        context.Device.World.Devices[device].Memory.Free(address);
        return Code.Ok;
    }

    public static int aclrtMallocHost(nint* hostPtr, nuint size)
    {
        World world = Context().Device.World;
        if (hostPtr is null) throw Null("hostPtr");
        if (size == 0) throw new AclException(Code.InvalidArgument, "5.host-size", "0 bytes were asked for");
        if (world.Faults.Next("host", "aclrtMallocHost") is { } code) throw new AclException(code, "", $"the host has no {size} pinned bytes (injected)");
        var block = new Block(0, checked((long)size), 0);
        world.Host.Add(block);
        *hostPtr = (nint)block.Address;
        return Code.Ok;
    }

    public static int aclrtFreeHost(nint hostPtr)
    {
        World world = Context().Device.World;
        Block block = world.Host.Remove((ulong)hostPtr) ?? throw new AclException(Code.Parameter, "5.host-free", $"0x{hostPtr:x} is not the start of a live pinned block");
        block.Free();
        return Code.Ok;
    }

    /// <summary>Free and total bytes of the current device. HBM and DDR are the same on a card that has one of them.</summary>
    public static int aclrtGetMemInfo(int attr, nuint* free, nuint* total)
    {
        DeviceMemory memory = Context().Device.Memory;
        if (free is null || total is null) throw Null("a result");
        if (attr is < 0 or > 11) throw new AclException(Code.InvalidArgument, "5.memory-attribute", $"an attribute from 0 to 11 was expected, found {attr}");
        *free = (nuint)(memory.Total - memory.Used);
        *total = (nuint)memory.Total;
        return Code.Ok;
    }
}

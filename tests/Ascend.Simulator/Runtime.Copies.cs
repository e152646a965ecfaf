using System.Runtime.InteropServices;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Copies and fills.</summary>
internal static unsafe partial class Runtime
{
    private const long StagedBytes = 1 << 20;       // pageable memory up to this is staged; a larger copy waits for its stream

    public static int aclrtMemcpy(nint dst, nuint destMax, nint src, nuint count, int kind)
    {
        SimContext context = Context();
        Transfer transfer = Transfer.Check(context, dst, destMax, src, count, kind);
        context.ThrowIfBroken();
        if (context.Device.World.Faults.Next("copy", "aclrtMemcpy") is { } code) throw new AclException(code, "", "the copy failed (injected)");
        transfer.Run(context.Device.World.Ordering.AtOnce("aclrtMemcpy", transfer.Accesses));
        return Code.Ok;
    }

    public static int aclrtMemcpyAsync(nint dst, nuint destMax, nint src, nuint count, int kind, nint stream)
    {
        SimContext context = Context();
        SimStream found = Stream(context, stream);
        Transfer transfer = Transfer.Check(context, dst, destMax, src, count, kind);
        if (transfer.IsOnHost) throw new AclException(Code.NotSupported, "5.copy-host-host", "a copy from host to host cannot be asynchronous");
        context.ThrowIfBroken();
        int? code = context.Device.World.Faults.Next("copy", "aclrtMemcpyAsync");
        if (code is null && transfer is { IsPageable: true })
        {
            if (transfer.Bytes <= StagedBytes && transfer.TryStage() is { } staged) transfer = staged;
            else
            {
                found.Drain();
                Report(context);
                transfer.Run(context.Device.World.Ordering.AtOnce("aclrtMemcpyAsync", transfer.Accesses));
                return Code.Ok;
            }
        }
        if (!transfer.IsPageable) transfer.Watch();
        found.Enqueue(new Job("aclrtMemcpyAsync", view =>
        {
            if (code is { } fault) throw new DeviceFault(fault, "", "aclrtMemcpyAsync: the copy failed (injected)");
            transfer.RunQueued(view.Clashes);
        })
        { Accesses = transfer.Accesses });
        return Code.Ok;
    }

    public static int aclrtMemset(nint devPtr, nuint maxCount, int value, nuint count)
    {
        SimContext context = Context();
        CheckFill(context, devPtr, maxCount, count);
        context.ThrowIfBroken();
        if (context.Device.World.Faults.Next("copy", "aclrtMemset") is { } code) throw new AclException(code, "", "the fill failed (injected)");
        bool spoilt = context.Device.World.Ordering.AtOnce("aclrtMemset", [Access.Of(devPtr, (long)count, writes: true)]) is not null;
        Fill(context, devPtr, spoilt ? Block.Poison : value, count);
        return Code.Ok;
    }

    public static int aclrtMemsetAsync(nint devPtr, nuint maxCount, int value, nuint count, nint stream)
    {
        SimContext context = Context();
        SimStream found = Stream(context, stream);
        CheckFill(context, devPtr, maxCount, count);
        context.ThrowIfBroken();
        int? code = context.Device.World.Faults.Next("copy", "aclrtMemsetAsync");
        found.Enqueue(new Job("aclrtMemsetAsync", _ =>
        {
            if (code is { } fault) throw new DeviceFault(fault, "", "aclrtMemsetAsync: the fill failed (injected)");
            try { Fill(context, devPtr, value, count); }
            catch (AclException e) { throw new DeviceFault(Code.MemoryFault, "5.copy-freed", $"aclrtMemsetAsync: {e.Text}"); }
        })
        { Accesses = [Access.Of(devPtr, (long)count, writes: true)] });
        return Code.Ok;
    }

    private static void CheckFill(SimContext context, nint devPtr, nuint maxCount, nuint count)
    {
        if (count == 0 || count > maxCount) throw new AclException(Code.InvalidArgument, "5.copy-bound", $"a count from 1 to {maxCount} was expected, found {count}");
        if (DeviceMemory.DeviceOf((ulong)devPtr) is null) throw new AclException(Code.Parameter, "5.copy-side", $"0x{devPtr:x} is an address of the host");
        using Extent range = Extent.OfDevice(context, devPtr, (long)count, anyDevice: false);
    }

    private static void Fill(SimContext context, nint devPtr, int value, nuint count)
    {
        using Extent range = Extent.OfDevice(context, devPtr, (long)count, anyDevice: false);
        NativeMemory.Fill(range.Pointer, count, (byte)value);
    }
}

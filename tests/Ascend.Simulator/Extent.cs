namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Bytes that a copy touches. Those of a block stay mapped until it is disposed.</summary>
internal readonly unsafe struct Extent(byte* pointer, Block? block) : IDisposable
{
    public byte* Pointer => pointer;

    /// <summary>Whether they were taken from under the copy.</summary>
    public bool IsFreed => block is { IsFreed: true };

    public void Dispose() => block?.Release();

    /// <summary>Bytes of a device.</summary>
    public static Extent OfDevice(SimContext context, nint address, long bytes, bool anyDevice)
    {
        int device = DeviceMemory.DeviceOf((ulong)address)!.Value;
        if (device != context.Device.Index && !anyDevice) throw new AclException(Code.Parameter, "5.copy-range", $"0x{address:x} is memory of device {device}, the current one is {context.Device.Index}");
        SimDevice[] devices = context.Device.World.Devices;
        Block? block = device < devices.Length ? devices[device].Memory.Blocks.Find((ulong)address) : null;
        return Of(block, address, bytes, $"device {device}");
    }

    /// <summary>Bytes of the host, which may be pinned.</summary>
    public static Extent OfHost(World world, nint address, long bytes) =>
        world.Host.Find((ulong)address) is { } block ? Of(block, address, bytes, "pinned memory") : new((byte*)address, null);

    private static Extent Of(Block? block, nint address, long bytes, string where)
    {
        if (block is null || !block.Hold()) throw new AclException(Code.Parameter, "5.copy-range", $"0x{address:x} lies in no live block of {where}");
        if (block.Contains((ulong)address, bytes)) return new(block.Pointer((ulong)address), block);
        block.Release();
        throw new AclException(Code.Parameter, "5.copy-range", $"{bytes} bytes at 0x{address:x} leave the block of {block.Length} bytes at 0x{block.Address:x}");
    }
}

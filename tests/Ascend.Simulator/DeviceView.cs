namespace Pure.Tuner.Ascend.Simulator;

/// <summary>The memory of a device while one piece of work runs. Every block that it touches is kept mapped until the end, and must still be live then.</summary>
internal sealed class DeviceView(DeviceMemory memory, string work) : IDeviceMemory, IDisposable
{
    private readonly HashSet<Block> _held = [];

    public ReadOnlySpan<byte> Read(ulong address, long bytes) => Bytes(address, bytes);

    public Span<byte> Write(ulong address, long bytes) => Bytes(address, bytes);

    /// <summary>Keeps a block until the work ends; false if it was freed.</summary>
    public bool Hold(Block block)
    {
        lock (_held)
        {
            if (_held.Contains(block)) return !block.IsFreed;
            if (!block.Hold()) return false;
            _held.Add(block);
            return true;
        }
    }

    /// <summary>Finds whether a block was freed under the work.</summary>
    public void CheckHeld(int code, string rule)
    {
        lock (_held)
            foreach (Block block in _held)
                if (block.IsFreed) throw new DeviceFault(code, $"{work}: the block at 0x{block.Address:x} ({block.Length} bytes) was freed while it ran [{rule}]");
    }

    public void Dispose()
    {
        lock (_held)
        {
            foreach (Block block in _held) block.Release();
            _held.Clear();
        }
    }

    private Span<byte> Bytes(ulong address, long bytes)
    {
        if (bytes == 0) return [];
        if (DeviceMemory.DeviceOf(address) is not { } device) throw Fault($"0x{address:x} is an address of the host", "6.buffers-device");
        if (device != memory.Device) throw Fault($"0x{address:x} is memory of device {device}, the stream is one of device {memory.Device}", "6.buffers-device");
        if (memory.Blocks.Find(address) is not { } block || !Hold(block)) throw Fault($"0x{address:x} lies in no live block", "6.buffers-live] [5.free-at-once");
        if (!block.Contains(address, bytes)) throw Fault($"{bytes} bytes at 0x{address:x} leave the block of {block.Length} bytes at 0x{block.Address:x}", "6.buffers-size");
        return block.Bytes(address, bytes);
    }

    private DeviceFault Fault(string what, string rule) => new(Code.CoreException, $"{work}: {what} [{rule}]");
}

using System.Runtime.InteropServices;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>
/// The memory of a device while one piece of work runs. Every block that it touches is kept mapped until the end, and must still be live then.
/// Bytes that work of another stream touches too, in no order with this one, read as poison and are poison afterwards.
/// </summary>
internal sealed unsafe class DeviceView(DeviceMemory memory, Job job) : IDeviceMemory, IDisposable
{
    private readonly HashSet<Block> _held = [];
    private readonly List<nint> _copies = [];

    /// <summary>Bytes that work of another stream touches in no order with this one.</summary>
    public IReadOnlyList<Access>? Clashes => job.Clashes;

    public ReadOnlySpan<byte> Read(ulong address, long bytes)
    {
        Span<byte> found = Bytes(address, bytes);
        if (job.Clashes is not { } clashes || bytes == 0) return found;
        void* copy = NativeMemory.AlignedAlloc((nuint)bytes, 64);
        lock (_held) _copies.Add((nint)copy);
        var seen = new Span<byte>(copy, checked((int)bytes));
        found.CopyTo(seen);
        foreach (Access clash in clashes) Poison(seen, address, clash);
        return seen;
    }

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
    public void CheckHeld()
    {
        lock (_held)
            foreach (Block block in _held)
                if (block.IsFreed) throw new DeviceFault(Code.CoreException, "5.free-at-once", $"{job.Name}: the block at 0x{block.Address:x} ({block.Length} bytes) was freed while it ran");
    }

    /// <summary>Spoils what was written without an order: on a card it might be overwritten, or come too early.</summary>
    public void PoisonWrites()
    {
        foreach (Access clash in job.Clashes ?? [])
            if (clash.Writes && memory.Blocks.Find(clash.From) is { } block && block.Contains(clash.From, clash.Length) && Hold(block)) block.Bytes(clash.From, clash.Length).Fill(Block.Poison);
    }

    public void Dispose()
    {
        lock (_held)
        {
            foreach (Block block in _held) block.Release();
            foreach (nint copy in _copies) NativeMemory.AlignedFree((void*)copy);
            _held.Clear();
            _copies.Clear();
        }
    }

    private static void Poison(Span<byte> bytes, ulong address, Access clash)
    {
        long from = Math.Max(0, (long)(clash.From - address)), to = Math.Min(bytes.Length, (long)(clash.To - address));
        if (from < to) bytes[(int)from..(int)to].Fill(Block.Poison);
    }

    private Span<byte> Bytes(ulong address, long bytes)
    {
        if (bytes == 0) return [];
        if (DeviceMemory.DeviceOf(address) is not { } device) throw Fault($"0x{address:x} is an address of the host", "6.buffers-device");
        if (device != memory.Device) throw Fault($"0x{address:x} is memory of device {device}, the stream is one of device {memory.Device}", "6.buffers-device");
        if (memory.Blocks.Find(address) is not { } block || !Hold(block))
        {
            if (memory.FreedAt(address) > job.FreedBefore) throw Fault($"0x{address:x} lies in a block that was freed after this was queued", "5.free-at-once");
            throw Fault($"0x{address:x} lies in no live block", "6.buffers-live");
        }
        if (!block.Contains(address, bytes)) throw Fault($"{bytes} bytes at 0x{address:x} leave the block of {block.Length} bytes at 0x{block.Address:x}", "6.buffers-size");
        return block.Bytes(address, bytes);
    }

    private DeviceFault Fault(string what, string rule) => new(Code.CoreException, rule, $"{job.Name}: {what}");
}

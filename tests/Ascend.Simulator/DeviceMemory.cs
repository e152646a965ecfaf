namespace Pure.Tuner.Ascend.Simulator;

/// <summary>
/// Memory of one device. Its addresses lie where no process has memory, so that the host cannot touch them, and are never given out twice, so
/// that a stale one is always found. An address is a multiple of 64 and of nothing more; between two blocks lies a gap.
/// </summary>
internal sealed class DeviceMemory(int device, Card card, long total)
{
    private const ulong First = 0x0A00_0000_0000_0000, PerDevice = 1UL << 48, Page = 4096;
    private const long SmallPage = 4096, HugePage = 2 << 20, GiantPage = 1 << 30, SmallBlock = 1 << 20;
    private const int PolicyMask = 0xFF, KnownFlags = 0x101100;

    private const int MostRemembered = 4096;

    private readonly Lock _gate = new();
    private readonly Queue<(Block Block, long Number)> _freed = new();     // the last ones, to tell when a stale address died
    private long _freedBlocks;
    private ulong _next = First + (ulong)device * PerDevice;

    public BlockMap Blocks { get; } = new();
    public int Device => device;
    public long Total => total;
    public long Used { get; private set; }
    public long Peak { get; private set; }

    /// <summary>Blocks freed so far.</summary>
    public long FreedBlocks => Volatile.Read(ref _freedBlocks);

    /// <summary>The device that an address belongs to; null for one of the host.</summary>
    public static int? DeviceOf(ulong address) => address >= First ? (int)((address - First) / PerDevice) : null;

    /// <summary>Whether there is such a policy: a size of pages, perhaps with flags.</summary>
    public static bool IsPolicy(int policy) => (policy & ~(PolicyMask | KnownFlags)) == 0 && (policy & PolicyMask) <= 7;

    /// <summary>Bytes that a block takes: rounded up to 32, 32 more, in whole pages.</summary>
    public long Charge(long bytes, int policy)
    {
        int pages = policy & PolicyMask;
        if (pages is 6 or 7) return Round.Up(bytes, GiantPage);
        long padded = Round.Up(bytes, 32) + card.BlockPadding;
        bool huge = pages is 1 or 4 || (pages is 0 or 3 && padded > SmallBlock);
        return Round.Up(padded, huge ? HugePage : SmallPage);
    }

    public ulong Allocate(long bytes, int policy)
    {
        long charge = Charge(bytes, policy);
        lock (_gate)
        {
            if (charge > total - Used) throw Full(bytes);
            ulong address = _next + 64;
            Block block;
            try { block = new Block(address, bytes, charge); }
            catch (OutOfMemoryException) { throw Full(bytes); }
            _next = (address + (ulong)bytes + 2 * Page) & ~(Page - 1);
            Used += charge;
            Peak = Math.Max(Peak, Used);
            Blocks.Add(block);
            return address;
        }
    }

    public void Free(ulong address)
    {
        Block block = Blocks.Remove(address) ?? throw new AclException(Code.Parameter, "5.free-block", $"0x{address:x} is not the start of a live block of device {device}");
        lock (_gate)
        {
            Used -= block.Charged;
            _freed.Enqueue((block, ++_freedBlocks));
            if (_freed.Count > MostRemembered) _freed.Dequeue();
        }
        block.Free();
    }

    /// <summary>How many blocks had been freed when the one at this address was; null if none was there.</summary>
    public long? FreedAt(ulong address)
    {
        lock (_gate)
            foreach ((Block block, long number) in _freed)
                if (block.Contains(address, 1)) return number;
        return null;
    }

    private AclException Full(long bytes) => new(Code.OutOfMemory, "5.malloc-limit", $"device {device} has no {bytes} bytes left: {Used} of {total} are taken");
}

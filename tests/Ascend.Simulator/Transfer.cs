using System.Runtime.InteropServices;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>A copy between host and devices whose arguments are right.</summary>
internal sealed unsafe class Transfer
{
    private readonly SimContext _context;
    private readonly nint _to, _from;
    private readonly int? _toDevice, _fromDevice;
    private byte[]? _staged;
    private ulong? _sum;

    private Transfer(SimContext context, nint to, nint from, long bytes)
    {
        (_context, _to, _from, Bytes) = (context, to, from, bytes);
        _toDevice = DeviceMemory.DeviceOf((ulong)to);
        _fromDevice = DeviceMemory.DeviceOf((ulong)from);
        IsPageable = (_toDevice is null && World.Host.Find((ulong)to) is null) || (_fromDevice is null && World.Host.Find((ulong)from) is null);
        IsPinned = !IsPageable && !(_toDevice is not null && _fromDevice is not null);
    }

    public long Bytes { get; }
    /// <summary>The bytes of devices that it touches.</summary>
    public IReadOnlyList<Access> Accesses
    {
        get
        {
            List<Access> touched = [];
            if (_fromDevice is not null && _staged is null) touched.Add(Access.Of(_from, Bytes, writes: false));
            if (_toDevice is not null) touched.Add(Access.Of(_to, Bytes, writes: true));
            return touched;
        }
    }

    public bool IsOnHost => _toDevice is null && _fromDevice is null;

    /// <summary>Whether one side is memory of the host that is not pinned.</summary>
    public bool IsPageable { get; }

    private bool IsPinned { get; }

    private World World => _context.Device.World;

    /// <summary>Checks the arguments of a copy.</summary>
    public static Transfer Check(SimContext context, nint dst, nuint destMax, nint src, nuint count, int kind)
    {
        if (dst == 0 || src == 0) throw new AclException(Code.InvalidArgument, "5.copy-side", "a pointer of the copy is null");
        if (count == 0 || count > destMax || count > long.MaxValue) throw new AclException(Code.InvalidArgument, "5.copy-bound", $"a count from 1 to {destMax} was expected, found {count}");
        var transfer = new Transfer(context, dst, src, (long)count);
        (bool from, bool to) = (transfer._fromDevice is not null, transfer._toDevice is not null);
        (bool wantFrom, bool wantTo) = kind switch
        {
            0 => (false, false),
            1 => (false, true),
            2 => (true, false),
            3 or 6 or 7 => (true, true),
            4 => (from, to),
            _ => throw new AclException(Code.Parameter, "5.copy-kind", $"a kind from 0 to 4, 6 or 7 was expected, found {kind}"),
        };
        if ((from, to) != (wantFrom, wantTo)) throw new AclException(Code.Parameter, "5.copy-side", $"kind {kind} copies from {Side(wantFrom)} to {Side(wantTo)}, the pointers lie on {Side(from)} and {Side(to)}");
        if (from && to)
        {
            (int a, int b) = (transfer._fromDevice!.Value, transfer._toDevice!.Value);
            if ((kind == 6 && a != b) || (kind == 7 && a == b)) throw new AclException(Code.Parameter, "5.copy-kind", $"kind {kind} does not go with devices {a} and {b}");
            if (!context.Device.World.MayCopy(a, b)) throw new AclException(Code.Parameter, "5.peer-access", $"device {a} may not copy to device {b}: aclrtDeviceEnablePeerAccess comes first");
        }
        using Extent target = transfer.To(), source = transfer.From();
        return transfer;
    }

    /// <summary>This copy with its source read now; null if it is the target that is pageable.</summary>
    public Transfer? TryStage()
    {
        if (_fromDevice is not null) return null;
        _staged = new ReadOnlySpan<byte>((void*)_from, (int)Bytes).ToArray();
        return this;
    }

    /// <summary>Looks at pinned memory when the copy is queued: a source must not change before the copy has run, a target holds nothing until then.</summary>
    public void Watch()
    {
        if (!IsPinned) return;
        using Extent host = _fromDevice is null ? From() : To();
        var bytes = new Span<byte>(host.Pointer, checked((int)Bytes));
        if (_fromDevice is null) _sum = Sum(bytes);
        else bytes.Fill(Block.Poison);
    }

    /// <summary>Copies. What came from bytes that other work touches in no order with this is poison, and so is what went there.</summary>
    public void Run(IReadOnlyList<Access>? clashes = null)
    {
        using Extent to = To(), from = From();
        fixed (byte* staged = _staged) Buffer.MemoryCopy(_staged is null ? from.Pointer : staged, to.Pointer, Bytes, Bytes);
        World.Counters.Copied(_fromDevice, _toDevice, Bytes);
        foreach (Access clash in clashes ?? [])
        {
            nint start = clash.Writes ? _to : _from;
            new Span<byte>(to.Pointer + ((nint)clash.From - start), checked((int)clash.Length)).Fill(Block.Poison);
        }
        if (to.IsFreed || from.IsFreed) throw new AclException(Code.Parameter, "5.copy-range", "a block was freed while it was copied");
    }

    /// <summary>Copies on a stream, where it is too late for a code.</summary>
    public void RunQueued(IReadOnlyList<Access>? clashes)
    {
        if (IsPinned && World.Host.Find((ulong)(_fromDevice is null ? _from : _to)) is null) throw new DeviceFault(Code.MemoryFault, "5.host-in-use", "aclrtMemcpyAsync: the pinned memory was freed before the copy ran");
        try
        {
            Run(clashes);
            if (_sum is { } sum && IsChanged(sum)) Spoil();
        }
        catch (AclException e) { throw new DeviceFault(Code.MemoryFault, "5.copy-freed", $"aclrtMemcpyAsync: {e.Text}"); }
    }

    private bool IsChanged(ulong sum)
    {
        using Extent from = From();
        return Sum(new ReadOnlySpan<byte>(from.Pointer, checked((int)Bytes))) != sum;
    }

    /// <summary>A card sends what is there by chance: the old, the new or some of both.</summary>
    private void Spoil()
    {
        Breaches.Report("5.copy-pinned", $"aclrtMemcpyAsync: {Bytes} bytes at 0x{_from:x} were changed before the copy had run");
        using Extent to = To();
        new Span<byte>(to.Pointer, checked((int)Bytes)).Fill(Block.Poison);
    }

    /// <summary>A sum that depends on the place of each byte.</summary>
    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        ulong a = 1, b = 2, c = 3, d = 4;
        int i = 0;
        for (; i + 4 <= words.Length; i += 4)
        {
            a = (a + words[i]) * 0x9E3779B97F4A7C15;
            b = (b + words[i + 1]) * 0xC2B2AE3D27D4EB4F;
            c = (c + words[i + 2]) * 0x165667B19E3779F9;
            d = (d + words[i + 3]) * 0x27D4EB2F165667C5;
        }
        for (; i < words.Length; i++) a = (a + words[i]) * 0x9E3779B97F4A7C15;
        foreach (byte rest in bytes[(words.Length * 8)..]) b = (b + rest) * 0xC2B2AE3D27D4EB4F;
        return a ^ ulong.RotateLeft(b, 17) ^ ulong.RotateLeft(c, 31) ^ ulong.RotateLeft(d, 47);
    }

    private Extent To() => At(_to, _toDevice);

    private Extent From() => _staged is null ? At(_from, _fromDevice) : default;

    private Extent At(nint address, int? device) => device is null ? Extent.OfHost(World, address, Bytes) : Extent.OfDevice(_context, address, Bytes, anyDevice: _toDevice is not null && _fromDevice is not null);

    private static string Side(bool device) => device ? "the device" : "the host";
}

using System.Runtime.InteropServices;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>A block of memory of a device or pinned memory of the host. Its bytes stay mapped while a kernel or a copy works on them, but they belong to nobody after it was freed.</summary>
internal sealed unsafe class Block
{
    /// <summary>What memory that nobody wrote reads as: NaN as a float of any width, -1 as an integer.</summary>
    public const byte Poison = 0xFF;

    private byte* _bytes;
    private int _users = 1;

    /// <param name="address">Where it is on the device; 0: where its bytes are.</param>
    /// <param name="length">Bytes that may be touched.</param>
    /// <param name="charged">Bytes that it takes of the device's memory.</param>
    public Block(ulong address, long length, long charged)
    {
        _bytes = (byte*)NativeMemory.AlignedAlloc((nuint)length, 64);
        Address = address == 0 ? (ulong)_bytes : address;
        Length = length;
        Charged = charged;
        NativeMemory.Fill(_bytes, (nuint)length, Poison);
    }

    public ulong Address { get; }
    public long Length { get; }
    public long Charged { get; }

    /// <summary>Whether it was freed; who still works on it has worked on memory that may be somebody else's.</summary>
    public bool IsFreed { get; private set; }

    public bool Contains(ulong address, long length) => address >= Address && length <= Length && address - Address <= (ulong)(Length - length);

    public Span<byte> Bytes(ulong address, long length) => new(_bytes + (address - Address), checked((int)length));

    public byte* Pointer(ulong address) => _bytes + (address - Address);

    /// <summary>Keeps the bytes mapped; false if they are gone.</summary>
    public bool Hold()
    {
        lock (this)
        {
            if (IsFreed) return false;
            _users++;
            return true;
        }
    }

    public void Release()
    {
        lock (this)
        {
            if (--_users > 0) return;
            NativeMemory.AlignedFree(_bytes);
            _bytes = null;
        }
    }

    /// <summary>Ends it. What it held is lost at once, also for who still works on it.</summary>
    public void Free()
    {
        lock (this)
        {
            IsFreed = true;
            if (_users > 1) NativeMemory.Fill(_bytes, (nuint)Length, Poison);
        }
        Release();
    }
}

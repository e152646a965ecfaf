namespace Pure.Tuner.Kernels;

/// <summary>Room for intermediate rows, one set per thread, kept and grown: a kernel's body takes it and allocates nothing.</summary>
internal static unsafe class Scratch
{
    /// <summary>Slots a thread has.</summary>
    public const int Slots = 24;

    private const int Align = 64;
    [ThreadStatic] private static byte[]?[]? s_slots;

    /// <summary>At least <paramref name="count"/> floats, 64-byte aligned, undefined, valid until the same slot is taken again on this thread.</summary>
    public static Span<float> Floats(int slot, int count) => new(Bytes(slot, (long)count * sizeof(float)), count);

    /// <summary>Room by address, for packing.</summary>
    public static void* Bytes(int slot, long bytes)
    {
        byte[]?[] slots = s_slots ??= new byte[]?[Slots];
        byte[]? room = slots[slot];
        if (room is null || room.Length < bytes + Align)
            slots[slot] = room = GC.AllocateUninitializedArray<byte>(checked((int)(bytes + bytes / 4 + Align)), pinned: true);   // a quarter more: growing lengths do not allocate each time
        fixed (byte* p = room) return (void*)(((nint)p + Align - 1) & ~(nint)(Align - 1));
    }
}

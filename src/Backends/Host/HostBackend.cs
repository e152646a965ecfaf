using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>A backend whose memory the process sees: aligned blocks, copies by address, and a switch that makes tests meet every stray read and write.</summary>
public abstract unsafe class HostBackend : Backend
{
    internal override bool IsHost => true;

    /// <summary>A cache line: no two blocks share one, and the widest vector fits.</summary>
    private const int Alignment = 64;

    /// <summary>Bytes behind every block that belong to nobody.</summary>
    private const int Guard = 64;

    private const byte GuardByte = 0xA5;
    private readonly Dictionary<nint, long> _guarded = [];

    /// <summary>For tests: blocks start as 0xFF in every byte (NaN, -1), and whatever was written behind the end is found when they come back.</summary>
    public bool Poison { get; set; }

    /// <summary>Blocks from here on get pages of their own on Linux: activations of a short row too. Below, a last page half used would cost too much.</summary>
    private const long OwnPages = 64 << 10;

    /// <summary>More than glibc ever takes from its heap (M_MMAP_THRESHOLD's upper bound, 32 MiB).</summary>
    private const long BeyondHeap = 33 << 20;

    /// <inheritdoc/>
    /// <remarks>
    /// A block that lay in the allocator's heap would leave a hole there when it is given back, resident and often too small for the next.
    /// Asking for more address space than the heap serves gets a mapping of its own, of which only touched pages are ever resident.
    /// </remarks>
    protected override nint AllocateBlock(long bytes)
    {
        if (OperatingSystem.IsLinux() && bytes >= OwnPages)
        {
            try { return (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes + Guard, BeyondHeap), Alignment); }
            catch (OutOfMemoryException) { }         // address space is limited here: then from the heap
        }
        return (nint)NativeMemory.AlignedAlloc((nuint)(bytes + Guard), Alignment);
    }

    /// <inheritdoc/>
    protected override void FreeBlock(nint block, long bytes)
    {
        lock (_guarded) _guarded.Remove(block);
        NativeMemory.AlignedFree((void*)block);
    }

    /// <inheritdoc/>
    protected override void OnRent(nint block, long bytes, long used)
    {
        if (!Poison)
        {
            if (_guarded.Count > 0) lock (_guarded) _guarded.Remove(block);
            return;
        }
        NativeMemory.Fill((void*)block, (nuint)used, 0xFF);
        NativeMemory.Fill((void*)(block + (nint)used), (nuint)(bytes - used + Guard), GuardByte);
        lock (_guarded) _guarded[block] = used;
    }

    /// <inheritdoc/>
    protected override void OnReturn(nint block, long bytes)
    {
        long used;
        lock (_guarded)
            if (!_guarded.Remove(block, out used)) return;
        for (byte* p = (byte*)block + used, end = (byte*)block + bytes + Guard; p < end; p++)
            if (*p != GuardByte)
                throw new InvalidOperationException($"{Name}: a block of {used} bytes was overrun: byte {p - (byte*)block} was written");
    }

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<byte> elements, Tensor y)
    {
        CheckTransfer("upload", elements.Length, y);
        y.Storage.Written();
        elements.CopyTo(new Span<byte>((void*)y.Address, elements.Length));
    }

    /// <inheritdoc/>
    public override void Download(Tensor x, Span<byte> elements)
    {
        CheckTransfer("download", elements.Length, x);
        new ReadOnlySpan<byte>((void*)x.Address, elements.Length).CopyTo(elements);
    }

    /// <summary>Runs a body on every row, on the threads that the backend has: for kernels that come from outside.</summary>
    /// <param name="rows">Rows 0 to rows - 1.</param>
    /// <param name="body">Rows run in any order and on any thread: a row must write only what no other row touches.</param>
    /// <param name="workPerRow">About how many element operations a row costs; an exp counts for ten. Small jobs stay on the calling thread.</param>
    public virtual void ForRows(int rows, Action<int> body, long workPerRow = 1024)
    {
        ArgumentNullException.ThrowIfNull(body);
        for (int row = 0; row < rows; row++) body(row);
    }

    private protected static void CheckTransfer(string what, long bytes, Tensor x)
    {
        if (!x.IsContiguous) throw new ArgumentException($"{what}: {x} is not contiguous");
        long expected = x.Shape.Count * x.DType.Size;
        if (bytes != expected) throw new ArgumentException($"{what}: {bytes} bytes for {x} ({bytes} against {expected})");
    }
}

namespace Pure.Tuner;

/// <summary>The same device in rehearsal: every operator, kernel and pool decision of a real run, but no block has memory and no row is computed.</summary>
/// <remarks>
/// What a run will hold is found by running it here, so that there is no second description of the operators' memory that could drift
/// from them. A block counts with the bytes that were asked of it, not with its size class: pages that nobody writes are never resident.
/// A step costs about what the framework costs, whatever the model's size.
/// </remarks>
public sealed unsafe partial class CpuBackend
{
    private readonly Dictionary<nint, long>? _touched;
    private readonly Dictionary<Room, long> _rooms = [];
    private long _residentBlocks, _roomBytes;
    private nint _nextBlock = 1 << 20;

    private CpuBackend(Dictionary<nint, long> touched)
        : this(new WorkerPool(1), new NullBackend()) => _touched = touched;

    /// <inheritdoc/>
    internal override bool IsMeasuring => _touched is not null;

    /// <summary>Bytes that would be resident now: the touched part of all blocks, idle ones too, and the room that matrix multiply keeps.</summary>
    internal long ResidentBytes => _residentBlocks + _roomBytes;

    /// <summary>The part of it that products' panels take, in a rehearsal as in a run: for tests.</summary>
    internal long ProductRoomBytes => IsMeasuring ? _rooms.GetValueOrDefault(_roomA) + _rooms.GetValueOrDefault(_roomB) : _roomA.Bytes + _roomB.Bytes;

    /// <summary>The most of <see cref="ResidentBytes"/> since <see cref="ResetResidentPeak"/>.</summary>
    internal long ResidentPeak { get; private set; }

    /// <summary>The processor in rehearsal. Its tensors have addresses that must not be read.</summary>
    internal static CpuBackend Measuring() => new(new Dictionary<nint, long>());

    /// <summary>Counts the peak anew from the present.</summary>
    internal void ResetResidentPeak() => ResidentPeak = ResidentBytes;

    /// <summary>Takes in a peak from before the last reset.</summary>
    internal void RaiseResidentPeak(long bytes) => ResidentPeak = Math.Max(ResidentPeak, bytes);

    /// <inheritdoc/>
    protected override nint AllocateBlock(long bytes)
    {
        if (!IsMeasuring) return base.AllocateBlock(bytes);
        nint block = _nextBlock;
        _nextBlock += (nint)(bytes + 64);
        _touched![block] = 0;
        return block;
    }

    /// <inheritdoc/>
    protected override void FreeBlock(nint block, long bytes)
    {
        if (!IsMeasuring) base.FreeBlock(block, bytes);
        else if (_touched!.Remove(block, out long touched)) _residentBlocks -= touched;
    }

    /// <inheritdoc/>
    protected override void OnRent(nint block, long bytes, long used)
    {
        if (!IsMeasuring)
        {
            base.OnRent(block, bytes, used);
            return;
        }
        long before = _touched![block];
        if (used <= before) return;
        _touched[block] = used;
        Grow(ref _residentBlocks, used - before);
    }

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<byte> elements, Tensor y)
    {
        if (IsMeasuring) CheckTransfer("upload", elements.Length, y);
        else base.Upload(elements, y);
    }

    /// <inheritdoc/>
    public override void Download(Tensor x, Span<byte> elements)
    {
        if (!IsMeasuring)
        {
            base.Download(x, elements);
            return;
        }
        CheckTransfer("download", elements.Length, x);
        elements.Clear();
    }

    private float* MeasureRoom(Room room, long floats)
    {
        long before = _rooms.GetValueOrDefault(room), bytes = floats * sizeof(float);
        if (bytes <= before) return null;
        _rooms[room] = bytes;
        Grow(ref _roomBytes, bytes - before);
        return null;
    }

    private void Grow(ref long part, long bytes)
    {
        part += bytes;
        ResidentPeak = Math.Max(ResidentPeak, ResidentBytes);
    }
}

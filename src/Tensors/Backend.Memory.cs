using System.Collections.Concurrent;
using System.Numerics;

namespace Pure.Tuner;

/// <summary>The pool: blocks by size class, counted, given back by the last tensor that holds them.</summary>
/// <remarks>
/// Batches of other lengths ask for blocks of other sizes. So that those of all lengths met do not pile up, a block up to a quarter too
/// large serves, and before the device is asked for more, idle blocks that were wanted least lately go back to it: what is held stays near
/// the most that was ever in use at once.
/// </remarks>
public abstract partial class Backend
{
    /// <summary>Idle bytes that may lie beside the most that was ever live, so that a shift of sizes does not cost a block each time.</summary>
    private const long IdleSlack = 8 << 20;

    private readonly Lock _poolLock = new();
    private readonly SortedList<long, FreeBlocks> _pool = [];
    private readonly ConcurrentQueue<Storage> _forgotten = new();
    private bool _disposed;
    private long _mostLive, _clock;

    /// <summary>Bytes in blocks that tensors hold.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>Blocks that tensors hold.</summary>
    public int LiveBlocks { get; private set; }

    /// <summary>The most bytes that were live at once since <see cref="ResetPeak"/>.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Bytes waiting in the pool.</summary>
    public long PooledBytes { get; private set; }

    /// <summary>Blocks that nobody disposed and the collector brought back. In a test, each is a failure.</summary>
    public long ForgottenBlocks { get; private set; }

    /// <summary>Counts the peak anew from the present.</summary>
    public void ResetPeak() => PeakBytes = LiveBytes;

    /// <summary>Takes a block from the device.</summary>
    /// <exception cref="OutOfMemoryException">The device has no room.</exception>
    protected abstract nint AllocateBlock(long bytes);

    /// <summary>Gives a block back to the device.</summary>
    protected abstract void FreeBlock(nint block, long bytes);

    /// <summary>A chance to mark a block that is about to be used (tests fill it with NaN and guard its end).</summary>
    /// <param name="block">The block.</param>
    /// <param name="bytes">Its size class.</param>
    /// <param name="used">How many of the bytes were asked for: none behind them may be written.</param>
    protected virtual void OnRent(nint block, long bytes, long used) { }

    /// <summary>A chance to check a block that came back.</summary>
    protected virtual void OnReturn(nint block, long bytes) { }

    internal Storage Rent(long bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        long size = SizeClass(bytes);
        nint block = 0;
        lock (_poolLock)
        {
            TakeBackForgotten();
            block = TakePooled(ref size);
        }
        if (block == 0)
        {
            MakeRoom(size);
            try { block = AllocateBlock(size); }
            catch (OutOfMemoryException)
            {
                Trim();
                block = AllocateBlock(size);
            }
        }
        lock (_poolLock)
        {
            LiveBytes += size;
            LiveBlocks++;
            PeakBytes = Math.Max(PeakBytes, LiveBytes);
            _mostLive = Math.Max(_mostLive, LiveBytes);
        }
        OnRent(block, size, bytes);
        return new Storage(this, block, size);
    }

    internal void Return(Storage storage)
    {
        if (_disposed) return;
        OnReturn(storage.Pointer, storage.Bytes);
        lock (_poolLock) TakeBack(storage);
    }

    /// <summary>Called by the collector's thread: only notes the block down.</summary>
    internal void ReturnForgotten(Storage storage)
    {
        if (!storage.IsExternal && !_disposed) _forgotten.Enqueue(storage);
    }

    /// <summary>Takes in blocks that the collector found, so that the counters are true.</summary>
    internal void CollectForgotten()
    {
        lock (_poolLock) TakeBackForgotten();
    }

    /// <summary>Gives pooled blocks back to the device, after all queued work.</summary>
    public void Trim()
    {
        Synchronize();
        lock (_poolLock)
        {
            foreach ((long size, FreeBlocks free) in _pool)
                while (free.Blocks.TryPop(out nint block)) FreeBlock(block, size);
            PooledBytes = 0;
            _mostLive = LiveBytes;
        }
    }

    /// <summary>Gives all pooled memory back. Tensors still alive are dead afterwards. Never throws.</summary>
    public virtual void Dispose()
    {
        if (_disposed) return;
        Trim();
        _disposed = true;
        GC.SuppressFinalize(this);
    }

    private void TakeBackForgotten()
    {
        while (_forgotten.TryDequeue(out Storage? storage))
        {
            ForgottenBlocks++;
            TakeBack(storage);
        }
    }

    private void TakeBack(Storage storage)
    {
        LiveBytes -= storage.Bytes;
        LiveBlocks--;
        PooledBytes += storage.Bytes;
        if (!_pool.TryGetValue(storage.Bytes, out FreeBlocks? free)) _pool[storage.Bytes] = free = new FreeBlocks();
        free.Blocks.Push(storage.Pointer);
    }

    /// <summary>An idle block of this class, or of the next ones up to a quarter above; <paramref name="size"/> becomes the block's.</summary>
    private nint TakePooled(ref long size)
    {
        if (!_pool.TryGetValue(size, out FreeBlocks? own)) _pool[size] = own = new FreeBlocks();
        own.Wanted = ++_clock;
        if (PooledBytes < size) return 0;
        for (int i = _pool.IndexOfKey(size); i < _pool.Count && _pool.GetKeyAtIndex(i) <= size + size / 4; i++)
        {
            if (!_pool.GetValueAtIndex(i).Blocks.TryPop(out nint block)) continue;
            size = _pool.GetKeyAtIndex(i);
            PooledBytes -= size;
            return block;
        }
        return 0;
    }

    /// <summary>Gives idle blocks back to the device until a new one of this size fits beside the rest.</summary>
    private void MakeRoom(long size)
    {
        lock (_poolLock)
        {
            if (Fits()) return;
            Synchronize();
            foreach (KeyValuePair<long, FreeBlocks> free in _pool.OrderBy(f => f.Value.Wanted).ToArray())
                while (!Fits() && free.Value.Blocks.TryPop(out nint block))
                {
                    FreeBlock(block, free.Key);
                    PooledBytes -= free.Key;
                }
        }

        bool Fits() => PooledBytes == 0 || LiveBytes + PooledBytes + size <= Math.Max(_mostLive, LiveBytes + size) + IdleSlack;
    }

    /// <summary>Eight classes to a power of two, at least 64 bytes: at most an eighth is given away, and blocks are met again.</summary>
    private static long SizeClass(long bytes)
    {
        if (bytes <= 256) return Math.Max(64, (bytes + 63) & ~63L);
        long step = 1L << (BitOperations.Log2((ulong)(bytes - 1)) - 3);
        return (bytes + step - 1) / step * step;
    }

    /// <summary>Idle blocks of one size, and when that size was asked for last.</summary>
    private sealed class FreeBlocks
    {
        internal readonly Stack<nint> Blocks = new();
        internal long Wanted;
    }
}

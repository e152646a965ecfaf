namespace Pure.Tuner;

/// <summary>The processor: F32 arithmetic in vectors, packed matrix multiply, a fixed set of threads.</summary>
/// <remarks>
/// Work is cut by shape and never by the number of threads, so a result is the same bits for every number of threads.
/// A fused kernel is one more partial file: <c>public sealed partial class CpuBackend : IFooKernel</c>, built on <see cref="ForRows{TBody}"/> and <see cref="Rows"/>.
/// </remarks>
public sealed partial class CpuBackend : HostBackend
{
    /// <summary>Below this much work (about an element operation each) waking a thread costs more than it saves.</summary>
    private const long SmallJob = 32 * 1024;

    /// <summary>What a chunk should hold at least, so that taking it is not felt.</summary>
    private const long ChunkWork = 16 * 1024;

    /// <summary>More chunks than this do not spread work any better.</summary>
    private const int PreferredChunks = 256;

    private readonly WorkerPool _pool;
    private readonly Backend _plain;                        // dtypes and layouts that nobody needs fast

    /// <summary>Opens the processor.</summary>
    /// <param name="threads">How many threads work, the caller's included; all cores when null.</param>
    public CpuBackend(int? threads = null)
        : this(new WorkerPool(threads ?? Environment.ProcessorCount), new ReferenceBackend())
    {
    }

    private CpuBackend(WorkerPool pool, Backend plain) => (_pool, _plain, _portableLora) = (pool, plain, new PortableLoraLinear(this));

    /// <inheritdoc/>
    public override string Name => "cpu";

    /// <inheritdoc/>
    public override string Description => $"{Threads} threads, {Vectors.Description}";

    /// <summary>Threads that work, the caller's included.</summary>
    public int Threads => _pool.Threads;

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _pool.Dispose();
        _plain.Dispose();
        _roomA.Dispose();
        _roomB.Dispose();
        _roomY.Dispose();
        _roomSums.Dispose();
        _roomLow.Dispose();
        _roomTurned.Dispose();
        _roomRounded.Dispose();
        _panels?.Dispose();
        _integers?.Dispose();
    }

    /// <summary>Runs a body on every row. Small jobs stay on the calling thread; nothing is allocated.</summary>
    /// <param name="rows">Rows 0 to rows - 1.</param>
    /// <param name="body">A struct. Rows run in any order and on any thread: a row must write only what no other row touches.</param>
    /// <param name="workPerRow">About how many element operations a row costs; an exp counts for ten.</param>
    internal void ForRows<TBody>(int rows, in TBody body, long workPerRow = 1024) where TBody : struct, IRowBody =>
        ForRanges(rows, new EachRow<TBody>(body), workPerRow);

    /// <inheritdoc/>
    public override void ForRows(int rows, Action<int> body, long workPerRow = 1024)
    {
        ArgumentNullException.ThrowIfNull(body);
        ForRows(rows, new RowAction(body), workPerRow);
    }

    /// <summary>Runs a body on ranges of items that <see cref="Grain"/> cuts: chunk c is [c · grain, (c + 1) · grain).</summary>
    /// <param name="count">Items 0 to count - 1.</param>
    /// <param name="body">A struct; see <see cref="ForRows{TBody}"/>.</param>
    /// <param name="workPerItem">About how many element operations an item costs.</param>
    internal void ForRanges<TBody>(int count, in TBody body, long workPerItem) where TBody : struct, IRangeBody
    {
        if (IsMeasuring) return;
        int grain = Grain(count, workPerItem);
        if (count * Math.Max(1, workPerItem) < SmallJob) WorkerPool.RunHere(count, grain, in body);
        else _pool.Run(count, grain, in body);
    }

    /// <summary>Runs a body on ranges of a given size: for kernels that keep a partial sum per range and add them up in index order.</summary>
    internal void ForRanges<TBody>(int count, int grain, in TBody body) where TBody : struct, IRangeBody
    {
        if (!IsMeasuring) _pool.Run(count, grain, in body);
    }

    /// <summary>Items in a chunk: a function of the job's size alone.</summary>
    internal static int Grain(int count, long workPerItem)
    {
        long enough = (ChunkWork + workPerItem - 1) / Math.Max(1, workPerItem);
        long few = ((long)count + PreferredChunks - 1) / PreferredChunks;
        return (int)Math.Clamp(Math.Max(enough, few), 1, int.MaxValue);
    }

    private readonly struct RowAction(Action<int> body) : IRowBody
    {
        public void Invoke(int row) => body(row);
    }

    private readonly struct EachRow<TBody>(TBody body) : IRangeBody where TBody : struct, IRowBody
    {
        private readonly TBody _body = body;

        public void Invoke(int first, int end)
        {
            for (int row = first; row < end; row++) _body.Invoke(row);
        }
    }
}

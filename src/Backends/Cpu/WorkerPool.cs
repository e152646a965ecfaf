using System.Runtime.ExceptionServices;

namespace Pure.Tuner.Kernels;

/// <summary>Work over the items [first, end). A struct, so that starting it allocates nothing.</summary>
internal interface IRangeBody
{
    /// <summary>Does the items from <paramref name="first"/> to before <paramref name="end"/>.</summary>
    void Invoke(int first, int end);
}

/// <summary>Work on one row. A struct, so that starting it allocates nothing.</summary>
internal interface IRowBody
{
    /// <summary>Does one row.</summary>
    void Invoke(int row);
}

/// <summary>Threads that share out the chunks of one job after another with the thread that calls.</summary>
/// <remarks>
/// Nothing is allocated per job. A worker spins for some microseconds after a job and then sleeps. Which thread takes a chunk is chance;
/// what a chunk is, never: bodies must not depend on who runs them. A worker that the system has not woken in time is not waited for.
/// </remarks>
internal sealed class WorkerPool : IDisposable
{
    /// <summary>One job may have so many chunks: their number shares a word with the next chunk and the job's number.</summary>
    public const int MaxChunks = ushort.MaxValue;

    private const int SpinRounds = 25;          // times SpinsPerRound normalised pauses: about 20 µs
    private const int SpinsPerRound = 20;

    private readonly Thread[] _workers;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly SemaphoreSlim _done = new(0);
    private long _ticket;                       // number of the job : 32, chunks : 16, next chunk : 16
    private int _finished;
    private int _callerWaits;
    private int _busy;
    private Job? _job;
    private volatile bool _stop;
    private readonly Lock _errorLock = new();
    private ExceptionDispatchInfo? _error;
    private int _errorChunk;

    /// <param name="threads">Threads in all, the caller's included.</param>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _workers = new Thread[threads - 1];
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Thread(Work) { IsBackground = true, Name = $"pure-tuner cpu {i + 1}" };
            _workers[i].Start();
        }
    }

    /// <summary>Threads that work on a job, the caller's included.</summary>
    public int Threads => _workers.Length + 1;

    /// <summary>Runs chunk 0 to chunks - 1 of [0, count), each of <paramref name="grain"/> items, and returns when all are done.</summary>
    /// <remarks>Called from inside a job it runs on the calling thread alone. The exception of the first chunk that threw comes back.</remarks>
    public void Run<TBody>(int count, int grain, in TBody body) where TBody : struct, IRangeBody
    {
        int chunks = (int)(((long)count + grain - 1) / grain);
        if (chunks > MaxChunks) throw new ArgumentOutOfRangeException(nameof(grain), $"{count} items in chunks of {grain} are more than {MaxChunks} chunks");
        if (chunks <= 1 || _workers.Length == 0 || Interlocked.Exchange(ref _busy, 1) != 0)
        {
            RunHere(count, grain, in body);
            return;
        }
        Job<TBody> job = Job<TBody>.Instance ??= new();
        Job<TBody>.Instance = null;             // a job begun inside this one, on another pool, needs its own
        try
        {
            job.Begin(count, grain, in body);
            _job = job;
            _finished = 0;
            _error = null;
            Volatile.Write(ref _ticket, ((_ticket >> 32) + 1) << 32 | (long)chunks << 16);
            int sleepers = Math.Min(chunks - 1, _workers.Length) - _wake.CurrentCount;
            if (sleepers > 0) _wake.Release(sleepers);
            TakeChunks();
            WaitFor(chunks);
        }
        finally
        {
            _job = null;
            job.End();
            Job<TBody>.Instance = job;
            Volatile.Write(ref _busy, 0);
        }
        ExceptionDispatchInfo? error = _error;
        _error = null;
        error?.Throw();
    }

    /// <summary>Runs the same chunks one after another on the calling thread.</summary>
    public static void RunHere<TBody>(int count, int grain, in TBody body) where TBody : struct, IRangeBody
    {
        for (int first = 0; first < count;)
        {
            int end = (int)Math.Min(count, (long)first + grain);
            body.Invoke(first, end);
            first = end;
        }
    }

    /// <summary>Ends the threads and waits for them.</summary>
    public void Dispose()
    {
        if (_stop) return;
        _stop = true;
        if (_workers.Length > 0) _wake.Release(_workers.Length);
        foreach (Thread worker in _workers) worker.Join();
        _wake.Dispose();
        _done.Dispose();
    }

    private void Work()
    {
        while (!_stop)
        {
            TakeChunks();
            if (!SpinForWork()) _wake.Wait();
        }
        SignalStacks.Restore();
    }

    private void TakeChunks()
    {
        while (true)
        {
            long ticket = Volatile.Read(ref _ticket);
            int chunks = (int)(ticket >> 16 & 0xFFFF), next = (int)(ticket & 0xFFFF);
            if (next >= chunks) return;
            if (Interlocked.CompareExchange(ref _ticket, ticket + 1, ticket) != ticket) continue;
            // The chunk is ours, and the caller cannot end the job before we report it: _job is this job's.
            try { _job!.Invoke(next); }
            catch (Exception e) { Note(e, next); }
            if (Interlocked.Increment(ref _finished) == chunks && Interlocked.Exchange(ref _callerWaits, 0) == 1) _done.Release();
        }
    }

    private void WaitFor(int chunks)
    {
        for (int round = 0; round < SpinRounds; round++)
        {
            if (Volatile.Read(ref _finished) == chunks) return;
            Thread.SpinWait(SpinsPerRound);
        }
        while (Volatile.Read(ref _finished) != chunks)      // a late finisher of the job before may wake us too early
        {
            Interlocked.Exchange(ref _callerWaits, 1);
            if (Volatile.Read(ref _finished) != chunks || Interlocked.Exchange(ref _callerWaits, 0) == 0) _done.Wait();
        }
    }

    private bool SpinForWork()
    {
        for (int round = 0; round < SpinRounds && !_stop; round++)
        {
            long ticket = Volatile.Read(ref _ticket);
            if ((ticket & 0xFFFF) < (ticket >> 16 & 0xFFFF)) return true;
            Thread.SpinWait(SpinsPerRound);
        }
        return false;
    }

    private void Note(Exception e, int chunk)
    {
        lock (_errorLock)
        {
            if (_error is not null && _errorChunk < chunk) return;
            _error = ExceptionDispatchInfo.Capture(e);
            _errorChunk = chunk;
        }
    }

    private abstract class Job
    {
        public abstract void Invoke(int chunk);
    }

    /// <summary>A body on its way to the workers: one object per kind of body and calling thread, used again and again.</summary>
    private sealed class Job<TBody> : Job where TBody : struct, IRangeBody
    {
        [ThreadStatic] public static Job<TBody>? Instance;
        private TBody _body;
        private int _count;
        private int _grain;

        public void Begin(int count, int grain, in TBody body) => (_count, _grain, _body) = (count, grain, body);

        public void End() => _body = default;

        public override void Invoke(int chunk)
        {
            int first = chunk * _grain;
            _body.Invoke(first, (int)Math.Min(_count, (long)first + _grain));
        }
    }
}

using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class WorkerPoolTests
{
    private readonly struct Count(int[] seen) : IRangeBody
    {
        public void Invoke(int first, int end)
        {
            for (int i = first; i < end; i++) Interlocked.Increment(ref seen[i]);
        }
    }

    private readonly struct Throw(int from) : IRangeBody
    {
        public void Invoke(int first, int end)
        {
            if (first >= from) throw new InvalidOperationException($"chunk {first}");
        }
    }

    private readonly struct Nested(WorkerPool pool, int[] seen) : IRangeBody
    {
        public void Invoke(int first, int end) => pool.Run(seen.Length, 1, new Count(seen));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_item_runs_once_in_job_after_job(int threads)
    {
        using var pool = new WorkerPool(threads);
        for (int job = 0; job < 3000; job++)
        {
            var seen = new int[job % 67];
            pool.Run(seen.Length, 1 + job % 5, new Count(seen));
            Assert.All(seen, n => Assert.Equal(1, n));
        }
    }

    [Fact]
    public void The_first_exception_comes_back_and_the_pool_goes_on()
    {
        using var pool = new WorkerPool(3);
        for (int job = 0; job < 200; job++)
            Assert.Equal("chunk 4", Assert.Throws<InvalidOperationException>(() => pool.Run(64, 1, new Throw(4))).Message);
        var seen = new int[64];
        pool.Run(64, 1, new Count(seen));
        Assert.All(seen, n => Assert.Equal(1, n));
    }

    [Fact]
    public void A_job_inside_a_job_runs_on_its_own_thread()
    {
        using var pool = new WorkerPool(2);
        var seen = new int[10];
        pool.Run(8, 1, new Nested(pool, seen));
        Assert.All(seen, n => Assert.Equal(8, n));
    }

    [Fact]
    public void A_job_allocates_nothing()
    {
        using var pool = new WorkerPool(2);
        var seen = new int[64];
        for (int i = 0; i < 100; i++) pool.Run(64, 1, new Count(seen));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) pool.Run(64, 1, new Count(seen));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64);
    }
}

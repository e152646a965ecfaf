using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>Memory between two pages that nobody may touch: one byte too far ends the process. Linux.</summary>
internal sealed unsafe class GuardedMemory : IDisposable
{
    private readonly nint _all;
    private readonly nuint _length;

    /// <param name="bytes">How many; they end (or begin) exactly at a guard.</param>
    /// <param name="atStart">Whether the guard stands right before them and not right behind.</param>
    public GuardedMemory(long bytes, bool atStart)
    {
        int page = Environment.SystemPageSize;
        nuint inside = (nuint)((bytes + page - 1) / page * page);
        _length = inside + 2 * (nuint)page;
        _all = SystemCalls.MMap(0, _length, SystemCalls.ProtRead | SystemCalls.ProtWrite, SystemCalls.MapPrivate | SystemCalls.MapAnonymous, -1, 0);
        Assert.NotEqual(-1, _all);
        Assert.Equal(0, SystemCalls.MProtect(_all, (nuint)page, 0));
        Assert.Equal(0, SystemCalls.MProtect(_all + page + (nint)inside, (nuint)page, 0));
        Start = atStart ? _all + page : _all + page + (nint)inside - (nint)bytes;
    }

    public nint Start { get; }

    public float* Floats => (float*)Start;

    public void Dispose() => SystemCalls.MUnmap(_all, _length);
}

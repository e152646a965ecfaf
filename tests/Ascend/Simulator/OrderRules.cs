using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Two streams that share memory: what an event orders, and what becomes of what nothing orders.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public unsafe class OrderRules
{
    /// <summary>y = 2x on one stream, z = 2y on another.</summary>
    [Theory, InlineData(false), InlineData(true)]
    [Breaks("5.stream-order")]
    public void What_another_stream_writes_is_poison_without_an_event(bool eager)
    {
        using var board = new Board(new() { Eager = eager });
        nint first = board.Stream(), second = board.Stream(), x = board.Upload<float>(1, 2, 3, 4, 5, 6, 7, 8), y = board.Upload(new float[8]), z = board.Malloc(32);
        board.Ok(board.Add(x, x, y, first));
        Board.Kept("5.stream-order", () => board.Ok(board.Add(y, y, z, second)));
        board.Ok(board.Acl.aclrtSynchronizeDevice());
        Assert.All(board.Download<float>(z, 8), v => Assert.True(float.IsNaN(v)));
        Assert.Equal(2, board.Download<float>(y, 8)[0]);
        Assert.Contains("aclnnAdd on one stream and aclnnAdd on another", Breaches.All[^1].Text, StringComparison.Ordinal);
    }

    [Theory, InlineData(false), InlineData(true)]
    [Breaks("5.stream-order")]
    public void What_is_written_under_another_stream_s_reading_is_poison(bool eager)
    {
        using var board = new Board(new() { Eager = eager });
        nint first = board.Stream(), second = board.Stream(), x = board.Upload<float>(1, 2, 3, 4, 5, 6, 7, 8), y = board.Malloc(32), w = board.Upload(new float[8]);
        board.Ok(board.Add(x, x, y, first));
        Board.Kept("5.stream-order", () => board.Ok(board.Add(w, w, x, second)));
        board.Ok(board.Acl.aclrtSynchronizeDevice());
        Assert.All(board.Download<float>(x, 8), v => Assert.True(float.IsNaN(v)));
    }

    [Theory, InlineData(false), InlineData(true)]
    [Breaks("5.stream-order")]
    public void A_copy_from_or_to_the_host_is_ordered_too(bool eager)
    {
        using var board = new Board(new() { Eager = eager });
        nint first = board.Stream(), second = board.Stream(), x = board.Upload<float>(1, 2, 3, 4, 5, 6, 7, 8), y = board.Upload(new float[8]), host = board.MallocHost(32);
        new Span<float>((void*)host, 8).Clear();
        board.Ok(board.Add(x, x, y, first));
        Board.Kept("5.stream-order", () => board.Ok(board.Acl.aclrtMemcpyAsync(host, 32, y, 32, Board.ToHost, second)));
        board.Ok(board.Acl.aclrtSynchronizeDevice());
        Assert.True(float.IsNaN(*(float*)host));
        new Span<float>((void*)host, 8).Clear();
        board.Ok(board.Acl.aclrtMemcpyAsync(x, 32, host, 32, Board.ToDevice, second));
        Board.Kept("5.stream-order", () => board.Ok(board.Add(x, x, y, first)));
        board.Ok(board.Acl.aclrtSynchronizeDevice());
        Assert.True(float.IsNaN(board.Download<float>(y, 1)[0]));
    }

    /// <summary>An event orders, also by way of a third stream, and so does a wait of the host; a stream's own work and what both only read need none.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public void What_is_ordered_is_as_it_should_be(bool eager)
    {
        Breaches.Clear();
        using var board = new Board(new() { Eager = eager });
        nint first = board.Stream(), second = board.Stream(), third = board.Stream(), done = board.Event(1), passed = board.Event(1);
        nint x = board.Upload<float>(1, 2, 3, 4, 5, 6, 7, 8), y = board.Malloc(32), z = board.Malloc(32), w = board.Malloc(32);
        board.Ok(board.Add(x, x, y, first));
        board.Ok(board.Acl.aclrtRecordEvent(done, first));
        board.Ok(board.Acl.aclrtStreamWaitEvent(second, done));
        board.Ok(board.Acl.aclrtRecordEvent(passed, second));
        board.Ok(board.Acl.aclrtStreamWaitEvent(third, passed));
        board.Ok(board.Add(y, y, z, third));
        board.Ok(board.Add(x, x, w, second));               // both only read x
        board.Ok(board.Acl.aclrtSynchronizeStream(third));
        Assert.Equal(4, board.Download<float>(z, 8)[0]);
        board.Ok(board.Add(z, z, y, first));                // the host has waited for the third
        board.Ok(board.Add(y, y, y, first));
        board.Ok(board.Acl.aclrtRecordEvent(done, first));
        board.Ok(board.Acl.aclrtSynchronizeEvent(done));
        board.Ok(board.Add(y, y, z, second));
        board.Ok(board.Acl.aclrtSynchronizeDevice());
        Assert.Equal(32, board.Download<float>(z, 8)[0]);
        Assert.Empty(Breaches.All);
    }

    [Fact]
    public void Halves_of_a_matrix_are_no_shared_memory()
    {
        Breaches.Clear();
        using var board = new Board();
        nint x = board.Upload([.. Enumerable.Range(0, 64).Select(i => (float)i)]), y = board.Upload(new float[64]), first = board.Stream(), second = board.Stream(), workspace = board.Malloc(4096), other = board.Malloc(4096);
        foreach ((nint stream, long offset, nint room) in new[] { (first, 0L, workspace), (second, 4L, other) })
        {
            nint from = board.TryTensor(x, [8, 4], strides: [8, 1], offset: offset, storage: [64]), to = board.TryTensor(y, [8, 4], strides: [8, 1], offset: offset, storage: [64]);
            board.Ok(board.PlanAdd(from, from, to, out ulong size, out nint executor));
            board.Ok(board.Acl.aclnnAdd(room, size, executor, stream));
        }
        board.Ok(board.Acl.aclrtSynchronizeDevice());
        Assert.Equal([.. Enumerable.Range(0, 64).Select(i => 2f * i)], board.Download<float>(y, 64));
        Assert.Empty(Breaches.All);
    }

    [Fact, Breaks("6.workspace-stream")]
    public void A_workspace_goes_to_another_stream_after_an_event_only()
    {
        using var board = new Board();
        nint x = board.Tensor(board.Upload(new float[64]), [8, 8], strides: [1, 8]), y = board.Tensor(board.Malloc(256), [8, 8]), z = board.Tensor(board.Malloc(256), [8, 8]);
        nint workspace = board.Malloc(4096), first = board.Stream(), second = board.Stream(), done = board.Event(1);
        int Launch(nint to, nint stream)
        {
            board.Ok(board.PlanAdd(x, x, to, out ulong size, out nint executor));
            return board.Acl.aclnnAdd(workspace, size, executor, stream);
        }
        board.Ok(Launch(y, first));
        Board.Kept("6.workspace-stream", () => board.Ok(Launch(z, second)));
        board.Ok(board.Acl.aclrtSynchronizeDevice());
        board.Ok(Launch(y, first));
        board.Ok(board.Acl.aclrtRecordEvent(done, first));
        board.Ok(board.Acl.aclrtStreamWaitEvent(second, done));
        board.Ok(Launch(z, second));
        board.Ok(board.Acl.aclrtSynchronizeDevice());
    }
}

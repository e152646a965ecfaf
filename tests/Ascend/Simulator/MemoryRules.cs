using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Memory of the device and of the host, copies and fills.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public unsafe class MemoryRules
{
    [Fact, Breaks("5.malloc-size", "5.malloc-arguments", "5.free-null", "5.free-block", "5.host-size", "5.host-free", "5.memory-attribute")]
    public void Memory_is_asked_for_and_given_back_properly()
    {
        using var board = new Board();
        nint address;
        nuint free, total;
        board.Breaks("5.malloc-size", board.Acl.aclrtMalloc(&address, 0, 0));
        board.Breaks("5.malloc-arguments", board.Acl.aclrtMalloc(null, 64, 0));
        board.Breaks("5.malloc-arguments", board.Acl.aclrtMalloc(&address, 64, 8));
        board.Breaks("5.free-null", board.Acl.aclrtFree(0));
        nint block = board.Malloc(128);
        board.Breaks("5.free-block", board.Acl.aclrtFree(block + 64));
        board.Ok(board.Acl.aclrtFree(block));
        board.Breaks("5.free-block", board.Acl.aclrtFree(block));
        nint host = board.MallocHost(64);
        board.Breaks("5.free-block", board.Acl.aclrtFree(host));
        board.Breaks("5.host-size", board.Acl.aclrtMallocHost(&address, 0));
        board.Ok(board.Acl.aclrtFreeHost(host));
        board.Breaks("5.host-free", board.Acl.aclrtFreeHost(host));
        board.Breaks("5.memory-attribute", board.Acl.aclrtGetMemInfo(12, &free, &total));
    }

    [Fact, Shows("5.malloc-align"), Breaks("5.data-align")]
    public void An_address_promises_64_and_tensors_need_32()
    {
        using var board = new Board();
        for (int i = 0; i < 20; i++) Assert.Equal(64, board.Malloc(1000 + i) % 128);
        nint x = board.Malloc(256), off = board.Tensor(x + 16, [8]), on = board.Tensor(x + 32, [8]);
        board.Breaks("5.data-align", board.PlanAdd(on, off, on, out _, out _));
        board.Ok(board.PlanAdd(on, on, on, out _, out _));
    }

    [Theory, Shows("5.malloc-rounding", "5.malloc-pages"), Breaks("5.malloc-limit"),
     InlineData("Ascend910B2", 0, 1, 4096), InlineData("Ascend910B2", 0, 4064, 4096), InlineData("Ascend910B2", 0, 4065, 8192),
     InlineData("Ascend950PR", 0, 4096, 4096), InlineData("Ascend910B2", 0, 1 << 20, 2 << 20), InlineData("Ascend910B2", 2, 1 << 20, (1 << 20) + 4096),
     InlineData("Ascend910B2", 1, 1, 2 << 20)]
    public void A_block_takes_whole_pages(string soc, int policy, long bytes, long taken)
    {
        using var board = new Board(new() { Soc = soc, MemoryBytes = 16 << 20 });
        nuint before, after, total;
        nint address = 0;
        board.Ok(board.Acl.aclrtGetMemInfo(1, &before, &total));
        Assert.Equal((nuint)(16 << 20), total);
        board.Ok(board.Acl.aclrtMalloc(&address, (nuint)bytes, policy));
        board.Ok(board.Acl.aclrtGetMemInfo(1, &after, &total));
        Assert.Equal(taken, (long)(before - after));
        for (long i = 2; i <= (16 << 20) / taken; i++) board.Ok(board.Acl.aclrtMalloc(&address, (nuint)bytes, policy));
        int status = board.Acl.aclrtMalloc(&address, (nuint)bytes, policy);
        Assert.Equal(207001, status);
        board.Breaks("5.malloc-limit", status);
        board.Ok(board.Acl.aclrtFree(address));
        board.Ok(board.Acl.aclrtMalloc(&address, (nuint)bytes, policy));
    }

    [Theory, Shows("5.memory-info"), Breaks("5.thread-device"), InlineData("Ascend310P3"), InlineData("Ascend910B2")]
    public void Memory_is_told_whatever_its_kind(string soc)
    {
        using var board = new Board(new() { Soc = soc });
        nuint free, total;
        board.Ok(board.Acl.aclrtGetMemInfo(1, &free, &total));
        Assert.Equal(4L << 30, (long)total);
        Board.OnThread(() =>
        {
            nuint a, b;
            board.Breaks("5.thread-device", board.Acl.aclrtGetMemInfo(1, &a, &b));
        });
    }

    [Fact, Shows("5.malloc-undefined", "5.host-undefined")]
    public void New_memory_reads_as_NaN()
    {
        using var board = new Board();
        Assert.All(board.Download<float>(board.Malloc(64), 16), v => Assert.True(float.IsNaN(v)));
        Assert.All(board.Download<Half>(board.Malloc(64), 16), v => Assert.True(Half.IsNaN(v)));
        nint host = board.MallocHost(64);
        Assert.Equal(0, host % 64);
        Assert.All(new ReadOnlySpan<float>((void*)host, 16).ToArray(), v => Assert.True(float.IsNaN(v)));
    }

    [Fact, Shows("5.copy-pageable", "5.copy-unready"), Breaks("5.copy-pinned")]
    public void Copies_from_pinned_memory_happen_later_and_from_pageable_memory_now()
    {
        using var board = new Board();
        nint pinned = board.MallocHost(4), other = board.MallocHost(4), back = board.MallocHost(4), x = board.Malloc(64), y = board.Malloc(64), z = board.Malloc(64);
        float pageable = 1;
        *(float*)pinned = *(float*)other = 1;
        *(float*)back = 5;
        board.Ok(board.Acl.aclrtMemcpyAsync(x, 64, pinned, 4, Board.ToDevice, 0));
        board.Ok(board.Acl.aclrtMemcpyAsync(y, 64, (nint)(&pageable), 4, Board.ToDevice, 0));
        board.Ok(board.Acl.aclrtMemcpyAsync(z, 64, other, 4, Board.ToDevice, 0));
        *(float*)pinned = pageable = 2;         // the first too early, the second in time
        board.Ok(board.Acl.aclrtMemcpyAsync(back, 4, z, 4, Board.ToHost, 0));
        Assert.True(float.IsNaN(*(float*)back));
        Board.Kept("5.copy-pinned", () => board.Ok(board.Acl.aclrtSynchronizeStream(0)));
        Assert.Equal(1, *(float*)back);
        Assert.True(float.IsNaN(board.Download<float>(x, 1)[0]));
        Assert.Equal(1, board.Download<float>(y, 1)[0]);
        *(float*)pinned = 3;
        board.Ok(board.Acl.aclrtMemcpyAsync(x, 64, pinned, 4, Board.ToDevice, 0));
        board.Ok(board.Acl.aclrtMemcpyAsync((nint)(&pageable), 4, x, 4, Board.ToHost, 0));
        Assert.Equal(3, pageable);
    }

    [Theory, InlineData(false), InlineData(true)]
    [Breaks("5.copy-at-once")]
    public void A_copy_without_a_stream_waits_for_nothing(bool eager)
    {
        using var board = new Board(new() { Eager = eager });
        nint x = board.Upload<float>(1, 2, 3, 4, 5, 6, 7, 8), y = board.Upload(new float[8]);       // y has held something before
        board.Ok(board.Add(x, x, y));
        Board.Kept("5.copy-at-once", () => Assert.All(board.Download<float>(y, 8), v => Assert.True(float.IsNaN(v))));
        board.Ok(board.Acl.aclrtSynchronizeStream(0));
        Assert.Equal(2, board.Download<float>(y, 8)[0]);
        board.Ok(board.Add(x, x, y));
        Assert.Equal(1, board.Download<float>(x, 8)[0]);        // what is only read may be read
        Board.Kept("5.copy-at-once", () => board.Ok(board.Acl.aclrtMemset(x, 32, 0, 4)));
        board.Ok(board.Acl.aclrtSynchronizeStream(0));
        Assert.True(float.IsNaN(board.Download<float>(x, 8)[0]));
    }

    [Fact, Breaks("5.copy-host-host", "5.copy-bound", "5.copy-kind", "5.copy-side", "5.copy-range")]
    public void Arguments_of_copies_are_checked()
    {
        using var board = new Board(new() { Devices = 2 });
        nint host = board.MallocHost(64), x = board.Malloc(64);
        Acl acl = board.Acl;
        board.Breaks("5.copy-host-host", acl.aclrtMemcpyAsync(host, 64, host + 32, 32, 0, 0));
        board.Ok(acl.aclrtMemcpy(host, 64, host + 32, 32, 0));
        board.Breaks("5.copy-bound", acl.aclrtMemcpy(x, 32, host, 33, Board.ToDevice));
        board.Breaks("5.copy-bound", acl.aclrtMemcpyAsync(x, 32, host, 0, Board.ToDevice, 0));
        board.Breaks("5.copy-bound", acl.aclrtMemset(x, 32, 0, 33));
        board.Breaks("5.copy-kind", acl.aclrtMemcpy(x, 64, host, 64, 8));
        board.Breaks("5.copy-side", acl.aclrtMemcpy(x, 64, host, 64, Board.ToHost));
        board.Breaks("5.copy-side", acl.aclrtMemcpy(host, 64, host, 32, Board.ToDevice));
        board.Breaks("5.copy-side", acl.aclrtMemset(host, 64, 0, 64));
        board.Breaks("5.copy-range", acl.aclrtMemcpy(x, 128, host, 65, Board.ToDevice));
        board.Breaks("5.copy-range", acl.aclrtMemcpy(x + 1, 64, host, 64, Board.ToDevice));
        board.Breaks("5.copy-range", acl.aclrtMemset(x + 64, 64, 0, 1));
        board.Ok(acl.aclrtMemcpy(x, 64, host, 64, 4));
        board.Ok(acl.aclrtSetDevice(1));
        board.Breaks("5.copy-range", acl.aclrtMemcpy(host, 64, x, 64, Board.ToHost));
    }

    [Fact, Breaks("5.copy-freed", "5.host-in-use")]
    public void What_a_queued_copy_uses_is_not_freed()
    {
        foreach (bool ofHost in new[] { false, true })
        {
            using var board = new Board();
            nint host = board.MallocHost(64), x = board.Malloc(64);
            board.Ok(board.Acl.aclrtMemcpyAsync(x, 64, host, 64, Board.ToDevice, 0));
            board.Ok(ofHost ? board.Acl.aclrtFreeHost(host) : board.Acl.aclrtFree(x));
            board.Breaks(ofHost ? "5.host-in-use" : "5.copy-freed", board.Acl.aclrtSynchronizeStream(0));
        }
    }

    [Fact, Breaks("5.peer-access")]
    public void Devices_copy_to_each_other_when_that_was_enabled()
    {
        using var board = new Board(new() { Devices = 2 });
        nint x = board.Upload<float>(7), y;
        board.Ok(board.Acl.aclrtSetDevice(1));
        board.Ok(board.Acl.aclrtMalloc(&y, 4, 0));
        board.Ok(board.Acl.aclrtDeviceEnablePeerAccess(0, 0));      // the other direction
        board.Breaks("5.peer-access", board.Acl.aclrtMemcpy(y, 4, x, 4, Board.OnDevice));
        board.Ok(board.Acl.aclrtSetDevice(0));
        board.Ok(board.Acl.aclrtDeviceEnablePeerAccess(1, 0));
        board.Ok(board.Acl.aclrtMemcpy(y, 4, x, 4, Board.OnDevice));
        board.Ok(board.Acl.aclrtSetDevice(1));
        Assert.Equal(7, board.Download<float>(y, 1)[0]);
    }

    [Fact]
    public void Fills_reach_what_they_name()
    {
        using var board = new Board();
        nint x = board.Malloc(64);
        board.Ok(board.Acl.aclrtMemset(x, 64, 0, 32));
        board.Ok(board.Acl.aclrtMemsetAsync(x + 32, 32, 1, 16, 0));
        board.Ok(board.Acl.aclrtSynchronizeStream(0));
        Assert.Equal([0, 0, 0x01010101, -1], new[] { 0, 7, 8, 12 }.Select(i => board.Download<int>(x, 16)[i]));
    }
}

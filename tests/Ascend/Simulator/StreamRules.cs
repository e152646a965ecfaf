using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>Streams, events and faults that come late.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public unsafe class StreamRules
{
    [Fact, Breaks("5.stream-context", "5.stream-handle", "5.stream-null", "5.stream-flags")]
    public void Streams_belong_to_their_context()
    {
        using var board = new Board(new() { Devices = 2 });
        nint stream = board.Stream(), made;
        board.Ok(board.Acl.aclrtSetDevice(1));
        board.Breaks("5.stream-context", board.Acl.aclrtSynchronizeStream(stream));
        board.Breaks("5.stream-context", board.Acl.aclrtDestroyStream(stream));
        board.Ok(board.Acl.aclrtSetDevice(0));
        board.Ok(board.Acl.aclrtDestroyStream(stream));
        board.Breaks("5.stream-handle", board.Acl.aclrtDestroyStream(stream));
        board.Breaks("5.stream-handle", board.Acl.aclrtSynchronizeStream(12345));
        board.Breaks("5.stream-null", board.Acl.aclrtDestroyStream(0));
        board.Ok(board.Acl.aclrtSynchronizeStream(0));
        board.Breaks("5.stream-flags", board.Acl.aclrtCreateStreamWithConfig(&made, 0, 4));
        board.Breaks("5.stream-flags", board.Acl.aclrtCreateStreamWithConfig(&made, 8, 0));
        board.Ok(board.Acl.aclrtCreateStreamWithConfig(&made, 0, 3));
    }

    [Theory, Breaks("5.stream-limit"), InlineData("Ascend910A", 2048), InlineData("Ascend910B2", 1984), InlineData("Ascend310P3", 1024)]
    public void Streams_are_limited(string soc, int limit)
    {
        using var board = new Board(new() { Soc = soc });
        for (int i = 0; i < limit; i++) board.Stream();
        nint made;
        board.Breaks("5.stream-limit", board.Acl.aclrtCreateStream(&made));
    }

    [Fact, Breaks("5.event-limit")]
    public void Events_are_limited_and_some_taken_only_when_recorded()
    {
        using var board = new Board(new() { Soc = "Ascend310P3" });
        for (int i = 0; i < 1023; i++) board.Event();
        nint late, made;
        board.Ok(board.Acl.aclrtCreateEvent(&late));
        board.Breaks("5.event-limit", board.Acl.aclrtRecordEvent(late, 0));
        board.Breaks("5.event-limit", board.Acl.aclrtCreateEventWithFlag(&made, 9));
    }

    [Fact, Breaks("5.event-handle", "5.event-device", "5.event-flags", "5.event-sync-flag", "5.event-time-flag")]
    public void Events_do_what_their_flags_allow()
    {
        using var board = new Board(new() { Devices = 2 });
        nint timed = board.Event(8), synced = board.Event(1), made;
        board.Breaks("5.event-flags", board.Acl.aclrtCreateEventWithFlag(&made, 4));
        board.Breaks("5.event-flags", board.Acl.aclrtCreateEventExWithFlag(&made, 0));
        board.Ok(board.Acl.aclrtRecordEvent(timed, 0));
        board.Ok(board.Acl.aclrtRecordEvent(synced, 0));
        board.Breaks("5.event-sync-flag", board.Acl.aclrtStreamWaitEvent(0, timed));
        board.Ok(board.Acl.aclrtStreamWaitEvent(0, synced));
        board.Ok(board.Acl.aclrtSynchronizeDevice());
        float ms;
        board.Breaks("5.event-time-flag", board.Acl.aclrtEventElapsedTime(&ms, synced, timed));
        board.Ok(board.Acl.aclrtSetDevice(1));
        board.Breaks("5.event-device", board.Acl.aclrtRecordEvent(synced, 0));
        board.Ok(board.Acl.aclrtSynchronizeEvent(synced));      // of another device: allowed
        board.Ok(board.Acl.aclrtDestroyEvent(timed));
        board.Breaks("5.event-handle", board.Acl.aclrtDestroyEvent(timed));
    }

    [Fact, Breaks("5.event-recorded", "5.event-order", "5.event-one-stream")]
    public void Elapsed_time_is_between_two_events_of_one_stream_that_were_reached()
    {
        using var board = new Board();
        nint first = board.Event(), second = board.Event(), elsewhere = board.Event();
        float ms;
        board.Breaks("5.event-recorded", board.Acl.aclrtEventElapsedTime(&ms, first, second));
        board.Ok(board.Acl.aclrtRecordEvent(first, 0));
        board.Ok(board.Acl.aclrtRecordEvent(second, 0));
        board.Ok(board.Acl.aclrtRecordEvent(elsewhere, board.Stream()));
        board.Breaks("5.event-recorded", board.Acl.aclrtEventElapsedTime(&ms, first, second));
        board.Ok(board.Acl.aclrtSynchronizeDevice());
        board.Ok(board.Acl.aclrtEventElapsedTime(&ms, first, second));
        Assert.True(ms >= 0);
        board.Breaks("5.event-order", board.Acl.aclrtEventElapsedTime(&ms, second, first));
        board.Breaks("5.event-one-stream", board.Acl.aclrtEventElapsedTime(&ms, first, elsewhere));
    }

    [Fact, Shows("5.event-status")]
    public void Events_say_1_when_they_are_reached_and_streams_0()
    {
        using var board = new Board();
        nint stream = board.Stream(), reached = board.Event();
        int ofEvent, ofStream;
        board.Ok(board.Acl.aclrtRecordEvent(reached, stream));
        board.Ok(board.Acl.aclrtQueryEventStatus(reached, &ofEvent));
        Assert.Equal(0, ofEvent);
        board.Ok(board.Acl.aclrtRecordEvent(board.Event(), stream));
        board.Ok(board.Acl.aclrtStreamQuery(stream, &ofStream));
        Assert.Equal(1, ofStream);
        while (ofEvent == 0 || ofStream == 1)       // asking makes the stream work
        {
            Thread.Sleep(1);
            board.Ok(board.Acl.aclrtQueryEventStatus(reached, &ofEvent));
            board.Ok(board.Acl.aclrtStreamQuery(stream, &ofStream));
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_stream_that_waits_for_an_event_comes_after_the_other_one(bool eager)
    {
        using var board = new Board(new() { Eager = eager, LatencyUs = 2000 });
        nint first = board.Stream(), second = board.Stream(), done = board.Event(1);
        nint x = board.Upload<float>(1, 2, 3, 4, 5, 6, 7, 8), y = board.Malloc(32), z = board.Malloc(32);
        board.Ok(board.Add(x, x, y, first));
        board.Ok(board.Acl.aclrtRecordEvent(done, first));
        board.Ok(board.Acl.aclrtStreamWaitEvent(second, done));
        board.Ok(board.Add(y, y, z, second));
        board.Ok(board.Acl.aclrtSynchronizeStream(second));
        Assert.Equal([4, 8, 12, 16, 20, 24, 28, 32], board.Download<float>(z, 8));
    }

    [Fact, Shows("5.async-errors"), Breaks("5.sticky-errors", "6.buffers-device")]
    public void A_fault_comes_back_from_the_synchronisation_and_stays()
    {
        using var board = new Board();
        nint x = board.Upload(new float[8]), other = board.Stream();
        board.QueueFault();
        board.Ok(board.Add(x, x, x));                   // queued behind the fault: no one knows yet
        board.Breaks("6.buffers-device", board.Acl.aclrtSynchronizeStream(0));
        board.Breaks("5.sticky-errors", board.Add(x, x, x));
        board.Breaks("5.sticky-errors", board.Add(x, x, x, other));
        float value = 1;
        board.Breaks("5.sticky-errors", board.Acl.aclrtMemcpy(x, 4, (nint)(&value), 4, Board.ToDevice));
        board.Breaks("6.buffers-device", board.Acl.aclrtSynchronizeDevice());
        Assert.Equal(507015, board.Acl.aclrtGetLastError(0));
        Assert.Equal(0, board.Acl.aclrtPeekAtLastError(0));
        board.Ok(board.Acl.aclrtResetDevice(0));        // a new context is whole again
        board.Ok(board.Acl.aclrtSetDevice(0));
        board.Ok(board.Add(x, x, x));
        board.Ok(board.Acl.aclrtSynchronizeDevice());
    }

    [Fact]
    public void Waiting_for_a_stream_can_take_too_long()
    {
        using var board = new Board(new() { LatencyUs = 400_000 });
        nint x = board.Upload(new float[8]);
        board.Ok(board.Add(x, x, x));
        Assert.Equal(507046, board.Acl.aclrtSynchronizeStreamWithTimeout(0, 20));
        board.Ok(board.Acl.aclrtSynchronizeStreamWithTimeout(0, -1));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Threads_work_on_streams_of_their_own(bool eager)
    {
        const int Threads = 4, Rounds = 200;
        using var board = new Board(new() { Eager = eager });
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(t => new Thread(() =>
        {
            try
            {
                board.Ok(board.Acl.aclrtSetDevice(0));
                nint stream = board.Stream(), other = board.Stream(), done = board.Event(1), x = board.Upload(Enumerable.Repeat(1f, 8).ToArray()), sum = board.Upload(new float[8]);
                for (int i = 0; i < Rounds; i++)
                {
                    board.Ok(board.Add(sum, x, sum, i % 2 == 0 ? stream : other));
                    board.Ok(board.Acl.aclrtRecordEvent(done, i % 2 == 0 ? stream : other));
                    board.Ok(board.Acl.aclrtStreamWaitEvent(i % 2 == 0 ? other : stream, done));
                    if (i % 50 == 49) board.Ok(board.Acl.aclrtFree(board.Malloc(64)));
                }
                board.Ok(board.Acl.aclrtSynchronizeEvent(done));
                Assert.Equal(Enumerable.Repeat((float)Rounds, 8), board.Download<float>(sum, 8));
                board.Ok(board.Acl.aclrtResetDevice(0));
            }
            catch (Exception e)
            {
                failures.Enqueue(e.ToString());
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.Empty(failures);
        Assert.Equal(Threads * Rounds, Simulator.Counters.Launches["Add"]);
    }

    [Fact]
    public void A_fault_at_any_launch_is_told_and_leaves_nothing_behind()
    {
        for (int at = 1; at <= 12; at++)
        {
            using var board = new Board(new() { Fault = $"launch:{at}" });
            nint x = board.Upload(new float[8]), first = board.Stream(), second = board.Stream(), done = board.Event(1);
            int status = 0;
            for (int i = 0; i < 12 && status == 0; i++)
            {
                status = board.Add(x, x, x, i % 3 == 0 ? first : second);
                if (status == 0 && i % 3 == 0) status = board.Acl.aclrtRecordEvent(done, first);
                if (status == 0 && i % 3 == 0) status = board.Acl.aclrtStreamWaitEvent(second, done);
                if (status == 0 && i % 5 == 4) status = board.Acl.aclrtSynchronizeStream(second);
            }
            if (status == 0) status = board.Acl.aclrtSynchronizeDevice();
            Assert.Equal(507015, status);
            Assert.Contains("injected", board.Message(), StringComparison.Ordinal);
            foreach (nint stream in new[] { first, second }) board.Ok(board.Acl.aclrtDestroyStream(stream));
            board.Ok(board.Acl.aclrtDestroyEvent(done));
            board.Ok(board.Acl.aclrtFree(x));
            board.Ok(board.Acl.aclrtResetDevice(0));
            Assert.Equal("everything was given back", Simulator.Leaks.ToString());
        }
    }
}

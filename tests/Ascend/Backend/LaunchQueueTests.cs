using Pure.Tuner.Ascend;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>TASK_QUEUE_ENABLE=2: the caller records, the thread that launches plans.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class LaunchQueueTests
{
    /// <summary>Planning fails on the other thread: the next wait says which operator with what, as it does for a launch.</summary>
    [Fact]
    public void A_plan_that_fails_elsewhere_is_named()
    {
        using var npu = new Npu(new() { Fault = "plan-Exp:1=500000" }, new(Queue: 2));
        AscendBackend b = npu;
        using Tensor x = Tensor.Full(b, [2, 3], 1), y = Tensor.EmptyLike(x);
        var e = Assert.Throws<AclException>(() =>
        {
            b.Unary(UnaryKind.Exp, x, y);
            b.Unary(UnaryKind.Neg, y, y);
            b.Synchronize();
        });
        Assert.StartsWith("aclnnExp: ", e.Message, StringComparison.Ordinal);
        Assert.Contains("with x f32 [2, 3], y f32 [2, 3]", e.Message, StringComparison.Ordinal);
        Assert.Throws<AclException>(b.Synchronize);
    }

    /// <summary>Blocks go back to the pool, and to the card, between the record and its planning.</summary>
    [Fact]
    public void What_is_disposed_behind_a_record_is_still_read()
    {
        using var npu = new Npu(options: new(Queue: 2));
        AscendBackend b = npu;
        using Tensor sum = Tensor.Zeros(b, [1000]);
        for (int i = 0; i < 200; i++)
        {
            using (Tensor x = Tensor.Full(b, [1000], i), y = Tensor.Empty(b, [1000]))
            {
                b.Binary(BinaryKind.Add, x, 1, y);
                b.Binary(BinaryKind.Add, sum, y, sum);
            }
            if (i % 50 == 49) b.Trim();
        }
        Assert.Equal(200 * 201 / 2, sum.ToArray<float>()[999]);
    }

    /// <summary>The room of workspaces grows without a wait between; what was outgrown is freed behind one, and counted as long as it is held.</summary>
    [Fact]
    public void The_room_of_workspaces_grows()
    {
        using var npu = new Npu(options: new(Queue: 2));
        AscendBackend b = npu;
        Tensor[] of = [.. Enumerable.Range(1, 5).Select(n => Tensor.Full(b, [3, n << 18], n))];
        b.Synchronize();
        long before = b.MostMemory;
        for (int round = 0; round < 2; round++)
            foreach (Tensor x in of)
            {
                Tensor turned = x.Transposed();
                using Tensor y = Tensor.Empty(b, turned.Shape);
                b.Unary(UnaryKind.Neg, turned, y);                      // a strided argument is copied, in a workspace
                b.Unary(UnaryKind.Neg, y, turned);
            }
        for (int n = 0; n < of.Length; n++) Assert.Equal(n + 1, of[n].ToArray<float>()[^1]);
        Assert.True(b.MostMemory > before + (3L * 5 << 20), $"{b.MostMemory - before} bytes more");
        foreach (Tensor x in of) x.Dispose();
    }

    /// <summary>A card that is full has no room for a workspace: an error that says what it was for, or what is idle is given back.</summary>
    [Theory, InlineData(1), InlineData(2)]
    public void A_full_card_says_what_it_had_no_room_for(int mode)
    {
        using var npu = new Npu(new() { MemoryBytes = 64 << 20 }, new(Queue: mode));
        AscendBackend b = npu;
        using Tensor x = Tensor.Full(b, [3, 5 << 19], 2), y = Tensor.Empty(b, [1]);
        Tensor turned = x.Transposed();
        Exception? e = Record.Exception(() =>
        {
            b.Unary(UnaryKind.Neg, turned, turned);
            b.Unary(UnaryKind.Neg, turned, turned);
            b.Synchronize();
        });
        Assert.True(e is AclException or OutOfMemoryException, $"{e}");
        Assert.Contains("207001", e.Message, StringComparison.Ordinal);
        if (mode == 2) Assert.Contains("Neg: no room for a workspace of", e.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("0", 0), InlineData("2", 2), InlineData(null, 1)]
    public void The_variables_are_read(string? queue, int expected)
    {
        string? before = Environment.GetEnvironmentVariable("TASK_QUEUE_ENABLE");
        try
        {
            Environment.SetEnvironmentVariable("TASK_QUEUE_ENABLE", queue);
            Environment.SetEnvironmentVariable("PURE_TUNER_EXECUTOR_CACHE", queue);
            AscendOptions options = AscendOptions.OfEnvironment(0);
            Assert.Equal((expected, queue is null ? AscendOptions.UsualExecutors : expected), (options.Queue, options.Executors));
            Environment.SetEnvironmentVariable("PURE_TUNER_EXECUTOR_CACHE", "many");
            Assert.Contains("PURE_TUNER_EXECUTOR_CACHE must be 0 to", Assert.Throws<ArgumentException>(() => AscendOptions.OfEnvironment(0)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("TASK_QUEUE_ENABLE", before);
            Environment.SetEnvironmentVariable("PURE_TUNER_EXECUTOR_CACHE", null);
        }
    }
}

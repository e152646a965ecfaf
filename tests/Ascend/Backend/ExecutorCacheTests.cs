using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>Operators that are launched with what an earlier call planned: the same bits at other addresses, and nothing that stays behind.</summary>
[Trait("Category", "Unit"), Collection(SimulatorCollection.Name)]
public class ExecutorCacheTests
{
    public static TheoryData<string> Operators => [.. OpCases.All.Select(c => c.Name)];

    public static TheoryData<int> Modes => [0, 1, 2];

    /// <summary>Each operator of the table four times, each time in other blocks, by who plans; without the cache is what is right.</summary>
    [Theory, MemberData(nameof(Operators))]
    public void What_is_launched_as_planned_before_gives_the_same_bits(string op)
    {
        double[][] expected = Run(op, new(Executors: 0), out _);
        foreach (int mode in (int[])[0, 1, 2])
        {
            double[][] actual = Run(op, new(Queue: mode), out long reused);
            Assert.Equal(expected.Length, actual.Length);
            for (int i = 0; i < expected.Length; i++) Assert.True(expected[i].AsSpan().SequenceEqual(actual[i]), $"mode {mode}: result {i} differs");
            Assert.True(reused > 0 || op.Contains("adamw", StringComparison.Ordinal) || expected.Length == 0, $"mode {mode}: nothing was used again");
        }
    }

    private static double[][] Run(string op, AscendOptions options, out long reused)
    {
        const int Passes = 4;
        OpCase asked = OpCases.Get(op);
        using var npu = new Npu(options: options);
        List<double[]> results = [];
        List<Tensor> between = [];
        foreach (OpSample sample in asked.Samples)
            for (int pass = 0; pass < Passes; pass++)
            {
                string key = $"{op}/{sample.Name}/{pass}";              // other numbers each time
                using var inputs = new OpInputs(sample, key, npu.Backend);
                results.Add(asked.IsDifferentiable ? OpRun.ForwardBackward(inputs, sample.Run, key) : OpRun.Forward(inputs, sample.Run));
                if (asked.IsDifferentiable) results.AddRange(Enumerable.Range(0, sample.Inputs.Count).Select(inputs.Grad));
                if (pass % 2 == 0) between.Add(Tensor.Empty(npu.Backend, [64 + results.Count]));
                else npu.Backend.Trim();                                // and other blocks: the simulator gives no address twice
            }
        reused = npu.Backend.ReusedCalls;
        foreach (Tensor t in between) t.Dispose();
        Assert.Equal(0, npu.Backend.LiveBlocks);
        return [.. results];
    }

    [Theory, MemberData(nameof(Modes))]
    public void The_first_call_is_kept_and_the_second_uses_it(int mode)
    {
        using var npu = new Npu(options: new(Queue: mode));
        AscendBackend b = npu;
        using Tensor x = Tensor.Full(b, [2, 3], 1), y = Tensor.EmptyLike(x);
        (long planned, long reused) = Counts(b);
        for (int call = 1; call <= 5; call++)
        {
            b.Unary(UnaryKind.Exp, x, y);
            Assert.Equal((1, call - 1), (Counts(b).Planned - planned, Counts(b).Reused - reused));
        }
    }

    [Theory, MemberData(nameof(Modes))]
    public void In_place_is_another_call_than_into_another_block(int mode)
    {
        using var npu = new Npu(options: new(Queue: mode));
        AscendBackend b = npu;
        for (int round = 0; round < 4; round++)
        {
            using Tensor x = Tensor.Full(b, [5], 3), y = Tensor.Full(b, [5], 4), z = Tensor.EmptyLike(x);
            b.Binary(BinaryKind.Sub, x, y, z);
            b.Binary(BinaryKind.Sub, x, y, x);
            b.Binary(BinaryKind.Sub, x, x, y);
            Assert.Equal((-1, -1, 0), (z.ToArray<float>()[4], x.ToArray<float>()[4], y.ToArray<float>()[4]));
        }
    }

    /// <summary>Two of each sort at most, the young and the kept; the results are right.</summary>
    [Theory, MemberData(nameof(Modes))]
    public void What_was_used_longest_ago_goes_first(int mode)
    {
        using var npu = new Npu(options: new(Queue: mode, Executors: 2));
        AscendBackend b = npu;
        for (int round = 0; round < 3; round++)
            for (int n = 1; n <= 4; n++)
                for (int again = 0; again < 4; again++)
                {
                    using Tensor x = Tensor.Full(b, [n], n), y = Tensor.EmptyLike(x);
                    b.Binary(BinaryKind.Mul, x, x, y);
                    Assert.Equal(n * n, y.ToArray<float>()[n - 1]);
                }
        Assert.True(b.ReusedCalls > 0);
        Assert.InRange(Simulator.Leaks.Executors, 1, 4);
    }

    /// <summary>More calls in the queue than executors are kept: those that wait there are not thrown out under them.</summary>
    [Theory, MemberData(nameof(Modes))]
    public void What_is_queued_stays(int mode)
    {
        using var npu = new Npu(new() { Eager = true }, new(Queue: mode, Executors: 3));
        AscendBackend b = npu;
        Tensor[] of = [.. Enumerable.Range(1, 12).Select(n => Tensor.Full(b, [n], 0))];
        for (int round = 0; round < 40; round++)
            foreach (Tensor x in of) b.Binary(BinaryKind.Add, x, 1, x);
        Assert.All(of, x => Assert.Equal(40, x.ToArray<float>()[^1]));
        foreach (Tensor x in of) x.Dispose();
    }

    /// <summary>A hundred calls that never come again throw out one another, and not what was used again.</summary>
    [Theory, MemberData(nameof(Modes))]
    public void A_number_that_changes_throws_out_nothing_that_is_used(int mode)
    {
        using var npu = new Npu(options: new(Queue: mode, Executors: 4));
        AscendBackend b = npu;
        using Tensor x = Tensor.Full(b, [4], 1), y = Tensor.EmptyLike(x);
        for (int i = 0; i < 3; i++) b.Binary(BinaryKind.Add, x, x, y);
        (long planned, long reused) = Counts(b);
        for (int i = 1; i <= 100; i++) b.Binary(BinaryKind.Mul, x, i, y);
        Assert.Equal(100, y.ToArray<float>()[0]);
        Assert.Equal((planned + 100, reused), Counts(b));
        b.Binary(BinaryKind.Add, x, x, y);
        Assert.Equal(2, y.ToArray<float>()[0]);
        Assert.Equal((planned + 100, reused + 1), Counts(b));
        Assert.InRange(Simulator.Leaks.Executors, 4, 8);
    }

    /// <summary>A library that counts tensors in another way answers an address with an error: the call is planned as if nothing were kept, once more for each that waits and from then on.</summary>
    [Theory, MemberData(nameof(Modes))]
    public unsafe void Addresses_that_are_refused_are_planned(int mode)
    {
        double expected = SmallRunLoss();
        delegate* unmanaged[Cdecl]<nint, nuint, nint, nint, int> refuses = &Refuses;
        using var npu = new Npu(options: new(Queue: mode), instead: new Dictionary<string, nint> { ["aclSetTensorAddr"] = (nint)refuses });
        AscendBackend b = npu;
        using Tensor x = Tensor.Full(b, [2, 3], 1), y = Tensor.EmptyLike(x);
        for (int call = 1; call <= 5; call++)
        {
            b.Binary(BinaryKind.Add, x, call, y);
            b.Binary(BinaryKind.Add, y, y, y);
            Assert.Equal(2 * (call + 1), y.ToArray<float>()[5]);
        }
        Assert.Equal(expected, SmallRun.Losses(b, 1)[0].Loss);
    }

    private static double SmallRunLoss()
    {
        using var npu = new Npu(options: new(Executors: 0));
        return SmallRun.Losses(npu.Backend, 1)[0].Loss;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Refuses(nint executor, nuint index, nint tensor, nint address) => 161002;

    /// <summary>More launches than the queue has slots, so that each has its record; from then on nothing is made for a call.</summary>
    [Fact]
    public void A_call_that_is_known_allocates_nothing()
    {
        using var npu = new Npu();
        AscendBackend b = npu;
        using Tensor x = Tensor.Full(b, [4, 8], 1), y = Tensor.EmptyLike(x);
        Launches(1200);
        b.Synchronize();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Launches(500);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        b.Synchronize();

        void Launches(int count)
        {
            for (int i = 0; i < count; i++) b.Binary(BinaryKind.Add, x, y, y);
        }
    }

    /// <summary>A result that is a strided view cannot be repeated: asked once, planned each time.</summary>
    [Theory, MemberData(nameof(Modes))]
    public void What_the_library_does_not_repeat_is_asked_for_once(int mode)
    {
        using var npu = new Npu(options: new(Queue: mode));
        AscendBackend b = npu;
        for (int i = 1; i <= 6; i++)
        {
            using Tensor x = Tensor.Full(b, [3, 2], i), y = Tensor.Zeros(b, [2, 3]);
            b.Copy(x, y.Transposed());
            Assert.Equal(i, y.ToArray<float>()[5]);
        }
        Assert.Single(Breaches.All, r => r.Rule == "6.repeat-refused");
    }

    [Fact]
    public void A_toolkit_that_cannot_repeat_plans_each_call()
    {
        (double Loss, double Norm)[] expected;
        using (var npu = new Npu()) expected = SmallRun.Losses(npu.Backend, 2);
        using (var npu = new Npu(new() { Fault = "missing:aclSetTensorAddr" }))
        {
            Assert.Equal(expected, SmallRun.Losses(npu.Backend, 2));
            Assert.Equal(0, npu.Backend.ReusedCalls);
        }
    }

    /// <summary>Losses and norms bit by bit, whoever plans and whatever is kept.</summary>
    [Fact]
    public void A_training_is_the_same_with_every_queue_and_cache()
    {
        List<(double, double)[]> runs = [];
        foreach (int mode in (int[])[0, 1, 2])
            foreach (int executors in (int[])[0, 3, AscendOptions.UsualExecutors])
            {
                using var npu = new Npu(new() { Eager = mode > 0 }, new(Queue: mode, Executors: executors));
                runs.Add(SmallRun.Losses(npu.Backend, 3));
                Assert.Equal((0, executors > 0), (npu.Backend.LiveBlocks, npu.Backend.ReusedCalls > 0));
            }
        Assert.All(runs, r => Assert.Equal(runs[0], r));
    }

    private static (long Planned, long Reused) Counts(AscendBackend b)
    {
        b.Synchronize();
        return (b.PlannedCalls, b.ReusedCalls);
    }
}

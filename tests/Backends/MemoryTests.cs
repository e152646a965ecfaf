using System.Runtime.CompilerServices;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class MemoryTests
{
    [Fact]
    public void Poisoned_blocks_start_as_NaN()
    {
        using CpuBackend cpu = TestTensors.Cpu();
        using Tensor x = Tensor.Empty(cpu, [37]);
        Assert.All(x.ToArray<float>(), v => Assert.True(float.IsNaN(v)));
    }

    [Fact]
    public void Writing_behind_the_end_is_found_when_the_block_comes_back()
    {
        using var reference = new ReferenceBackend { Poison = true };
        Tensor x = Tensor.Empty(reference, [37]);
        Rows.StoreAt(x, 37, 1);
        Assert.StartsWith("reference: a block of 148 bytes was overrun: byte 1", Assert.Throws<InvalidOperationException>(x.Dispose).Message);
    }

    [Fact]
    public void Counters_follow_rent_return_and_trim()
    {
        using var cpu = new CpuBackend(1);
        Tensor x = Tensor.Empty(cpu, [1000]), y = Tensor.Empty(cpu, [1000]);
        Assert.Equal(2, cpu.LiveBlocks);
        long live = cpu.LiveBytes;
        Assert.InRange(live, 8000, 10240);
        x.Dispose();
        x.Dispose();
        Assert.Equal((1, live / 2, live / 2, live), (cpu.LiveBlocks, cpu.LiveBytes, cpu.PooledBytes, cpu.PeakBytes));
        using (Tensor.Empty(cpu, [999])) Assert.Equal(0, cpu.PooledBytes);        // the same class is met again
        y.Dispose();
        cpu.Trim();
        cpu.ResetPeak();
        Assert.Equal((0, 0L, 0L, 0L), (cpu.LiveBlocks, cpu.LiveBytes, cpu.PooledBytes, cpu.PeakBytes));
    }

    [Fact]
    public void Batches_of_many_lengths_hold_little_more_than_the_longest()
    {
        const int Blocks = 24, Longest = 1 << 19;                                  // floats of a block: 2 MiB, 48 MiB in use at once
        using var cpu = new CpuBackend(1);
        var random = new Random(7);
        for (int batch = 0; batch < 60; batch++)
        {
            int length = batch == 30 ? Longest : random.Next(Longest / 16, Longest);
            var held = new List<Tensor>();
            for (int i = 0; i < Blocks; i++) held.Add(Tensor.Empty(cpu, [length - i]));
            foreach (Tensor x in held) x.Dispose();
            Assert.InRange(cpu.LiveBytes + cpu.PooledBytes, 0, (long)Blocks * Longest * 4 * 5 / 4 + (8 << 20));
        }
        Assert.Equal((0, 0L), (cpu.LiveBlocks, cpu.LiveBytes));
    }

    [Fact]
    public void A_block_somewhat_too_large_serves_before_a_new_one_is_made()
    {
        using var cpu = new CpuBackend(1);
        Tensor.Empty(cpu, [10_000]).Dispose();
        long pooled = cpu.PooledBytes;
        using (Tensor.Empty(cpu, [8_500])) Assert.Equal((0L, pooled), (cpu.PooledBytes, cpu.LiveBytes));
        using (Tensor.Empty(cpu, [5_000])) Assert.Equal(pooled, cpu.PooledBytes);  // half of it would be wasted
    }

    [Fact]
    public void Rehearsal_counts_what_was_asked_for_and_keeps_it_while_it_is_pooled()
    {
        using var cpu = CpuBackend.Measuring();
        using (Tensor.Zeros(cpu, [1_000_003])) Assert.Equal(4_000_012, cpu.ResidentBytes);
        using (Tensor.Zeros(cpu, [1_000_000])) Assert.Equal(4_000_012, cpu.ResidentBytes);   // the same block again
        cpu.Trim();
        Assert.Equal((0L, 4_000_012L), (cpu.ResidentBytes, cpu.ResidentPeak));
        cpu.ResetResidentPeak();
        Assert.Equal(0, cpu.ResidentPeak);
    }

    [Fact]
    public void A_forgotten_block_comes_back_and_is_counted()
    {
        using var cpu = new CpuBackend(1);
        Forget(cpu);
        for (int i = 0; i < 10 && cpu.ForgottenBlocks == 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            cpu.CollectForgotten();
        }
        Assert.Equal((1L, 0), (cpu.ForgottenBlocks, cpu.LiveBlocks));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget(Backend backend) => Tensor.Empty(backend, [10]);
    }

    [Fact]
    public void Rows_of_views_are_found_through_their_strides()
    {
        using var cpu = new CpuBackend(1);
        using Tensor x = Tensor.From<float>(cpu, [.. Enumerable.Range(0, 24).Select(i => (float)i)], [2, 3, 4]);
        using Tensor turned = x.View([3, 2, 4], [4, 12, 1], 0), part = x.View([2, 3, 2], [12, 4, 1], 1);
        Assert.Equal([16, 17, 18, 19], Rows.Row(turned, 3, 4).ToArray());
        Assert.Equal([21, 22], Rows.Row(part, 5, 2).ToArray());
        Assert.Equal([5], Rows.Row(x, 5, 1).ToArray());
    }
}

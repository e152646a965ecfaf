using System.Runtime.CompilerServices;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>Alone: it counts the pages of the whole process.</summary>
[CollectionDefinition(nameof(CodePagesCollection), DisableParallelization = true)]
public class CodePagesCollection;

/// <summary>Pages of code: run, protected, counted, given back; and threads that run it while the collector works.</summary>
[Trait("Category", "Unit"), Collection(nameof(CodePagesCollection))]
public unsafe class CodePagesTests
{
    private static void NeedCode() => Skip.If(ProcessorFacts.Here.NoCode is not null, $"code of our own: {ProcessorFacts.Here.NoCode}");

    [SkippableFact]
    public void Code_is_run_and_given_back()
    {
        NeedCode();
        var code = new CodeWriter();
        code.Mov(Gpr.Rax, CallConvention.Here.Argument);
        code.Add(Gpr.Rax, 1);
        code.Ret();
        (int before, long bytes) = Settled();
        using (var pages = CodePages.Load(code.ToArray()))
        {
            Assert.Equal((before + 1, bytes + Environment.SystemPageSize), (CodePages.Live, CodePages.LiveBytes));
            Assert.Equal(42, ((delegate* unmanaged<long, long>)pages.Entry)(41));
            Assert.Equal(0xCC, *(byte*)(pages.Entry + code.Length));
        }
        Assert.Equal((before, bytes), (CodePages.Live, CodePages.LiveBytes));
    }

    /// <summary>The backend's unit goes back with it, and so does a unit that nobody gives back.</summary>
    [SkippableFact]
    public void A_backend_gives_its_code_back()
    {
        PanelProductTests.Skip_without_avx2();
        (int, long) before = Settled();
        var cpu = new CpuBackend(2) { Panels = EmittedPanels.Load(PanelKind.Narrow) };
        Assert.Equal(before.Item1 + 1, CodePages.Live);
        cpu.Dispose();
        Assert.Equal(before, (CodePages.Live, CodePages.LiveBytes));
        Forget();
        Assert.Equal(before, Settled());

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget() => _ = EmittedPanels.Load(PanelKind.Narrow);
    }

    /// <summary>Blocks and bytes of code when what nobody holds has gone back.</summary>
    private static (int Live, long Bytes) Settled()
    {
        for (int i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return (CodePages.Live, CodePages.LiveBytes);
    }

    /// <summary>Executable and not writable, as the system itself says.</summary>
    [SkippableFact]
    public void Pages_are_executable_and_not_writable()
    {
        NeedCode();
        Skip.IfNot(File.Exists("/proc/self/maps"), "/proc/self/maps is read");
        using var pages = CodePages.Load([0xC3]);
        string line = File.ReadLines("/proc/self/maps").Single(l =>
        {
            string[] range = l.Split(' ')[0].Split('-');
            return (nint)Convert.ToInt64(range[0], 16) <= pages.Entry && pages.Entry < (nint)Convert.ToInt64(range[1], 16);
        });
        Assert.Equal("r-xp", line.Split(' ')[1]);
    }

    [SkippableFact]
    public void State_that_the_system_enabled_is_read()
    {
        NeedCode();
        Assert.Equal(3UL, ProcessorFacts.Here.EnabledState & 3);           // x87 and SSE: every x64 system
        if (System.Runtime.Intrinsics.X86.Avx.IsSupported) Assert.Equal(4UL, ProcessorFacts.Here.EnabledState & 4);
    }

    /// <summary>The signal stack of a thread is widened once; a null reference is still an exception there, and the thread ends in peace.</summary>
    [SkippableFact]
    public void A_null_reference_on_a_wider_signal_stack_is_an_exception()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "signal stacks are Linux's");
        for (int i = 0; i < 8; i++)
        {
            Exception? caught = null;
            long? before = null, after = null, restored = null;
            bool gives = i % 2 == 1;                                        // as a worker does in the end
            var thread = new Thread(() =>
            {
                before = SignalStacks.Current();
                SignalStacks.Widen();
                after = SignalStacks.Current();
                try { Read(null); }
                catch (NullReferenceException e) { caught = e; }
                if (!gives) return;
                SignalStacks.Restore();
                SignalStacks.Restore();
                restored = SignalStacks.Current();
                caught = null;
                try { Read(null); }
                catch (NullReferenceException e) { caught = e; }
            });
            thread.Start();
            thread.Join();
            Assert.NotNull(caught);
            Assert.True(before is >= 16 << 10 and < 64 << 10, $"CoreCLR gives {before} bytes; docs/emitted-kernels.md says 16 KiB");
            Assert.Equal(64 << 10, after);
            Assert.Equal(gives ? before : null, restored);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        static int Read(string? text) => text!.Length;
    }

    /// <summary>Collections and suspensions without pause while four threads multiply. EMITTED_GC_SECONDS makes it longer.</summary>
    [SkippableFact]
    public void Collections_during_kernels_change_nothing()
    {
        PanelProductTests.Skip_without_avx2();
        double seconds = double.TryParse(Environment.GetEnvironmentVariable("EMITTED_GC_SECONDS"), out double wanted) ? wanted : 2;
        foreach (PanelKind kind in PanelKind.All)
        {
            if (kind.Obstacle is not null) continue;
            using PanelUnit unit = EmittedPanels.Load(kind);
            const int M = 96, N = 160, K = 512;
            float[] a = PanelProductTests.Numbers(M * K, 1), b = PanelProductTests.Numbers(K * N, 2), expected = Product();
            using var stop = new CancellationTokenSource();
            long wrong = 0, products = 0;
            Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
            {
                while (!stop.IsCancellationRequested)
                {
                    if (!Product().AsSpan().SequenceEqual(expected)) Interlocked.Increment(ref wrong);
                    Interlocked.Increment(ref products);
                }
            }))];
            foreach (Thread thread in threads) thread.Start();
            long collections = 0;
            for (var clock = System.Diagnostics.Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds; collections++) GC.Collect((int)(collections % 3), GCCollectionMode.Forced, blocking: true, compacting: collections % 5 == 0);
            stop.Cancel();
            foreach (Thread thread in threads) thread.Join();
            Assert.Equal(0, wrong);
            Assert.True(products > 4 && collections > 10, $"{products} products, {collections} collections");

            float[] Product()
            {
                using var cpu = new CpuBackend(1);
                float[] y = GC.AllocateUninitializedArray<float>(M * N);
                fixed (float* pa = a, pb = b, py = y) cpu.MatMulPanels(unit, new((nint)pa, DType.F32, K, 1), new((nint)pb, DType.F32, N, 1), py, N, M, N, K, 1, false);
                return y;
            }
        }
    }
}

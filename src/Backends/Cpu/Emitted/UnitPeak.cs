using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pure.Tuner.Kernels;

/// <summary>What a matrix unit can do at most, measured: products of registers or tiles that never leave it.</summary>
internal static unsafe class UnitPeak
{
    private const long Rounds = 200_000;

    /// <summary>What the loop is told; it counts in it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PeakCall
    {
        public long Rounds;
        public nint Config;
    }

    /// <summary>The loop of a unit, and the floating-point operations of one round of it; null where it has none.</summary>
    public static (Func<CallConvention, CodeWriter> Emit, long Flops)? LoopOf(PanelKind kind) =>
        kind == PanelKind.Tiles ? (Tiles, 4L * 16 * 16 * 32 * 2) : kind == PanelKind.Wide ? (Wide, 16L * 16 * 2 * 2) : null;

    /// <summary>The loop on a number of threads at once. The unit must be usable.</summary>
    public static PeakRuns Run(PanelKind kind, int threads, int repeats)
    {
        (Func<CallConvention, CodeWriter> emit, long flops) = LoopOf(kind) ?? throw new ArgumentException($"peak: {kind.Name} has no loop");
        using CodePages pages = CodePages.Load(EmittedPanels.Image(kind, emit(CallConvention.Here), out int config));
        using var pool = new WorkerPool(threads);
        var ms = new double[repeats];
        for (int i = 0; i < repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            pool.Run(threads, 1, new EachThread(pages.Entry, pages.Entry + config, kind.HasTiles));
            ms[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        return new PeakRuns((double)flops * Rounds * threads, ms);
    }

    /// <summary>Four products a round, each onto a tile of its own.</summary>
    internal static CodeWriter Tiles(CallConvention convention)
    {
        var code = new CodeWriter();
        var round = new Label();
        code.Mov(Gpr.Rax, convention.Argument);
        code.Mov(Gpr.Rcx, new Address(Gpr.Rax, 8));
        code.LdTileCfg(new(Gpr.Rcx));                                       // all tiles are 0
        code.Mov(Gpr.Rcx, new Address(Gpr.Rax));
        code.Put(round);
        for (int i = 0; i < 4; i++) code.TDpBF16Ps(new(i), new(4 + i / 2), new(6 + i % 2));
        code.Sub(Gpr.Rcx, 1);
        code.Jnz(round);
        code.TileRelease();
        code.Ret();
        return code;
    }

    /// <summary>Sixteen products a round, each onto a register of its own.</summary>
    internal static CodeWriter Wide(CallConvention convention)
    {
        var code = new CodeWriter();
        var round = new Label();
        code.Mov(Gpr.Rax, convention.Argument);
        code.Mov(Gpr.Rcx, new Address(Gpr.Rax));
        for (int i = 0; i < 2; i++) code.VPXorD(VectorRegister.Z(i), VectorRegister.Z(i), VectorRegister.Z(i));
        for (int i = 16; i < 32; i++) code.VPXorD(VectorRegister.Z(i), VectorRegister.Z(i), VectorRegister.Z(i));
        code.Put(round);
        for (int i = 16; i < 32; i++) code.VDpBF16Ps(VectorRegister.Z(i), VectorRegister.Z(0), VectorRegister.Z(1));
        code.Sub(Gpr.Rcx, 1);
        code.Jnz(round);
        code.VZeroUpper();
        code.Ret();
        return code;
    }

    private readonly struct EachThread(nint entry, nint config, bool hasTiles) : IRangeBody
    {
        public void Invoke(int first, int end)
        {
            if (hasTiles) SignalStacks.Widen();
            for (int i = first; i < end; i++)
            {
                var call = new PeakCall { Rounds = Rounds, Config = config };
                ((delegate* unmanaged<PeakCall*, void>)entry)(&call);
            }
        }
    }
}

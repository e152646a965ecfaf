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

    /// <summary>The loop of a unit, and the operations of one round of it, an addition and a multiplication being two; null where it has none.</summary>
    public static (Func<CallConvention, CodeWriter> Emit, long Flops)? LoopOf(PanelKind kind) =>
        kind == PanelKind.Tiles ? (c => Tiles(c, static (code, to, a, b) => code.TDpBF16Ps(to, a, b)), 4L * 16 * 16 * 32 * 2)
        : kind == PanelKind.Wide ? (c => Vectors(c, 512, 16, 16, static (code, to, a, b) => code.VDpBF16Ps(to, a, b)), 16L * 16 * 2 * 2)
        : kind == Int8Kinds.Tiles ? (c => Tiles(c, static (code, to, a, b) => code.TDpBssd(to, a, b)), 4L * 16 * 16 * 64 * 2)
        : kind == Int8Kinds.Wide ? (c => Vectors(c, 512, 16, 16, static (code, to, a, b) => code.VPDpBusd(to, a, b)), 16L * 16 * 4 * 2)
        : kind == Int8Kinds.Middle ? (c => Vectors(c, 256, 2, 12, static (code, to, a, b) => code.VPDpBusd(to, a, b)), 12L * 8 * 4 * 2)
        : null;

    /// <summary>The loop on a number of threads at once. The unit must be usable.</summary>
    public static PeakRuns Run(PanelKind kind, int threads, int repeats)
    {
        (Func<CallConvention, CodeWriter> emit, long flops) = LoopOf(kind) ?? throw new ArgumentException($"peak: {kind.Name} has no loop");
        using CodePages pages = CodePages.Load(ImageOf(kind, emit(CallConvention.Here), out int config));
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

    /// <summary>The loop with whole tiles, however few bytes of a row the products use.</summary>
    internal static byte[] ImageOf(PanelKind kind, CodeWriter loop, out int config) => EmittedPanels.Image(kind with { Shapes = PanelKind.WholeTiles }, loop, out config);

    /// <summary>Four products a round, each onto a tile of its own.</summary>
    private static CodeWriter Tiles(CallConvention convention, Action<CodeWriter, Tile, Tile, Tile> product)
    {
        var code = new CodeWriter();
        var round = new Label();
        code.Mov(Gpr.Rax, convention.Argument);
        code.Mov(Gpr.Rcx, new Address(Gpr.Rax, 8));
        code.LdTileCfg(new(Gpr.Rcx));                                       // all tiles are 0
        code.Mov(Gpr.Rcx, new Address(Gpr.Rax));
        code.Put(round);
        for (int i = 0; i < 4; i++) product(code, new(i), new(4 + i / 2), new(6 + i % 2));
        code.Sub(Gpr.Rcx, 1);
        code.Jnz(round);
        code.TileRelease();
        code.Ret();
        return code;
    }

    /// <summary>Products onto a register of their own each, all of the first two.</summary>
    private static CodeWriter Vectors(CallConvention convention, int bits, int first, int count, Action<CodeWriter, VectorRegister, VectorRegister, VectorRegister> product)
    {
        var code = new CodeWriter();
        var round = new Label();
        VectorRegister Of(int number) => new(number, bits);
        bool isWide = bits == 512;
        if (!isWide) PanelCode.Keep(code, convention);                      // those of 512 bits are above 15
        code.Mov(Gpr.Rax, convention.Argument);
        code.Mov(Gpr.Rcx, new Address(Gpr.Rax));
        foreach (int i in (int[])[0, 1, .. Enumerable.Range(first, count)])
        {
            if (isWide) code.VPXorD(Of(i), Of(i), Of(i));
            else code.VXorPs(Of(i), Of(i), Of(i));
        }
        code.Put(round);
        for (int i = first; i < first + count; i++) product(code, Of(i), Of(0), Of(1));
        code.Sub(Gpr.Rcx, 1);
        code.Jnz(round);
        code.VZeroUpper();
        if (!isWide) PanelCode.GiveBack(code, convention);
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

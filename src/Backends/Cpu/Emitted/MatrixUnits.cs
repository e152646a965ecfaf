namespace Pure.Tuner.Kernels;

/// <summary>A unit of the processor that .NET has no name for.</summary>
/// <param name="Name">amx-bf16 and its kin.</param>
/// <param name="Exists">Whether the processor has it.</param>
/// <param name="Obstacle">Why it is not used, in one sentence; null where it is.</param>
public sealed record MatrixUnit(string Name, bool Exists, string? Obstacle)
{
    /// <summary>Whether kernels for it can be run.</summary>
    public bool IsUsable => Obstacle is null;
}

/// <summary>Which matrix units exist, which may be used, and when not, why.</summary>
public sealed class MatrixUnits
{
    /// <summary>Tiles: products of BF16, sums in F32.</summary>
    public const string AmxBF16 = "amx-bf16";

    /// <summary>Vectors of 512 bits: products of pairs of BF16, sums in F32.</summary>
    public const string Avx512BF16 = "avx512-bf16";

    /// <summary>Tiles: products of integers of 8 bits.</summary>
    public const string AmxInt8 = "amx-int8";

    /// <summary>Vectors of 512 bits: products of fours of integers of 8 bits.</summary>
    public const string Avx512Vnni = "avx512-vnni";

    /// <summary>The same in 256 bits, where there is no AVX-512.</summary>
    public const string AvxVnni = "avx-vnni";

    private const int Avx512Leaf7Ebx = 1 << 16 | 1 << 30 | 1 << 31;        // F, BW, VL
    private const ulong VectorState = 0b110, WideState = 0b1110_0110, TileState = 3UL << 17;    // SSE, AVX; masks and both halves of zmm; tile shapes and tiles

    private MatrixUnits(MatrixUnit[] all) => All = all;

    /// <summary>All: for BF16, then for integers, each time the one that is preferred first.</summary>
    public IReadOnlyList<MatrixUnit> All { get; }

    /// <summary>This machine's. Tiles are asked of the system when this is first read.</summary>
    public static MatrixUnits Here => s_here.Value;

    private static readonly Lazy<MatrixUnits> s_here = new(static () => Find(ProcessorFacts.Here));

    /// <summary>The kernel that multiplies BF16 here; null where no unit can.</summary>
    internal PanelKind? BF16 => Usable(Kinds).FirstOrDefault();

    /// <summary>All that could.</summary>
    internal IEnumerable<PanelKind> AllBF16 => Usable(Kinds);

    private IEnumerable<PanelKind> Usable(PanelKind[] kinds) => kinds.Where(kind => All.Any(u => u.Name == kind.Name && u.IsUsable));

    private static PanelKind[] Kinds => [PanelKind.Tiles, PanelKind.Wide];

    /// <summary>The kernel that multiplies integers of 8 bits here; null where no unit can.</summary>
    internal PanelKind? Int8 => Usable(IntegerKinds).FirstOrDefault();

    /// <summary>All that could.</summary>
    internal IEnumerable<PanelKind> AllInt8 => Usable(IntegerKinds);

    /// <summary>Whether the processor has an integer unit, usable or not.</summary>
    internal bool HasInt8 => All.Any(u => u.Exists && IntegerKinds.Any(kind => kind.Name == u.Name));

    private static PanelKind[] IntegerKinds => [Int8Kinds.Tiles, Int8Kinds.Wide, Int8Kinds.Middle];

    /// <summary>What serves BF16 products, or why none does, in one sentence.</summary>
    public string BF16State => BF16 is { } kind ? $"{kind.Name} multiplies bf16" : WhyNone(Kinds);

    /// <summary>The same for products of integers of 8 bits.</summary>
    public string Int8State => Int8 is { } kind ? $"{kind.Name} multiplies int8" : WhyNone(IntegerKinds);

    private string WhyNone(PanelKind[] kinds)
    {
        MatrixUnit[] units = [.. All.Where(u => kinds.Any(kind => kind.Name == u.Name))];
        return units.FirstOrDefault(u => u is { Exists: true, IsUsable: false }) is { } unit ? $"no matrix unit is used: {unit.Name}: {unit.Obstacle}" : $"no matrix unit: {units[0].Obstacle}";
    }

    /// <summary>From what a processor and a system say.</summary>
    internal static MatrixUnits Find(ProcessorFacts facts)
    {
        string? none = !facts.IsX64 ? facts.NoCode ?? "this is no x64 processor" : null;
        int highest = none is null ? facts.CpuId(0, 0).Eax : 0;
        bool hasLeaf7 = highest >= 7;
        (int _, int ebx, int ecx, int edx) = hasLeaf7 ? facts.CpuId(7, 0) : default;
        int part1 = hasLeaf7 && facts.CpuId(7, 0).Eax >= 1 ? facts.CpuId(7, 1).Eax : 0;
        bool hasWide = (ebx & Avx512Leaf7Ebx) == Avx512Leaf7Ebx, hasTiles = (edx & 1 << 24) != 0;
        bool amxBF16 = hasTiles && (edx & 1 << 22) != 0, wideBF16 = hasWide && (part1 & 1 << 5) != 0;
        bool amxInt8 = hasTiles && hasWide && (edx & 1 << 25) != 0, wideVnni = hasWide && (ecx & 1 << 11) != 0;
        bool vnni = (ebx & 1 << 5) != 0 && (part1 & 1 << 4) != 0 && (facts.CpuId(1, 0).Ecx & 1 << 12) != 0;     // AVX2, AVX-VNNI, FMA
        return new([
            new(AmxBF16, amxBF16, none ?? (!amxBF16 ? Missing : Obstacle(TileState) ?? TileShape(facts, highest) ?? facts.RequestTiles())),
            new(Avx512BF16, wideBF16, none ?? (!wideBF16 ? Missing : Obstacle(WideState))),
            new(AmxInt8, amxInt8, none ?? (!amxInt8 ? Missing : Obstacle(TileState | WideState) ?? TileShape(facts, highest) ?? facts.RequestTiles())),
            new(Avx512Vnni, wideVnni, none ?? (!wideVnni ? Missing : Obstacle(WideState))),
            new(AvxVnni, vnni, none ?? (!vnni ? Missing : Obstacle(VectorState))),
        ]);

        string? Obstacle(ulong state) => facts.NoCode ?? ((facts.EnabledState & state) == state ? null : "the system has not enabled its registers");
    }

    internal const string Missing = "the processor has none";

    /// <summary>Palette 1 as every processor so far has it: what the kernels' tiles are cut for.</summary>
    private static string? TileShape(ProcessorFacts facts, int highest)
    {
        if (highest < 0x1D) return "the processor does not tell the size of its tiles";
        (int eax, int ebx, int ecx, int _) = facts.CpuId(0x1D, 1);
        int tileBytes = eax >> 16 & 0xFFFF, rowBytes = ebx & 0xFFFF, tiles = ebx >> 16 & 0xFFFF, rows = ecx & 0xFFFF;
        return (tileBytes, rowBytes, tiles, rows) == (1024, 64, 8, 16) ? null : $"its tiles are {tiles} of {rows} x {rowBytes} bytes, not 8 of 16 x 64";
    }
}

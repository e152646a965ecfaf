using System.Runtime.Intrinsics.X86;

namespace Pure.Tuner.Kernels;

/// <summary>A kind of product kernel.</summary>
/// <param name="Name">The unit it is for.</param>
/// <param name="Rows">Rows of a panel of a.</param>
/// <param name="Columns">Columns of a panel of b.</param>
/// <param name="HasTiles">Whether it uses tile registers.</param>
/// <param name="Emit">Its code for a way of being called.</param>
internal sealed record PanelKind(string Name, int Rows, int Columns, bool HasTiles, Func<CallConvention, CodeWriter> Emit)
{
    /// <summary>All eight tiles with 16 rows of 64 bytes.</summary>
    public static IReadOnlyList<(int Rows, int RowBytes)> WholeTiles { get; } = [.. Enumerable.Repeat((16, 64), 8)];

    /// <summary>Shapes of the tiles, from the first; those behind have none.</summary>
    public IReadOnlyList<(int Rows, int RowBytes)> Shapes { get; init; } = WholeTiles;

    /// <summary>Whether it multiplies integers of 8 bits and not BF16: see <see cref="Int8Layout"/>.</summary>
    public bool IsInt8 { get; init; }

    /// <summary>Integers: whether b's have a sign.</summary>
    public bool TakesSigned { get; init; }

    /// <summary>AMX-BF16.</summary>
    public static PanelKind Tiles { get; } = new(MatrixUnits.AmxBF16, 32, 32, true, PanelCode.Tiles);

    /// <summary>AVX512-BF16.</summary>
    public static PanelKind Wide { get; } = new(MatrixUnits.Avx512BF16, 8, 32, false, PanelCode.Wide);

    /// <summary>AVX2 and FMA; for tests.</summary>
    public static PanelKind Narrow { get; } = new("avx2", 4, 16, false, PanelCode.Narrow);

    /// <summary>Why this machine cannot run it; null where it can.</summary>
    public string? Obstacle =>
        MatrixUnits.Here.All.FirstOrDefault(u => u.Name == Name) is { } unit ? unit.Obstacle
        : Avx2.IsSupported && Fma.IsSupported ? ProcessorFacts.Here.NoCode
        : MatrixUnits.Missing;

    /// <summary>All that multiply BF16; those for integers: <see cref="Int8Kinds"/>.</summary>
    public static IReadOnlyList<PanelKind> All { get; } = [Tiles, Wide, Narrow];
}

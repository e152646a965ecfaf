namespace Pure.Tuner.Kernels;

/// <summary>Kernels that multiply integers of 8 bits.</summary>
internal static class Int8Kinds
{
    /// <summary>AMX-INT8: a and b have signs, 32 of k fill half the bytes of a row.</summary>
    public static PanelKind Tiles { get; } = new(MatrixUnits.AmxInt8, 16, 16, true, Int8Code.Tiles) { IsInt8 = true, TakesSigned = true, Shapes = [(16, 64), (16, 32), (8, 64)] };

    /// <summary>AVX512-VNNI.</summary>
    public static PanelKind Wide { get; } = new(MatrixUnits.Avx512Vnni, 6, 32, false, Int8Code.Wide) { IsInt8 = true };

    /// <summary>AVX-VNNI: the same in 256 bits, for processors without AVX-512.</summary>
    public static PanelKind Middle { get; } = new(MatrixUnits.AvxVnni, 3, 16, false, Int8Code.Middle) { IsInt8 = true };

    /// <summary>AVX2 and FMA; for tests.</summary>
    public static PanelKind Narrow { get; } = new("avx2-int8", 2, 16, false, Int8Code.Narrow) { IsInt8 = true };

    /// <summary>All.</summary>
    public static IReadOnlyList<PanelKind> All { get; } = [Tiles, Wide, Middle, Narrow];
}

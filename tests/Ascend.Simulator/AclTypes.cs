namespace Pure.Tuner.Ascend.Simulator;

/// <summary>What is known of the types of elements.</summary>
internal static class AclTypes
{
    private static readonly int[] s_old = [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 16, 17, 27, 29, 30, 33];
    private static readonly int[] s_formats = [0, 1, 2, 3, 4, 12, 16, 27, 29, 30, 32, 33, 35, 47];

    public const int FractalNz = 29;

    /// <summary>Whether tensors may have this type; 34 to 41 came with CANN 9.</summary>
    public static bool Exists(int type, bool cann9) => s_old.Contains(type) || (cann9 && type is >= 34 and <= 41);

    public static bool IsFormat(int format) => s_formats.Contains(format);

    /// <summary>Bits of an element.</summary>
    public static int Bits(AclType type) => (int)type switch
    {
        30 => 1,
        29 or 40 or 41 => 4,
        2 or 4 or 12 or (>= 34 and <= 39) => 8,
        1 or 6 or 7 or 27 => 16,
        0 or 3 or 8 or 33 => 32,
        9 or 10 or 11 or 16 => 64,
        _ => 128,
    };
}

namespace Pure.Tuner.Kernels;

/// <summary>Panels of integers: activations of 8 bits with a scale for each 32 of k, and a packed weight's own codes.</summary>
/// <remarks>
/// A step is a group of 32 along k. A panel of a holds, for each step, 32 codes of each of its R rows; then a number for each row: its scale; scale · sum of the codes;
/// the integer that its sums begin with. A panel of b holds, for each step, for each four of k its C columns one after another, four codes each; then for each column
/// its scale and its minimum. Filled with zeros to R rows and C columns.
/// <para>y = y + F32(start + Σ a b) · scale of b · scale of a, and then y + minimum of b · (scale · sum) of a, group after group: one product rounded, the other two with the sum
/// (fused). Units that take b without sign add its zero point to each code; the start, - zero · sum of a's codes, takes it out again. Integers are exact, so the
/// bits of y are the same on every unit.</para>
/// </remarks>
internal static class Int8Layout
{
    /// <summary>Elements of k in a step: they share a scale.</summary>
    public const int Group = PanelUnit.StepK;

    /// <summary>Bytes of a row of a in a step.</summary>
    public const int RowBytes = Group + 3 * sizeof(float);

    /// <summary>Bytes of a column of b in a step.</summary>
    public const int ColumnBytes = Group + 2 * sizeof(float);

    /// <summary>Where a step's scales begin.</summary>
    public static int ScalesOfA(int rows) => Group * rows;

    /// <summary>Where a step's scales times sums begin.</summary>
    public static int SumsOfA(int rows) => (Group + 4) * rows;

    /// <summary>Where the integers begin that sums begin with.</summary>
    public static int StartsOfA(int rows) => (Group + 8) * rows;

    /// <summary>Where a step's scales begin.</summary>
    public static int ScalesOfB(int columns) => Group * columns;

    /// <summary>Where its minima begin.</summary>
    public static int MinimaOfB(int columns) => (Group + 4) * columns;
}

namespace Pure.Tuner.Kernels;

/// <summary>How far a tile goes in its operands from one p of k to the next: known when it is compiled, or not.</summary>
/// <remarks>
/// Loads and multiply-adds of a tile are all that a core can issue while another thread of it is busy. With constant steps and four p a round
/// nothing else is left in the loop.
/// </remarks>
internal interface ITileSteps
{
    /// <summary>Elements in a.</summary>
    static abstract nint A(nint given);

    /// <summary>Elements in b.</summary>
    static abstract nint B(nint given);
}

/// <summary>Both operands are panels.</summary>
internal readonly struct PanelSteps<TKernel> : ITileSteps where TKernel : struct, IMicroKernel
{
    public static nint A(nint given) => TKernel.Rows;

    public static nint B(nint given) => TKernel.Columns;
}

/// <summary>An operand is read where it lies.</summary>
internal readonly struct GivenSteps : ITileSteps
{
    public static nint A(nint given) => given;

    public static nint B(nint given) => given;
}

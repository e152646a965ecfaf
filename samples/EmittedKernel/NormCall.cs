using System.Runtime.InteropServices;

namespace EmittedKernel;

/// <summary>What the code is told of one row: a function takes one address, so that it is called alike on every system.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NormCall
{
    /// <summary>The row, the scale, the result.</summary>
    public float* X, Weight, Y;

    /// <summary>Whole registers of a row, at least one.</summary>
    public long Registers;

    /// <summary>Numbers that the code broadcasts: 1 / d, eps, 1.</summary>
    public float InverseWidth, Epsilon, One;

    /// <summary>Room for a register; in the end 1 / root of the mean square, which backward wants.</summary>
    public fixed float Lanes[16];
}

using System.Runtime.InteropServices;

namespace Pure.Tuner.Kernels;

/// <summary>What a product kernel is told: some panels of a, one panel of b, the tiles of c below each other. The kernel counts in it, so it is used up by a call.</summary>
/// <remarks>
/// A panel of a holds R rows: for each step of 32 along k the rows one after another, 32 BF16 each. A panel of b holds C columns: for each pair along k the columns
/// one after another, two BF16 each. Both are filled with zeros to a whole step and to R rows and C columns. Panels of integers: <see cref="Int8Layout"/>.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct PanelCall
{
    /// <summary>The first panel of a.</summary>
    public nint A;

    /// <summary>The panel of b.</summary>
    public nint B;

    /// <summary>The first tile of c, F32.</summary>
    public nint C;

    /// <summary>Bytes from a panel of a to the next.</summary>
    public long ASkip;

    /// <summary>Bytes from a row of c to the next.</summary>
    public long CStep;

    /// <summary>Bytes from a tile of c to the next.</summary>
    public long CSkip;

    /// <summary>Panels of a, at least one.</summary>
    public long Panels;

    /// <summary>Steps along k, at least one.</summary>
    public long Steps;

    /// <summary>Other than 0: the sum goes on from what is in c.</summary>
    public long Load;

    /// <summary>Shapes of the tiles, where the unit has any.</summary>
    public nint Config;

    /// <summary>Integers: other than 0 where the columns of b have minima.</summary>
    public long Minima;

    /// <summary>Integers, where the unit has tiles: room for one, 1 KiB.</summary>
    public nint Room;
}

using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Pure.Tuner.Kernels;

/// <summary>Register tiles that matrix multiply can use.</summary>
internal enum TileKind
{
    /// <summary>No vectors.</summary>
    Scalar,
    /// <summary>128 bits, 16 registers.</summary>
    V128,
    /// <summary>128 bits, 32 registers.</summary>
    V128Wide,
    /// <summary>256 bits.</summary>
    V256,
    /// <summary>512 bits.</summary>
    V512,
}

/// <summary>How matrix multiply is cut for the caches. Changes no bit of the result.</summary>
/// <param name="Tile">The register tile.</param>
/// <param name="Kc">About the length of k in one pass: a panel of b fills half of L1.</param>
/// <param name="Mc">Rows in one job: their panels of a stay in L2.</param>
/// <param name="Nc">Columns in one pass: their panels of b stay in L3.</param>
internal readonly record struct Blocking(TileKind Tile, int Kc, int Mc, int Nc)
{
    /// <summary>For this machine.</summary>
    public static Blocking Default { get; } = For(BestTile);

    private static TileKind BestTile =>
        Vector512.IsHardwareAccelerated ? TileKind.V512 :
        Vector256.IsHardwareAccelerated ? TileKind.V256 :
        AdvSimd.IsSupported ? TileKind.V128Wide :
        Vector128.IsHardwareAccelerated ? TileKind.V128 : TileKind.Scalar;

    /// <summary>For a tile on this machine's caches.</summary>
    public static Blocking For(TileKind tile)
    {
        (int rows, int columns) = tile switch
        {
            TileKind.V512 => (Kernel14x32.Rows, Kernel14x32.Columns),
            TileKind.V256 => (Kernel6x16.Rows, Kernel6x16.Columns),
            TileKind.V128Wide => (Kernel8x8.Rows, Kernel8x8.Columns),
            TileKind.V128 => (Kernel4x8.Rows, Kernel4x8.Columns),
            _ => (Kernel2x4.Rows, Kernel2x4.Columns),
        };
        int kc = (int)Math.Clamp(CacheBytes(1, 32 << 10) / (2 * sizeof(float) * columns) / 32 * 32, 64, 512);
        int mc = (int)Math.Clamp(CacheBytes(2, 512 << 10) / 10 / (sizeof(float) * kc) / rows * rows, rows, 40 * rows);
        int nc = (int)Math.Clamp(CacheBytes(3, 8 << 20) / 4 / (sizeof(float) * kc) / columns * columns, 16 * columns, 4096);
        return new(tile, kc, mc, nc);
    }

    /// <summary>Size of the data cache of a level, as Linux tells it, else a guess.</summary>
    private static long CacheBytes(int level, long guess)
    {
        try
        {
            foreach (string folder in Directory.EnumerateDirectories("/sys/devices/system/cpu/cpu0/cache", "index*"))
            {
                if (Read("level") != level.ToString(CultureInfo.InvariantCulture) || Read("type") == "Instruction") continue;
                string size = Read("size");
                long unit = size[^1] switch { 'K' => 1 << 10, 'M' => 1 << 20, _ => 1 };
                return long.Parse(size.AsSpan().TrimEnd("KM"), NumberStyles.None, CultureInfo.InvariantCulture) * unit;
                string Read(string name) => File.ReadAllText(Path.Combine(folder, name)).Trim();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            // Another system, or a sandbox: the guess serves.
        }
        return guess;
    }
}

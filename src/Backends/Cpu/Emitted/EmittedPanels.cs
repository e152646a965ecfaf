using System.Buffers.Binary;
using System.Runtime.Intrinsics.X86;

namespace Pure.Tuner.Kernels;

/// <summary>A product kernel as machine code of its own.</summary>
internal sealed unsafe class EmittedPanels : PanelUnit
{
    private readonly CodePages _pages;
    private readonly nint _config;
    private readonly bool _hasTiles;

    private EmittedPanels(PanelKind kind, CodeWriter code)
        : base(kind.Name, kind.Rows, kind.Columns)
    {
        _hasTiles = kind.HasTiles;
        _pages = CodePages.Load(Image(kind, code, out int config));
        _config = _pages.Entry + config;
    }

    /// <summary>The kernel of a unit that this machine has.</summary>
    /// <exception cref="NotSupportedException">The system gives no memory for code, or none for the signal stack that tiles want.</exception>
    public static EmittedPanels Load(PanelKind kind)
    {
        if (kind.HasTiles) SignalStacks.Widen();                            // what fails, fails here, before anything relies on the unit
        return new(kind, kind.Emit(CallConvention.Here));
    }

    public override void Run(PanelCall* call)
    {
        call->Config = _config;
        if (_hasTiles) SignalStacks.TryWiden();
        // Not SuppressGCTransition: the collector does not wait for a kernel, which touches no object.
        ((delegate* unmanaged<PanelCall*, void>)_pages.Entry)(call);
        GC.KeepAlive(_pages);                                               // whose finalizer takes the code away
    }

    public override void Dispose()
    {
        _pages.Dispose();
        base.Dispose();
    }

    /// <summary>The code, and behind it the shapes of the tiles where there are any.</summary>
    internal static byte[] Image(PanelKind kind, CodeWriter code, out int config)
    {
        byte[] bytes = code.ToArray();
        config = (bytes.Length + 63) / 64 * 64;
        if (!kind.HasTiles) return bytes;
        byte[] image = new byte[config + 64];
        bytes.CopyTo(image, 0);
        TileShapes().CopyTo(image, config);
        return image;
    }

    /// <summary>All eight tiles with 16 rows of 64 bytes.</summary>
    internal static byte[] TileShapes()
    {
        byte[] shapes = new byte[64];
        shapes[0] = 1;                                                      // palette 1; the row to go on from is 0
        for (int tile = 0; tile < 8; tile++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(shapes.AsSpan(16 + 2 * tile), 64);
            shapes[48 + tile] = 16;
        }
        return shapes;
    }
}

/// <summary>A kind of product kernel.</summary>
/// <param name="Name">The unit it is for.</param>
/// <param name="Rows">Rows of a panel of a.</param>
/// <param name="Columns">Columns of a panel of b.</param>
/// <param name="HasTiles">Whether it uses tile registers.</param>
/// <param name="Emit">Its code for a way of being called.</param>
internal sealed record PanelKind(string Name, int Rows, int Columns, bool HasTiles, Func<CallConvention, CodeWriter> Emit)
{
    /// <summary>AMX-BF16.</summary>
    public static PanelKind Tiles { get; } = new(MatrixUnits.AmxBF16, 32, 32, true, PanelCode.Tiles);

    /// <summary>AVX512-BF16.</summary>
    public static PanelKind Wide { get; } = new(MatrixUnits.Avx512BF16, 8, 32, false, PanelCode.Wide);

    /// <summary>AVX2 and FMA; for tests.</summary>
    public static PanelKind Narrow { get; } = new("avx2", 4, 16, false, PanelCode.Narrow);

    /// <summary>Why this machine cannot run it; null where it can.</summary>
    public string? Obstacle =>
        Name == Narrow.Name
            ? Avx2.IsSupported && Fma.IsSupported ? ProcessorFacts.Here.NoCode : "the processor has none"
            : MatrixUnits.Here.All.Single(u => u.Name == Name).Obstacle;

    /// <summary>All.</summary>
    public static IReadOnlyList<PanelKind> All { get; } = [Tiles, Wide, Narrow];
}

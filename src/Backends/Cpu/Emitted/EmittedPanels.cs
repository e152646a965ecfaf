using System.Buffers.Binary;

namespace Pure.Tuner.Kernels;

/// <summary>A product kernel as machine code of its own.</summary>
internal sealed unsafe class EmittedPanels : PanelUnit
{
    private readonly CodePages _pages;
    private readonly nint _config;
    private readonly bool _hasTiles;

    private EmittedPanels(PanelKind kind, CodeWriter code)
        : base(kind)
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

    /// <summary>The first of some kernels that the system lets be loaded; null where there is none.</summary>
    /// <param name="kinds">What the processor has, best first.</param>
    /// <param name="why">Why none was loaded, in one sentence; null where one was or none was offered.</param>
    public static EmittedPanels? LoadFirst(IEnumerable<PanelKind> kinds, out string? why)
    {
        List<string> refusals = [];
        why = null;
        foreach (PanelKind kind in kinds)
        {
            try { return Load(kind); }
            catch (NotSupportedException e) { refusals.Add($"{kind.Name}: {e.Message}"); }
        }
        if (refusals.Count > 0) why = $"no matrix unit is used: {string.Join("; ", refusals)}";
        return null;
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
        TileShapes(kind).CopyTo(image, config);
        return image;
    }

    /// <summary>Shapes of the tiles as the processor reads them.</summary>
    private static byte[] TileShapes(PanelKind kind)
    {
        byte[] shapes = new byte[64];
        shapes[0] = 1;                                                      // palette 1; the row to go on from is 0
        for (int tile = 0; tile < kind.Shapes.Count; tile++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(shapes.AsSpan(16 + 2 * tile), (ushort)kind.Shapes[tile].RowBytes);
            shapes[48 + tile] = (byte)kind.Shapes[tile].Rows;
        }
        return shapes;
    }
}

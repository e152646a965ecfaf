using System.Runtime.InteropServices;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests.Emitted;

/// <summary>A unit's kernel run by the interpreter: the same bytes, no such processor needed.</summary>
internal sealed unsafe class InterpretedPanels : PanelUnit
{
    private readonly void* _image;
    private readonly int _bytes, _config;
    private readonly Features _features;
    private readonly CallConvention _convention;
    private readonly Action<Interpreter, PanelCall>? _allow;

    /// <param name="kind">The unit.</param>
    /// <param name="convention">How it is called.</param>
    /// <param name="allow">Names the memory of a call; else panels and tiles as the call itself describes them.</param>
    public InterpretedPanels(PanelKind kind, CallConvention convention, Action<Interpreter, PanelCall>? allow = null)
        : base(kind)
    {
        byte[] image = EmittedPanels.Image(kind, kind.Emit(convention), out _config);
        (_bytes, _convention, _allow) = (image.Length, convention, allow);
        _image = NativeMemory.AlignedAlloc((nuint)_bytes, 64);
        image.CopyTo(new Span<byte>(_image, _bytes));
        _features = FeaturesOf(kind);
    }

    public static Features FeaturesOf(PanelKind kind) =>
        kind == Int8Kinds.Tiles ? Features.AmxTile | Features.AmxInt8 | Features.Avx2Fma | Features.Avx512
        : kind == Int8Kinds.Wide ? Features.Avx2Fma | Features.Avx512 | Features.Avx512Vnni
        : kind == Int8Kinds.Middle ? Features.Avx2Fma | Features.AvxVnni
        : kind == PanelKind.Tiles ? Features.AmxTile | Features.AmxBF16 : kind == PanelKind.Wide ? Features.Avx2Fma | Features.Avx512 | Features.Avx512BF16 : Features.Avx2Fma;

    /// <summary>Instructions that were run so far.</summary>
    public HashSet<nint> Seen { get; } = [];

    public override void Run(PanelCall* call)
    {
        var machine = new Interpreter(_features);
        call->Config = (nint)_image + _config;
        if (_allow is not null) _allow(machine, *call);
        else Allow(machine, *call);
        machine.Allow((nint)call, sizeof(PanelCall), true, "call");
        machine.Call((nint)_image, _bytes, _convention, (nint)call);
        lock (Seen) Seen.UnionWith(machine.Seen);
    }

    /// <summary>Panels whole, rows of c one by one: what lies between them is nobody's.</summary>
    private void Allow(Interpreter machine, PanelCall call)
    {
        (int rowBytes, int columnBytes) = Kind.IsInt8 ? (Int8Layout.RowBytes, Int8Layout.ColumnBytes) : (StepK * 2, StepK * 2);
        if (Kind is { IsInt8: true, HasTiles: true }) machine.Allow(call.Room, 1024, true, "room for a tile");
        for (int i = 0; i < call.Panels; i++)
        {
            machine.Allow(call.A + (nint)(i * call.ASkip), call.Steps * Rows * rowBytes, false, $"panel {i} of a");
            for (int row = 0; row < Rows; row++) machine.Allow(call.C + (nint)(i * call.CSkip + row * call.CStep), Columns * sizeof(float), true, $"row {row} of tile {i} of c");
        }
        machine.Allow(call.B, call.Steps * Columns * columnBytes, false, "the panel of b");
    }

    public override void Dispose()
    {
        NativeMemory.AlignedFree(_image);
        base.Dispose();
    }
}

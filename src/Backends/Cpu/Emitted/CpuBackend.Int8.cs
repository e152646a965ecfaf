using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Products of rows rounded to integers of 8 bits with packed weights' own codes, by an integer unit.</summary>
public sealed unsafe partial class CpuBackend
{
    private PanelUnit? _integers;
    private string? _whyNoIntegers;
    private bool _hasLookedForIntegers;

    /// <summary>
    /// Whether more than a few rows, as in prompts and batches, are rounded to 8 bits before they meet a packed weight with integer codes (Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, IQ4_NL), where
    /// the processor has a unit for it: groups of 32 under one scale, each number wrong by at most a 254th of its group's largest. No longer the numbers of F32.
    /// </summary>
    public bool Int8Activations { get; set; }

    /// <summary>What serves such products here, or why nothing does, in one sentence.</summary>
    public string Int8State =>
        !UsesMatrixUnits ? "matrix units are switched off"
        : Integers is { } unit ? $"{unit.Name} multiplies int8"
        : _whyNoIntegers ?? MatrixUnits.Here.Int8State;

    /// <summary>The kind of kernel that backends opened from now on take instead of this machine's own unit: for tests, which prove what surrounds it.</summary>
    internal static PanelKind? IntegersForTests { get; set; }

    /// <summary>The unit that multiplies integers; null where there is none or the system does not let its code be loaded. Loaded when it is first wanted; tests put another.</summary>
    internal PanelUnit? Integers
    {
        get
        {
            if (_hasLookedForIntegers || !UsesMatrixUnits) return UsesMatrixUnits ? _integers : null;
            _hasLookedForIntegers = true;
            return _integers = EmittedPanels.LoadFirst(IntegersForTests is { } kind ? [kind] : MatrixUnits.Here.AllInt8, out _whyNoIntegers);
        }
        set => (_integers, _hasLookedForIntegers) = (value, true);
    }

    /// <summary>Whether <see cref="Int8Activations"/> changes anything for a weight, given a unit.</summary>
    internal static bool HasCodes8(QuantizedTensor w) => Int8Reader.For(w.Format) is not null;

    /// <summary>Whether a product with a weight as it stands, of so many rows, takes integers.</summary>
    private bool TakesIntegers(Weight w, int rows) => Int8Activations && rows > FewRows && w is QuantizedTensor packed && packed.Shape[1] > 0 && HasCodes8(packed) && Integers is not null;

    private void MultiplyInt8(PanelUnit unit, Matrix a, QuantizedTensor w, float* y, nint yStep, int m, int n, int k, float alpha, bool accumulate)
    {
        Int8Reader reader = Int8Reader.For(w.Format)!;
        int groups = k / Int8Layout.Group;
        int rows = (int)Math.Clamp(PanelBytesA / Math.Max(1, groups * Int8Layout.RowBytes) / unit.Rows * unit.Rows, unit.Rows, (long)PanelProduct.Ceiling(m, unit.Rows) * unit.Rows);
        int columns = (int)Math.Clamp(PanelBytesB / Math.Max(1, groups * Int8Layout.ColumnBytes) / unit.Columns * unit.Columns, unit.Columns, (long)PanelProduct.Ceiling(n, unit.Columns) * unit.Columns);
        var pass = new Int8Product { Unit = unit, Reader = reader, W = w, YStep = yStep, N = n, K = k, Alpha = alpha, Accumulate = accumulate };
        pass.PackedA = (byte*)Take(true, _roomA, SlotA, (long)rows * groups * Int8Layout.RowBytes / sizeof(float));
        pass.PackedB = (byte*)Take(true, _roomB, SlotB, (long)columns * groups * Int8Layout.ColumnBytes / sizeof(float));
        if (IsMeasuring) return;
        for (int row = 0; row < m; row += rows)
        {
            pass.M = Math.Min(rows, m - row);
            pass.A = a.From(row, 0);
            pass.Y = y + row * yStep;
            Spread(true, pass.APanels, PanelProduct.Ceiling(pass.APanels, 128), new Int8Product.PackABody(pass), (long)pass.M * k);
            for (pass.Jc = 0; pass.Jc < n; pass.Jc += columns)
            {
                pass.Nc = Math.Min(columns, n - pass.Jc);
                pass.Cut();
                Spread(true, pass.BPanels, PanelProduct.Ceiling(pass.BPanels, 128), new Int8Product.PackBBody(pass), (long)pass.Nc * k);
                Spread(true, pass.Jobs, PanelProduct.Ceiling(pass.Jobs, WorkerPool.MaxChunks), new Int8Product.ComputeBody(pass), (long)pass.M * pass.Nc * k / 8);
            }
        }
    }

    /// <summary>y (+)= alpha · a Wᵀ by a unit, with all threads; for tests, which try units and shapes directly.</summary>
    internal void MatMulInt8(PanelUnit unit, Matrix a, QuantizedTensor w, float* y, nint yStep, int m, float alpha, bool accumulate) =>
        MultiplyInt8(unit, a, w, y, yStep, m, w.Shape[0], w.Shape[1], alpha, accumulate);
}

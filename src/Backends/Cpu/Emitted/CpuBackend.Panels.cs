using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Products of operands rounded to BF16, by a matrix unit.</summary>
public sealed unsafe partial class CpuBackend
{
    /// <summary>Most bytes of packed panels of a at a time; tests try fewer. Changes no bit of the result.</summary>
    internal long PanelBytesA { get; set; } = 32 << 20;

    /// <summary>The same of b.</summary>
    internal long PanelBytesB { get; set; } = 16 << 20;

    /// <summary>Columns that are packed at once where b is expanded from a packed weight whose blocks run across them.</summary>
    private const int ColumnsTogether = 256;

    private PanelUnit? _panels;
    private string? _whyNoPanels;
    private bool _hasLooked, _usesMatrixUnits = true;

    /// <summary>Whether matrix units may be used; changed before <see cref="Backend.ProductType"/> is.</summary>
    /// <exception cref="InvalidOperationException">Products are rounded already.</exception>
    public bool UsesMatrixUnits
    {
        get => _usesMatrixUnits;
        set
        {
            if (RoundsOperands) throw new InvalidOperationException("cpu: matrix units are switched before the product type is set");
            _usesMatrixUnits = value;
        }
    }

    /// <summary>What serves BF16 products here, or why nothing does, in one sentence.</summary>
    public string MatrixUnitState =>
        !UsesMatrixUnits ? "matrix units are switched off"
        : Panels is { } unit ? $"{unit.Name} multiplies bf16"
        : _whyNoPanels ?? MatrixUnits.Here.BF16State;

    /// <summary>The kind of kernel that backends opened from now on take instead of this machine's own unit: for tests, which prove what surrounds it.</summary>
    internal static PanelKind? PanelsForTests { get; set; }

    /// <summary>The unit that multiplies BF16; null where there is none or the system does not let its code be loaded. Loaded when it is first wanted; tests put another.</summary>
    internal PanelUnit? Panels
    {
        get
        {
            if (_hasLooked || !UsesMatrixUnits) return UsesMatrixUnits ? _panels : null;
            _hasLooked = true;
            return _panels = EmittedPanels.LoadFirst(PanelsForTests is { } kind ? [kind] : MatrixUnits.Here.AllBF16, out _whyNoPanels);
        }
        set => (_panels, _hasLooked) = (value, true);
    }

    /// <inheritdoc/>
    /// <remarks>BF16 where the processor has a matrix unit for it that may be used.</remarks>
    public override bool Multiplies(DType type) => type == DType.F32 || (type == DType.BF16 && Panels is not null);

    /// <summary>Whether operands of products are rounded to BF16.</summary>
    private bool RoundsOperands => ProductType == DType.BF16;

    /// <summary>x as an operand of products: rounded where they round.</summary>
    private Tensor AsOperand(Tensor x)
    {
        if (!RoundsOperands || x.DType == DType.BF16) return x;
        Tensor y = Tensor.EmptyLike(x, DType.BF16);
        Copy(x, y);
        return y;
    }

    /// <summary>x = the nearest BF16, ties to even.</summary>
    internal static void RoundInPlace(Span<float> x)
    {
        Span<BFloat16> narrow = stackalloc BFloat16[256];
        for (; x.Length > 0; x = x[Math.Min(x.Length, narrow.Length)..])
        {
            Span<float> part = x[..Math.Min(x.Length, narrow.Length)];
            Rows.Narrow(part, narrow);
            Rows.Widen(narrow[..part.Length], part);
        }
    }

    /// <summary>±2⁻³² to ±2³²: far from where a number would leave the range of BF16 on the way.</summary>
    internal static bool IsModestPowerOfTwo(float x) => (BitConverter.SingleToUInt32Bits(x) & 0x7F_FFFF) == 0 && MathF.Abs(x) is >= 1f / (1L << 32) and <= 1L << 32;

    private void MultiplyPanels(PanelUnit unit, Matrix a, Matrix turned, PackedSource source, float* y, nint yStep, int m, int n, int k, float alpha, bool accumulate, bool shared, KeptPanels kept = default)
    {
        long step = (long)PanelUnit.StepsOf(k) * PanelUnit.StepK * sizeof(ushort);
        int rows = (int)Math.Clamp(PanelBytesA / step / unit.Rows * unit.Rows, unit.Rows, (long)PanelProduct.Ceiling(m, unit.Rows) * unit.Rows);
        int columns = kept.Exist ? n : (int)Math.Clamp(PanelBytesB / step / ColumnsTogether * ColumnsTogether, unit.Columns, (long)PanelProduct.Ceiling(n, unit.Columns) * unit.Columns);
        var pass = new PanelProduct { Unit = unit, BTurned = turned, Source = source, YStep = yStep, N = n, K = k, Alpha = 1, Scale = 1, Accumulate = accumulate };
        // Exact in a as in the sum, and tiles can be added up where they lie: LoRA's usual scale.
        if (IsModestPowerOfTwo(alpha)) pass.Scale = alpha;
        else pass.Alpha = alpha;
        pass.PackedA = (BFloat16*)Take(shared, _roomA, SlotA, rows * step / sizeof(float));
        pass.BStep = kept.Exist ? kept.Step : pass.BPanel;
        pass.PackedB = kept.Exist ? kept.First : (BFloat16*)Take(shared, _roomB, SlotB, columns * step / sizeof(float));
        if (IsMeasuring) return;
        int together = source.Exists && source.IsTurned ? ColumnsTogether / unit.Columns : 4;
        for (int row = 0; row < m; row += rows)
        {
            pass.M = Math.Min(rows, m - row);
            pass.A = a.From(row, 0);
            pass.Y = y + row * yStep;
            Spread(shared, pass.APanels, PanelProduct.Ceiling(pass.APanels, 128), new PanelProduct.PackABody(pass), (long)pass.M * k);
            for (pass.Jc = 0; pass.Jc < n; pass.Jc += columns)
            {
                pass.Nc = Math.Min(columns, n - pass.Jc);
                pass.Cut();
                if (!kept.Exist) Spread(shared, pass.BPanels, PanelProduct.Ceiling(PanelProduct.Ceiling(pass.BPanels, 128), together) * together, new PanelProduct.PackBBody(pass), (long)pass.Nc * k);
                Spread(shared, pass.Jobs, PanelProduct.Ceiling(pass.Jobs, WorkerPool.MaxChunks), new PanelProduct.ComputeBody(pass), (long)pass.M * pass.Nc * k / 8);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Panels of BF16, two bytes an element for each direction, where products round to BF16: packing costs a product of a few hundred rows about as much as a unit takes to multiply them.</remarks>
    internal override void Prepare(Tensor weight, bool backward)
    {
        if (!RoundsOperands || Panels is not { } unit || weight.Shape.Rank != 2 || weight.Shape.Count == 0 || !weight.IsContiguous || !weight.DType.IsFloat) return;
        if (weight.Storage.Prepared is not WeightPanels panels || !panels.IsOf(weight, unit)) weight.Storage.Prepared = panels = new WeightPanels(weight, unit);
        if (panels.Make(this, false) is { } forward) PackWeight(weight, unit, turned: false, forward.Address);
        if (backward && panels.Make(this, true) is { } gradients) PackWeight(weight, unit, turned: true, gradients.Address);
    }

    private void PackWeight(Tensor weight, PanelUnit unit, bool turned, nint room)
    {
        Matrix w = Matrix.Of(weight, 0);
        int n = weight.Shape[turned ? 1 : 0], k = weight.Shape[turned ? 0 : 1];
        var pass = new PanelProduct { Unit = unit, BTurned = turned ? w.Transposed : w, N = n, Nc = n, K = k, PackedB = (BFloat16*)room };
        Spread(true, pass.BPanels, PanelProduct.Ceiling(PanelProduct.Ceiling(pass.BPanels, 128), 4) * 4, new PanelProduct.PackBBody(pass), (long)n * k);
    }

    /// <summary>What was kept of b, if anything. Where memory is poisoned it is compared with the weight.</summary>
    private KeptPanels Kept(Tensor b)
    {
        if (!RoundsOperands || b.Storage.Prepared is not WeightPanels panels) return default;
        KeptPanels kept = panels.Find(b, Panels!);
        if (kept.Exist && Poison && !IsMeasuring && !panels.AreOf(b.Storage, (weight, turned, room) => PackWeight(weight, Panels!, turned, room)))
            throw new InvalidOperationException($"cpu: a weight {b.DType.Name} {b.Shape} was written and its panels were not given back");
        return kept;
    }

    /// <summary>y (+)= alpha · a b by a unit, with all threads; for tests, which try units and shapes directly.</summary>
    internal void MatMulPanels(PanelUnit unit, Matrix a, Matrix b, float* y, nint yStep, int m, int n, int k, float alpha, bool accumulate) =>
        MultiplyPanels(unit, a, b.Transposed, default, y, yStep, m, n, k, alpha, accumulate, shared: true);

    /// <summary>The same with a packed weight in the place of b.</summary>
    internal void PackedMatMulPanels(PanelUnit unit, Matrix a, PackedSource b, float* y, nint yStep, int m, int n, int k, float alpha, bool accumulate) =>
        MultiplyPanels(unit, a, default, b, y, yStep, m, n, k, alpha, accumulate, shared: true);
}

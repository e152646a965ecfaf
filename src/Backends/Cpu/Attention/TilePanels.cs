namespace Pure.Tuner.Kernels;

/// <summary>Products of BF16 operands inside a tile of attention, by a matrix unit: panels lie in the thread's scratch, as <see cref="PanelCall"/> describes them.</summary>
internal readonly unsafe struct TilePanels(PanelUnit unit)
{
    /// <summary>Columns of a panel of b: lanes that are worked on together.</summary>
    public int Columns => unit.Columns;

    /// <summary>Rows of a panel of a.</summary>
    public int Rows => unit.Rows;

    /// <summary>Elements of a panel of a with k terms.</summary>
    public long OfA(int k) => (long)PanelUnit.StepsOf(k) * PanelUnit.StepK * unit.Rows;

    /// <summary>Elements of a panel of b with k terms.</summary>
    public long OfB(int k) => (long)PanelUnit.StepsOf(k) * PanelUnit.StepK * unit.Columns;

    /// <summary>Room for panels in a slot of the scratch.</summary>
    public static BFloat16* Take(int slot, long elements) => (BFloat16*)Scratch.Bytes(slot, elements * sizeof(ushort));

    /// <summary>Packs all rows of x, [rows, k], as panels of a, one after another.</summary>
    public void PackA(Matrix x, int rows, int k, BFloat16* panels)
    {
        for (int row = 0; row < rows; row += unit.Rows, panels += OfA(k)) PanelPacking.PackA(x, row, Math.Min(unit.Rows, rows - row), unit.Rows, k, 1, panels);
    }

    /// <summary>Packs b, [k, columns], given transposed, as panels one after another.</summary>
    public void PackB(Matrix turned, int columns, int k, BFloat16* panels) => PanelPacking.PackB(turned, default, 0, columns, unit.Columns, k, panels);

    /// <summary>c (+)= a b for one panel of b.</summary>
    /// <param name="a">The first panel of a at the first step.</param>
    /// <param name="aSkip">Elements from a panel of a to the next.</param>
    /// <param name="b">The panel of b at the first step.</param>
    /// <param name="rows">Rows of c, rounded up to whole panels by the unit.</param>
    /// <param name="k">Terms, rounded up to whole steps.</param>
    /// <param name="c">The first tile of c; whole panels of rows and columns are written.</param>
    /// <param name="cStep">Elements from a row of c to the next.</param>
    /// <param name="load">Whether the sum goes on from c.</param>
    public void Run(BFloat16* a, long aSkip, BFloat16* b, int rows, int k, float* c, nint cStep, bool load)
    {
        var call = new PanelCall
        {
            A = (nint)a,
            B = (nint)b,
            C = (nint)c,
            ASkip = aSkip * sizeof(ushort),
            CStep = cStep * sizeof(float),
            CSkip = cStep * sizeof(float) * unit.Rows,
            Panels = PanelProduct.Ceiling(rows, unit.Rows),
            Steps = PanelUnit.StepsOf(k),
            Load = load ? 1 : 0,
        };
        unit.Run(&call);
    }

    /// <summary>c[rows, columns] += a b for all panels of b; what hangs over the rows or columns of c is computed beside it.</summary>
    /// <param name="a">The first panel of a.</param>
    /// <param name="b">The first panel of b at the first step.</param>
    /// <param name="bSkip">Elements from a panel of b to the next.</param>
    /// <param name="rows">Rows of c.</param>
    /// <param name="columns">Columns of c.</param>
    /// <param name="k">Terms.</param>
    /// <param name="c">Rows at step <paramref name="cStep"/>.</param>
    /// <param name="cStep">Elements from a row of c to the next.</param>
    /// <param name="beside">Room for a panel of columns of whole panels of rows.</param>
    public void Add(BFloat16* a, BFloat16* b, long bSkip, int rows, int columns, int k, float* c, nint cStep, float* beside)
    {
        for (int column = 0; column < columns; column += unit.Columns, b += bSkip, c += unit.Columns)
        {
            int wide = Math.Min(unit.Columns, columns - column);
            if (rows % unit.Rows == 0 && wide == unit.Columns)
            {
                Run(a, OfA(k), b, rows, k, c, cStep, load: true);
                continue;
            }
            new Span<float>(beside, PanelProduct.Ceiling(rows, unit.Rows) * unit.Rows * unit.Columns).Clear();
            for (int i = 0; i < rows; i++) new ReadOnlySpan<float>(c + i * cStep, wide).CopyTo(new Span<float>(beside + i * unit.Columns, wide));
            Run(a, OfA(k), b, rows, k, beside, unit.Columns, load: true);
            for (int i = 0; i < rows; i++) new ReadOnlySpan<float>(beside + i * unit.Columns, wide).CopyTo(new Span<float>(c + i * cStep, wide));
        }
    }

    /// <summary>A row of BF16 times a factor that is a power of two, which is exact.</summary>
    public static void CopyRow(BFloat16* x, int count, float factor, BFloat16* y)
    {
        if (factor == 1)
        {
            new ReadOnlySpan<BFloat16>(x, count).CopyTo(new Span<BFloat16>(y, count));
            return;
        }
        Span<float> wide = Scratch.Floats(TilePanelSlots.Wide, count);
        Kernels.Rows.Widen(new ReadOnlySpan<BFloat16>(x, count), wide);
        TensorPrimitives.Multiply(wide, factor, wide);
        Kernels.Rows.Narrow(wide, new Span<BFloat16>(y, count));
    }
}

/// <summary>Slots of the scratch that attention on a unit takes beside those of packing.</summary>
internal static class TilePanelSlots
{
    public const int Queries = 10, Keys = 11, Values = 12, Weights = 13, Sums = 14, Scores = 15, Stats = 16, Lanes = 17, Wide = 18, Rows = 19, TurnedKeys = 20, Gradients = 21, Beside = 22;
}

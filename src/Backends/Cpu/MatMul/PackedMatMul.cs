using System.Runtime.Intrinsics.X86;

namespace Pure.Tuner.Kernels;

/// <summary>One pass of y (+)= alpha · a b: columns [Jc, Jc + Nc) of y, k in [Pc, Pc + Kc). First panels, then tiles, each cut by shape alone.</summary>
/// <remarks>
/// Panels of b hold Columns of b, panels of a Rows of a times alpha. A matrix that few tiles read again is read in place instead of packed,
/// if its elements lie as the tile wants them. Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication".
/// </remarks>
internal unsafe struct PackedMatMul<TKernel> where TKernel : struct, IMicroKernel
{
    private const int OwnPanelSlot = 6;

    public Matrix A, BTurned;          // b transposed: both run over k along their columns

    /// <summary>In the place of BTurned: a packed weight.</summary>
    public PackedSource Source;
    public float* Y;
    public nint YStep;
    public int M, N, K, Jc, Nc, Pc, Kc, RowsPerTile, ColumnsPerTile;

    /// <summary>Terms of a chain; Pc is a multiple of it.</summary>
    public int Chain;
    public float Alpha;
    public bool Load, ADirect, BDirect;

    /// <summary>With one row of tiles each panel of b is used by one job: it is packed there and never leaves the cache.</summary>
    public bool PacksBItself;
    public float* PackedA, PackedB;

    /// <summary>A product through few columns that is added on the way; the default value is none.</summary>
    public LowRank Low;

    public readonly int APanels => ADirect ? M % TKernel.Rows == 0 ? 0 : 1 : Ceiling(M, TKernel.Rows);
    public readonly int BPanels => BDirect ? Nc % TKernel.Columns == 0 ? 0 : 1 : PacksBItself ? 0 : Ceiling(Nc, TKernel.Columns);
    public readonly int Tiles => Ceiling(M, RowsPerTile) * Ceiling(Nc, ColumnsPerTile);

    /// <summary>Whether several panels of b are packed at once.</summary>
    public readonly bool PacksTogether => !BDirect && !Source.Exists && Packing.CanPackTogether(BTurned, TKernel.Columns);

    /// <summary>A matrix whose k neighbours are a row apart and whose tile elements are side by side needs no packing.</summary>
    public static bool CanBeDirect(Matrix x) => x.IsF32 && x.RowStep == 1;

    /// <summary>Packs panels [first, end): those of b come first.</summary>
    public readonly void Pack(int first, int end)
    {
        int i = first;
        if (Source.Exists && i < BPanels)
        {
            int count = Math.Min(end, BPanels) - i, column = i * TKernel.Columns;
            Source.Pack(Jc + column, Math.Min(count * TKernel.Columns, Nc - column), TKernel.Columns, Pc, Kc, PackedB + (long)i * TKernel.Columns * Kc);
            i += count;
        }
        else if (PacksTogether && i < BPanels)
        {
            int count = Math.Min(Math.Min(end, BPanels), Nc / TKernel.Columns) - i;
            if (count > 0)
            {
                Packing.PackTogether(BTurned, Jc + (long)i * TKernel.Columns, count, TKernel.Columns, Pc, Kc, PackedB + (long)i * TKernel.Columns * Kc);
                i += count;
            }
        }
        for (; i < end; i++)
        {
            if (i < BPanels)
            {
                int panel = BDirect ? Nc / TKernel.Columns : i, column = panel * TKernel.Columns;
                Packing.Pack(BTurned, Jc + column, Math.Min(TKernel.Columns, Nc - column), TKernel.Columns, Pc, Kc, 1, PackedB + (long)i * TKernel.Columns * Kc);
            }
            else
            {
                int at = i - BPanels, panel = ADirect ? M / TKernel.Rows : at, row = panel * TKernel.Rows;
                float* to = PackedA + (long)at * TKernel.Rows * Kc;
                Packing.Pack(A, row, Math.Min(TKernel.Rows, M - row), TKernel.Rows, Pc, Kc, Alpha, to);
                if (Low.Exists && Jc == 0) AddLow(to, row);
            }
        }
    }

    /// <summary>t of a panel's rows, while the panel is in L1; after the last pass it becomes a panel itself.</summary>
    private readonly void AddLow(float* a, int row)
    {
        float* between = stackalloc float[TKernel.Rows * TKernel.Columns];
        float* t = Low.T + (long)row * Low.TStep;
        for (int j = 0; j < Low.TStep; j += TKernel.Columns)
            Chains(a, TKernel.Rows, Low.P + (long)j * K + (long)Pc * TKernel.Columns, TKernel.Columns, Pc > 0 ? t + j : null, Low.TStep, t + j, Low.TStep, between);
        if (Pc + Kc == K) Packing.Pack(new Matrix((nint)t, DType.F32, Low.TStep, 1), 0, TKernel.Rows, TKernel.Rows, 0, Low.Rank, Low.Scale, Low.TPanels + (long)row * Low.Rank);
    }

    /// <summary>Computes tiles [first, end) of RowsPerTile x ColumnsPerTile; neighbours in number share rows of a.</summary>
    public readonly void Compute(int first, int end)
    {
        float* edge = stackalloc float[TKernel.Rows * TKernel.Columns], between = stackalloc float[TKernel.Rows * TKernel.Columns];
        int across = Ceiling(Nc, ColumnsPerTile);
        for (int tile = first; tile < end; tile++)
        {
            int rowFirst = tile / across * RowsPerTile, rowEnd = Math.Min(M, rowFirst + RowsPerTile);
            int columnFirst = tile % across * ColumnsPerTile, columnEnd = Math.Min(Nc, columnFirst + ColumnsPerTile);
            for (int column = columnFirst; column < columnEnd; column += TKernel.Columns)
            {
                int columns = Math.Min(TKernel.Columns, Nc - column);
                float* b;
                nint bStep = TKernel.Columns;
                if (!BDirect && PacksBItself)
                {
                    b = (float*)Scratch.Bytes(OwnPanelSlot, (long)TKernel.Columns * Kc * sizeof(float));
                    if (Source.Exists) Source.Pack(Jc + column, columns, TKernel.Columns, Pc, Kc, b);
                    else Packing.Pack(BTurned, Jc + column, columns, TKernel.Columns, Pc, Kc, 1, b);
                }
                else if (!BDirect) b = PackedB + (long)column * Kc;
                else if (columns < TKernel.Columns) b = PackedB;
                else
                {
                    b = BTurned.From(Jc + column, Pc).Floats;
                    bStep = BTurned.ColumnStep;
                }
                for (int row = rowFirst; row < rowEnd; row += TKernel.Rows)
                {
                    int rows = Math.Min(TKernel.Rows, M - row);
                    float* a;
                    nint aStep = TKernel.Rows;
                    if (!ADirect) a = PackedA + (long)row * Kc;
                    else if (rows < TKernel.Rows) a = PackedA;
                    else
                    {
                        a = A.From(row, Pc).Floats;
                        aStep = A.ColumnStep;
                    }
                    float* y = Y + row * YStep + Jc + column;
                    bool addsLow = Low.Exists && Pc + Kc == K;
                    float* t = addsLow ? Low.TPanels + (long)row * Low.Rank : null, q = addsLow ? Low.Q + (long)(Jc + column) * Low.Rank : null;
                    if (rows == TKernel.Rows && columns == TKernel.Columns) Sum(a, aStep, b, bStep, t, q, y, YStep, between);
                    else Edge(a, aStep, b, bStep, t, q, y, rows, columns, edge, between);
                }
            }
        }
    }

    /// <summary>c (+)= a tile, and the low-rank part of it after the last pass.</summary>
    private readonly void Sum(float* a, nint aStep, float* b, nint bStep, float* t, float* q, float* c, nint cStep, float* between)
    {
        Fetch(c, cStep);
        Chains(a, aStep, b, bStep, Load ? c : null, cStep, c, cStep, between);
        if (t != null) TKernel.Run(Low.Rank, t, TKernel.Rows, q, TKernel.Columns, c, cStep, c, cStep);
    }

    /// <summary>A tile's sum, chain after chain; until the last it lies in a tile of its own, since rows of c may push each other out of L1.</summary>
    private readonly void Chains(float* a, nint aStep, float* b, nint bStep, float* from, nint fromStep, float* c, nint cStep, float* between)
    {
        for (int p = 0, last = Kc - Chain; p < last; p += Chain, a += Chain * aStep, b += Chain * bStep)
        {
            TKernel.Run(Chain, a, aStep, b, bStep, from, fromStep, between, TKernel.Columns);
            from = between;
            fromStep = TKernel.Columns;
        }
        TKernel.Run((Kc - 1) % Chain + 1, a, aStep, b, bStep, from, fromStep, c, cStep);
    }

    /// <summary>Asks for the lines of c while the chains run: they were last touched a whole pass ago.</summary>
    private static void Fetch(float* c, nint cStep)
    {
        if (!Sse.IsSupported) return;
        for (int i = 0; i < TKernel.Rows; i++, c += cStep)
            for (int j = 0; j < TKernel.Columns; j += 16)
            {
                Sse.Prefetch0(c + j);
                Sse.Prefetch0(c + Math.Min(j + 15, TKernel.Columns - 1));
            }
    }

    /// <summary>A tile that hangs over the end of y is computed beside it.</summary>
    private readonly void Edge(float* a, nint aStep, float* b, nint bStep, float* t, float* q, float* y, int rows, int columns, float* edge, float* between)
    {
        if (Load)
        {
            new Span<float>(edge, TKernel.Rows * TKernel.Columns).Clear();
            for (int i = 0; i < rows; i++)
                new ReadOnlySpan<float>(y + i * YStep, columns).CopyTo(new Span<float>(edge + i * TKernel.Columns, columns));
        }
        Sum(a, aStep, b, bStep, t, q, edge, TKernel.Columns, between);
        for (int i = 0; i < rows; i++)
            new ReadOnlySpan<float>(edge + i * TKernel.Columns, columns).CopyTo(new Span<float>(y + i * YStep, columns));
    }

    public static int Ceiling(int x, int by) => (x + by - 1) / by;

    /// <summary>The panels as a job.</summary>
    public readonly struct PackBody(PackedMatMul<TKernel> pass) : IRangeBody
    {
        private readonly PackedMatMul<TKernel> _pass = pass;
        public void Invoke(int first, int end) => _pass.Pack(first, end);
    }

    /// <summary>The tiles as a job.</summary>
    public readonly struct ComputeBody(PackedMatMul<TKernel> pass) : IRangeBody
    {
        private readonly PackedMatMul<TKernel> _pass = pass;
        public void Invoke(int first, int end) => _pass.Compute(first, end);
    }
}

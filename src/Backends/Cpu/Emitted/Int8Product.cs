namespace Pure.Tuner.Kernels;

/// <summary>One pass of y (+)= alpha · a Wᵀ with a rounded to integers and W's own codes: columns [Jc, Jc + Nc) of y, all of k. First panels, then tiles, cut by shape alone.</summary>
/// <remarks>The order of a sum is that of <see cref="Int8Layout"/>; alpha multiplies the finished sum. Where a tile hangs over the end of y, or alpha is not 1, it is computed beside y.</remarks>
internal unsafe struct Int8Product
{
    /// <summary>Rows and columns of a job at most: the panels of a lie in L2, and one of b of 16 columns and some thousand of k beside them.</summary>
    private const int JobRows = 192, JobColumns = 128;

    private const int Enough = 48, BesideSlot = 6, RoomSlot = 7;

    /// <summary>Multiply-adds of a job at least: some microseconds.</summary>
    private const long WorthAJob = 1 << 22;

    public PanelUnit Unit;
    public Matrix A;
    public Int8Reader Reader;
    public QuantizedTensor W;
    public float* Y;
    public nint YStep;
    public int M, N, K, Jc, Nc;
    public float Alpha;
    public bool Accumulate;
    public byte* PackedA, PackedB;
    public int RowsPerJob, ColumnsPerJob;

    public readonly int Steps => K / Int8Layout.Group;
    public readonly long APanel => (long)Steps * Int8Layout.RowBytes * Unit.Rows;
    public readonly long BPanel => (long)Steps * Int8Layout.ColumnBytes * Unit.Columns;
    public readonly int APanels => PanelProduct.Ceiling(M, Unit.Rows);
    public readonly int BPanels => PanelProduct.Ceiling(Nc, Unit.Columns);
    public readonly int Jobs => PanelProduct.Ceiling(M, RowsPerJob) * PanelProduct.Ceiling(Nc, ColumnsPerJob);

    /// <summary>Cuts the pass into jobs: as large as the caches like, halved while there are few and they are worth it.</summary>
    public void Cut()
    {
        int rows = Math.Min(JobRows / Unit.Rows, APanels), columns = Math.Min(JobColumns / Unit.Columns, Math.Max(1, BPanels));
        while (true)
        {
            (RowsPerJob, ColumnsPerJob) = (rows * Unit.Rows, columns * Unit.Columns);
            if (Jobs >= Enough || (long)RowsPerJob * ColumnsPerJob * K < 2 * WorthAJob || (rows == 1 && columns == 1)) return;
            if (columns > 1 && ColumnsPerJob >= RowsPerJob) columns = (columns + 1) / 2;
            else if (rows > 1) rows = (rows + 1) / 2;
            else columns = (columns + 1) / 2;
        }
    }

    /// <summary>Rounds and packs panels [first, end) of a.</summary>
    public readonly void PackA(int first, int end)
    {
        for (int panel = first; panel < end; panel++)
        {
            int row = panel * Unit.Rows;
            Int8Packing.PackA(A, row, Math.Min(Unit.Rows, M - row), Unit.Rows, K, Unit.Kind.TakesSigned ? 0 : Reader.Zero, PackedA + panel * APanel);
        }
    }

    /// <summary>Packs panels [first, end) of b.</summary>
    public readonly void PackB(int first, int end)
    {
        for (int panel = first; panel < end; panel++)
        {
            int column = panel * Unit.Columns;
            Int8Packing.PackB(Reader, W, Jc + column, Math.Min(Unit.Columns, Nc - column), Unit.Columns, Unit.Kind.TakesSigned, PackedB + panel * BPanel);
        }
    }

    /// <summary>Computes jobs [first, end); neighbours in number share rows of a.</summary>
    public readonly void Compute(int first, int end)
    {
        float* beside = (float*)Scratch.Bytes(BesideSlot, (long)RowsPerJob * Unit.Columns * sizeof(float));
        int across = PanelProduct.Ceiling(Nc, ColumnsPerJob);
        for (int job = first; job < end; job++)
        {
            int rowFirst = job / across * RowsPerJob, rowEnd = Math.Min(M, rowFirst + RowsPerJob);
            int columnFirst = job % across * ColumnsPerJob, columnEnd = Math.Min(Nc, columnFirst + ColumnsPerJob);
            int wholeRows = Alpha == 1 ? (rowEnd - rowFirst) / Unit.Rows * Unit.Rows : 0;
            for (int column = columnFirst; column < columnEnd; column += Unit.Columns)
            {
                int row = column + Unit.Columns <= columnEnd ? rowFirst + wholeRows : rowFirst;
                if (row > rowFirst) Run(rowFirst, wholeRows / Unit.Rows, column, Y + rowFirst * YStep + Jc + column, YStep, Accumulate);
                if (row < rowEnd) Beside(row, rowEnd - row, column, Math.Min(Unit.Columns, columnEnd - column), beside);
            }
        }
    }

    /// <summary>Tiles under one another, computed beside y and then put or added there.</summary>
    private readonly void Beside(int row, int rows, int column, int columns, float* tile)
    {
        float* y = Y + row * YStep + Jc + column;
        int panels = PanelProduct.Ceiling(rows, Unit.Rows);
        bool load = Accumulate && Alpha == 1;
        if (load)
        {
            new Span<float>(tile, panels * Unit.Rows * Unit.Columns).Clear();
            for (int i = 0; i < rows; i++) new ReadOnlySpan<float>(y + i * YStep, columns).CopyTo(new Span<float>(tile + i * Unit.Columns, columns));
        }
        Run(row, panels, column, tile, Unit.Columns, load);
        for (int i = 0; i < rows; i++)
        {
            var to = new Span<float>(y + i * YStep, columns);
            var from = new Span<float>(tile + i * Unit.Columns, columns);
            if (Alpha != 1) TensorPrimitives.Multiply(from, Alpha, from);
            if (Accumulate && !load) TensorPrimitives.Add(from, to, to);
            else from.CopyTo(to);
        }
    }

    private readonly void Run(int row, int panels, int column, float* c, nint cStep, bool load)
    {
        var call = new PanelCall
        {
            A = (nint)(PackedA + row / Unit.Rows * APanel),
            B = (nint)(PackedB + column / Unit.Columns * BPanel),
            C = (nint)c,
            ASkip = APanel,
            CStep = cStep * sizeof(float),
            CSkip = cStep * sizeof(float) * Unit.Rows,
            Panels = panels,
            Steps = Steps,
            Load = load ? 1 : 0,
            Minima = Reader.HasMinima ? 1 : 0,
            Room = Unit.Kind.HasTiles ? (nint)Scratch.Bytes(RoomSlot, 1024) : 0,
        };
        Unit.Run(&call);
    }

    /// <summary>Panels of a as a job.</summary>
    public readonly struct PackABody(Int8Product pass) : IRangeBody
    {
        private readonly Int8Product _pass = pass;
        public void Invoke(int first, int end) => _pass.PackA(first, end);
    }

    /// <summary>Panels of b as a job.</summary>
    public readonly struct PackBBody(Int8Product pass) : IRangeBody
    {
        private readonly Int8Product _pass = pass;
        public void Invoke(int first, int end) => _pass.PackB(first, end);
    }

    /// <summary>The tiles as a job.</summary>
    public readonly struct ComputeBody(Int8Product pass) : IRangeBody
    {
        private readonly Int8Product _pass = pass;
        public void Invoke(int first, int end) => _pass.Compute(first, end);
    }
}

namespace Pure.Tuner.Kernels;

/// <summary>One pass of y (+)= alpha · a b with operands rounded to BF16: columns [Jc, Jc + Nc) of y, all of k. First panels, then tiles, cut by shape alone.</summary>
/// <remarks>An element's sum is what the unit makes of it in the order of k; alpha multiplies the finished sum, or a beforehand where it is a power of two. Where a tile hangs over the end of y, or alpha is not 1, it is computed beside y.</remarks>
internal unsafe struct PanelProduct
{
    /// <summary>Most steps of k in one run over a job's tiles: a panel of b of 32 KiB stays in L1.</summary>
    private const int MostSteps = 16;

    /// <summary>Rows and columns of a job at most: the panels of a lie in L2.</summary>
    private const int JobRows = 256, JobColumns = 256;

    private const int Enough = 48;

    /// <summary>Multiply-adds of a job at least: some microseconds of AMX.</summary>
    private const long WorthAJob = 1 << 23;

    public PanelUnit Unit;
    public Matrix A, BTurned;                               // b transposed: both run over k along their columns

    /// <summary>In the place of BTurned: a packed weight.</summary>
    public PackedSource Source;
    public float* Y;
    public nint YStep;
    public int M, N, K, Jc, Nc;
    public float Alpha;

    /// <summary>A power of two that a is multiplied by while it is packed.</summary>
    public float Scale;
    public bool Accumulate;
    public BFloat16* PackedA, PackedB;

    /// <summary>Elements from a panel of b to the next; more than one panel's where b is a part of what was packed.</summary>
    public long BStep;
    public int RowsPerJob, ColumnsPerJob;

    public readonly int Steps => PanelUnit.StepsOf(K);
    public readonly long APanel => (long)Steps * PanelUnit.StepK * Unit.Rows;
    public readonly long BPanel => (long)Steps * PanelUnit.StepK * Unit.Columns;
    public readonly int APanels => Ceiling(M, Unit.Rows);
    public readonly int BPanels => Ceiling(Nc, Unit.Columns);
    public readonly int Jobs => Ceiling(M, RowsPerJob) * Ceiling(Nc, ColumnsPerJob);

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

    /// <summary>Packs panels [first, end) of a.</summary>
    public readonly void PackA(int first, int end)
    {
        for (int panel = first; panel < end; panel++)
        {
            int row = panel * Unit.Rows;
            PanelPacking.PackA(A, row, Math.Min(Unit.Rows, M - row), Unit.Rows, K, Scale, PackedA + panel * APanel);
        }
    }

    /// <summary>Packs panels [first, end) of b.</summary>
    public readonly void PackB(int first, int end)
    {
        int column = first * Unit.Columns;
        PanelPacking.PackB(BTurned, Source, Jc + column, Math.Min((end - first) * Unit.Columns, Nc - column), Unit.Columns, K, PackedB + first * BPanel);
    }

    /// <summary>Computes jobs [first, end); neighbours in number share rows of a.</summary>
    public readonly void Compute(int first, int end)
    {
        float* beside = (float*)Scratch.Bytes(BesideSlot, (long)RowsPerJob * Unit.Columns * sizeof(float));
        int across = Ceiling(Nc, ColumnsPerJob), perPass = Ceiling(Steps, Ceiling(Steps, MostSteps));
        for (int job = first; job < end; job++)
        {
            int rowFirst = job / across * RowsPerJob, rowEnd = Math.Min(M, rowFirst + RowsPerJob);
            int columnFirst = job % across * ColumnsPerJob, columnEnd = Math.Min(Nc, columnFirst + ColumnsPerJob);
            int wholeRows = Alpha == 1 ? (rowEnd - rowFirst) / Unit.Rows * Unit.Rows : 0, wholeColumns = (columnEnd - columnFirst) / Unit.Columns * Unit.Columns;
            for (int step = 0; step < Steps && wholeRows > 0; step += perPass)
                for (int column = columnFirst; column < columnFirst + wholeColumns; column += Unit.Columns)
                    Run(rowFirst, wholeRows / Unit.Rows, column, step, Math.Min(perPass, Steps - step), Y + rowFirst * YStep + Jc + column, YStep, Accumulate || step > 0);
            for (int column = columnFirst; column < columnEnd; column += Unit.Columns)
            {
                int row = column < columnFirst + wholeColumns ? rowFirst + wholeRows : rowFirst;
                if (row < rowEnd) Beside(row, rowEnd - row, column, Math.Min(Unit.Columns, columnEnd - column), perPass, beside);
            }
        }
    }

    private const int BesideSlot = 6;

    /// <summary>Tiles under one another, computed beside y and then put or added there.</summary>
    private readonly void Beside(int row, int rows, int column, int columns, int perPass, float* tile)
    {
        float* y = Y + row * YStep + Jc + column;
        int panels = Ceiling(rows, Unit.Rows);
        bool load = Accumulate && Alpha == 1;
        if (load)
        {
            new Span<float>(tile, panels * Unit.Rows * Unit.Columns).Clear();
            for (int i = 0; i < rows; i++) new ReadOnlySpan<float>(y + i * YStep, columns).CopyTo(new Span<float>(tile + i * Unit.Columns, columns));
        }
        for (int step = 0; step < Steps; step += perPass) Run(row, panels, column, step, Math.Min(perPass, Steps - step), tile, Unit.Columns, load || step > 0);
        for (int i = 0; i < rows; i++)
        {
            var to = new Span<float>(y + i * YStep, columns);
            var from = new Span<float>(tile + i * Unit.Columns, columns);
            if (Alpha != 1) TensorPrimitives.Multiply(from, Alpha, from);
            if (Accumulate && !load) TensorPrimitives.Add(from, to, to);
            else from.CopyTo(to);
        }
    }

    private readonly void Run(int row, int panels, int column, int step, int steps, float* c, nint cStep, bool load)
    {
        var call = new PanelCall
        {
            A = (nint)(PackedA + row / Unit.Rows * APanel + (long)step * PanelUnit.StepK * Unit.Rows),
            B = (nint)(PackedB + column / Unit.Columns * BStep + (long)step * PanelUnit.StepK * Unit.Columns),
            C = (nint)c,
            ASkip = APanel * sizeof(ushort),
            CStep = cStep * sizeof(float),
            CSkip = cStep * sizeof(float) * Unit.Rows,
            Panels = panels,
            Steps = steps,
            Load = load ? 1 : 0,
        };
        Unit.Run(&call);
    }

    public static int Ceiling(int x, int by) => (x + by - 1) / by;

    /// <summary>Panels of a as a job.</summary>
    public readonly struct PackABody(PanelProduct pass) : IRangeBody
    {
        private readonly PanelProduct _pass = pass;
        public void Invoke(int first, int end) => _pass.PackA(first, end);
    }

    /// <summary>Panels of b as a job.</summary>
    public readonly struct PackBBody(PanelProduct pass) : IRangeBody
    {
        private readonly PanelProduct _pass = pass;
        public void Invoke(int first, int end) => _pass.PackB(first, end);
    }

    /// <summary>The tiles as a job.</summary>
    public readonly struct ComputeBody(PanelProduct pass) : IRangeBody
    {
        private readonly PanelProduct _pass = pass;
        public void Invoke(int first, int end) => _pass.Compute(first, end);
    }
}

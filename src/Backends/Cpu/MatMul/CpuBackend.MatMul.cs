using System.Runtime.InteropServices;

namespace Pure.Tuner;

/// <summary>Matrix multiply: few rows against many as dot products, else packed panels and register tiles.</summary>
public sealed unsafe partial class CpuBackend
{
    /// <summary>At most so many rows on one side are multiplied as dot products. Part of the definition of the result, so the same on every machine.</summary>
    internal const int FewRows = Dots.MaxSmallRows;

    /// <summary>Multiply-adds from which on one matrix of a batch is worth all threads.</summary>
    private const long LargeMatrix = 1L << 22;

    /// <summary>Panels that one thread packs at once where it can, as far as there are enough: half a KiB or more of a row.</summary>
    private const int PanelsTogether = 8;

    private const int SlotA = 4, SlotB = 5;
    private readonly Room _roomA = new(), _roomB = new(), _roomY = new();

    /// <summary>How matrix multiply is cut; tests try others.</summary>
    internal Blocking Blocking { get; set; } = Blocking.Default;

    /// <inheritdoc/>
    /// <remarks>
    /// An element's sum over k is cut into chains of multiply-adds in index order, each from 0; their sums are added up in order, from 0 or from y;
    /// alpha multiplies a beforehand. The length of a chain follows from k alone. With one row it is a single chain.
    /// Where one side has at most 8 rows and the other's rows run along k, it is a sum in 16 lanes instead (decoding, LoRA), alpha multiplying the sum.
    /// Which one is decided by shapes and strides. Blocking, threads and place in a batch change no bit.
    /// With operands rounded to BF16 a matrix unit adds up in its own order (see docs/emitted-kernels.md), except that at most 8 rows meet a matrix whose rows run along k as a sum in 16 lanes: decoding, for which packing the matrix would cost more than multiplying.
    /// </remarks>
    public override void MatMul(Tensor a, Tensor b, Tensor y, float alpha = 1, bool accumulate = false)
    {
        PrimitiveChecks.MatMul(a, b, y);
        int m = a.Shape[^2], k = a.Shape[^1], n = b.Shape[^1];
        long batch = m == 0 || n == 0 ? 0 : y.Shape.Count / m / n;
        if (batch == 0) return;
        if (RowsMerge(a, b, y)) (m, batch) = (checked((int)(m * batch)), 1);

        using ProfileSpan span = Profile.Product(m, n, k, a, b, batch);
        var job = new MatMulJob(this, a, b, y, m, n, k, alpha, accumulate, batch == 1 ? Kept(b) : default);
        if (batch == 1 || (long)m * n * k >= LargeMatrix)
            for (long i = 0; i < batch; i++) job.One(i, shared: true);
        else
            ForRanges((int)batch, job, Math.Max(1, (long)m * n * Math.Max(k, 8) / 8));
    }

    /// <summary>y (+)= alpha · a b on the calling thread alone, for kernels that multiply inside a row or range body. Scratch slots 4 to 7 are used.</summary>
    /// <param name="a">m x k, any strides.</param>
    /// <param name="b">k x n, any strides.</param>
    /// <param name="y">First element of y, m x n.</param>
    /// <param name="yStep">Elements from a row of y to the next.</param>
    /// <param name="m">Rows of y.</param>
    /// <param name="n">Columns of y.</param>
    /// <param name="k">Length of the sums.</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="accumulate">Whether to add to y.</param>
    internal void MatMulHere(Matrix a, Matrix b, float* y, nint yStep, int m, int n, int k, float alpha = 1, bool accumulate = false) =>
        Multiply(a, b, y, yStep, m, n, k, alpha, accumulate, shared: false);

    /// <summary>One weight for all of a batch of contiguous rows: one tall matrix.</summary>
    private static bool RowsMerge(Tensor a, Tensor b, Tensor y)
    {
        if (a.Shape.Rank == 2) return false;
        for (int i = 0; i < b.Shape.Rank - 2; i++)
            if (b.Shape[i] != 1 && b.Strides[i] != 0) return false;
        return a.Shape[^2] > 1 && Collapses(a) && Collapses(y);

        static bool Collapses(Tensor x)
        {
            long next = (long)x.Strides[^2] * x.Shape[^2];
            for (int i = x.Shape.Rank - 3; i >= 0; i--)
            {
                if (x.Shape[i] == 1) continue;
                if (x.Strides[i] != next) return false;
                next *= x.Shape[i];
            }
            return true;
        }
    }

    private readonly struct MatMulJob(CpuBackend backend, Tensor a, Tensor b, Tensor y, int m, int n, int k, float alpha, bool accumulate, KeptPanels kept) : IRangeBody
    {
        public void Invoke(int first, int end)
        {
            for (int i = first; i < end; i++) One(i, shared: false);
        }

        public void One(long i, bool shared)
        {
            Matrix ma = Matrix.Of(a, i), mb = Matrix.Of(b, i), my = Matrix.Of(y, i);
            nint yStep = n == 1 && m > 1 ? y.Strides[^2] : my.RowStep;
            if (my.IsF32)
            {
                backend.Multiply(ma, mb, my.Floats, yStep, m, n, k, alpha, accumulate, shared, kept);
                return;
            }
            var target = new Matrix(my.Data, my.DType, yStep, 1);
            float* wide = backend.Take(shared, backend._roomY, 3, (long)m * n);
            if (accumulate && !backend.IsMeasuring)
                for (int r = 0; r < m; r++) target.ReadRow(r, n, wide + (long)r * n);
            backend.Multiply(ma, mb, wide, n, m, n, k, alpha, accumulate, shared, kept);
            for (int r = 0; r < m && !backend.IsMeasuring; r++) target.WriteRow(r, n, wide + (long)r * n);
        }
    }

    private void Multiply(Matrix a, Matrix b, float* y, nint yStep, int m, int n, int k, float alpha, bool accumulate, bool shared, KeptPanels kept = default)
    {
        if (k == 0)
        {
            if (!accumulate && !IsMeasuring)
                for (int i = 0; i < m; i++) new Span<float>(y + i * yStep, n).Clear();
            return;
        }
        Matrix turned = b.Transposed;
        if (RoundsOperands && !(m <= FewRows && turned.ColumnStep == 1)) MultiplyPanels(Panels!, a, turned, default, y, yStep, m, n, k, alpha, accumulate, shared, kept);
        else if (m <= FewRows && turned.ColumnStep == 1) MultiplyDots(turned, n, a, m, y, 1, yStep, k, alpha, accumulate, shared);
        else if (n <= FewRows && a.ColumnStep == 1) MultiplyDots(a, m, turned, n, y, yStep, 1, k, alpha, accumulate, shared);
        else if (m == 1 && b.ColumnStep == 1 && b.DType != DType.F16) MultiplyRow(a, b, y, n, k, alpha, accumulate, shared);
        else
            switch (Blocking.Tile)
            {
                case TileKind.V512: MultiplyPacked<Kernel14x32>(a, turned, y, yStep, m, n, k, alpha, accumulate, shared); break;
                case TileKind.V256: MultiplyPacked<Kernel6x16>(a, turned, y, yStep, m, n, k, alpha, accumulate, shared); break;
                case TileKind.V128Wide: MultiplyPacked<Kernel8x8>(a, turned, y, yStep, m, n, k, alpha, accumulate, shared); break;
                case TileKind.V128: MultiplyPacked<Kernel4x8>(a, turned, y, yStep, m, n, k, alpha, accumulate, shared); break;
                default: MultiplyPacked<Kernel2x4>(a, turned, y, yStep, m, n, k, alpha, accumulate, shared); break;
            }
    }

    private void MultiplyDots(Matrix large, int largeRows, Matrix small, int smallRows, float* y, nint yLargeStep, nint ySmallStep, int k, float alpha, bool accumulate, bool shared)
    {
        var dots = new Dots
        {
            Large = large,
            Small = small.Floats,
            SmallStep = small.RowStep,
            SmallRows = smallRows,
            K = k,
            Alpha = alpha,
            Add = accumulate,
            Y = y,
            YLargeStep = yLargeStep,
            YSmallStep = ySmallStep,
        };
        if (!small.IsF32 || small.ColumnStep != 1 || RoundsOperands)
        {
            dots.Small = Take(shared, _roomA, SlotA, (long)smallRows * k);
            dots.SmallStep = k;
            for (int i = 0; i < smallRows && !IsMeasuring; i++) small.ReadRow(i, k, dots.Small + (long)i * k);
            if (RoundsOperands && !IsMeasuring) RoundInPlace(new Span<float>(dots.Small, smallRows * k));
        }
        long work = Math.Max(1, (long)smallRows * k / 8);
        int grain = (Grain(largeRows, work) + 3) & ~3;       // whole groups of four
        switch (large.DType)
        {
            case DType.F32 when RoundsOperands && smallRows == 1: Spread(shared, largeRows, grain, new Dots.Body<RoundedElements>(dots), work * largeRows); break;
            case DType.F32 when !RoundsOperands: Spread(shared, largeRows, grain, new Dots.Body<F32Elements>(dots), work * largeRows); break;
            case DType.BF16 when smallRows == 1: Spread(shared, largeRows, grain, new Dots.Body<BF16Elements>(dots), work * largeRows); break;
            default: Spread(shared, largeRows, grain, new Dots.StagedBody(dots, RoundsOperands && large.DType != DType.BF16), work * largeRows); break;
        }
    }

    private void MultiplyRow(Matrix a, Matrix b, float* y, int n, int k, float alpha, bool accumulate, bool shared)
    {
        float* x = Take(shared, _roomA, SlotA, k);
        if (IsMeasuring) return;
        new Matrix(a.Data, a.DType, 1, a.ColumnStep).ReadRow(0, k, x);
        if (alpha != 1) TensorPrimitives.Multiply(new ReadOnlySpan<float>(x, k), alpha, new Span<float>(x, k));
        const int Columns = 1024;                            // the piece of y stays in L1, the pieces of b's rows are worth their page
        long work = (long)n * k / 8;
        if (b.IsF32) Spread(shared, n, Columns, new RowTimesMatrix<F32Elements>(x, b, k, y, accumulate), work);
        else Spread(shared, n, Columns, new RowTimesMatrix<BF16Elements>(x, b, k, y, accumulate), work);
    }

    private void MultiplyPacked<TKernel>(Matrix a, Matrix turned, float* y, nint yStep, int m, int n, int k, float alpha, bool accumulate, bool shared, PackedSource source = default, LowRank low = default)
        where TKernel : struct, IMicroKernel
    {
        Blocking blocking = Blocking;
        int rowsPerPass = 64 * blocking.Mc;                  // bounds the room for panels of a
        for (int row = 0; row < m; row += rowsPerPass)
        {
            MultiplyPass<TKernel>(a.From(row, 0), turned, y + row * yStep, yStep, Math.Min(rowsPerPass, m - row), n, k, alpha, accumulate, shared, blocking, source, low);
            low.T += (long)rowsPerPass * low.TStep;
        }
    }

    private void MultiplyPass<TKernel>(Matrix a, Matrix turned, float* y, nint yStep, int m, int n, int k, float alpha, bool accumulate, bool shared, Blocking blocking, PackedSource source, LowRank low)
        where TKernel : struct, IMicroKernel
    {
        bool packsBItself = m <= blocking.Mc && (!source.Exists || source.PacksAlone), bDirect = !source.Exists && m <= 2 * TKernel.Rows && PackedMatMul<TKernel>.CanBeDirect(turned);
        // With few rows reading b is what costs: longer pieces of its rows, at the price of a panel that only fits in L2.
        int chain = ChainOf(k), whole = Math.Max(1, (blocking.Kc + chain / 2) / chain) * chain;
        int kc = Math.Min(k, packsBItself && !bDirect && m <= blocking.Mc / 2 ? 4 * whole : whole);
        int mr = TKernel.Rows, nr = TKernel.Columns, nc = Math.Min(n, Math.Max(nr, blocking.Nc));
        var pass = new PackedMatMul<TKernel>
        {
            A = a,
            BTurned = turned,
            Source = source,
            Y = y,
            YStep = yStep,
            M = m,
            N = n,
            K = k,
            Chain = chain,
            Alpha = alpha,
            Low = low,
            ADirect = alpha == 1 && !low.Exists && n <= 2 * nr && PackedMatMul<TKernel>.CanBeDirect(a),
            BDirect = bDirect,
            PacksBItself = packsBItself,
        };
        pass.PackedA = Take(shared, _roomA, SlotA, (long)PackedMatMul<TKernel>.Ceiling(m, mr) * mr * kc);
        if (!packsBItself || bDirect) pass.PackedB = Take(shared, _roomB, SlotB, (long)PackedMatMul<TKernel>.Ceiling(nc, nr) * nr * kc);
        do                                                   // once without columns too: what rides on the panels of a is made
        {
            pass.Nc = Math.Min(nc, n - pass.Jc);
            CutTiles(ref pass, blocking, kc);
            for (pass.Pc = 0; pass.Pc < k; pass.Pc += kc)
            {
                pass.Kc = Math.Min(kc, k - pass.Pc);
                pass.Load = accumulate || pass.Pc > 0;
                int panels = pass.BPanels + pass.APanels;
                long packWork = ((long)pass.BPanels * nr + (long)pass.APanels * mr) * pass.Kc;
                int together = source.Exists ? source.PanelsTogether(nr) : pass.PacksTogether ? PanelsTogether : 1, grain = PackedMatMul<TKernel>.Ceiling(PackedMatMul<TKernel>.Ceiling(panels, 128), together) * together;
                if (panels > 0) Spread(shared, panels, grain, new PackedMatMul<TKernel>.PackBody(pass), packWork);
                Spread(shared, pass.Tiles, PackedMatMul<TKernel>.Ceiling(pass.Tiles, WorkerPool.MaxChunks), new PackedMatMul<TKernel>.ComputeBody(pass), (long)m * pass.Nc * pass.Kc / 8);
            }
            pass.Jc += nc;
        }
        while (pass.Jc < n);
    }

    /// <summary>Terms of a chain in a sum of k: near √k for a short sum, where rounding inside chains and between them is least together; a longer one is cut evenly into chains of at most what one pass over k holds anyway, so that they cost no time.</summary>
    /// <remarks>With terms of random sign a single chain loses about √(k/2) roundings of the result, chains of c lose √((c + k/c) / 2). Blanchard, Higham and Mary 2020, "A class of fast and accurate summation algorithms".</remarks>
    private static int ChainOf(int k) => k switch
    {
        <= 64 => 8,
        <= 128 => 32,
        <= 256 => 64,
        _ => PackedMatMul<Kernel2x4>.Ceiling(PackedMatMul<Kernel2x4>.Ceiling(k, PackedMatMul<Kernel2x4>.Ceiling(k, 256)), 8) * 8,
    };

    /// <summary>Tiles as large as the caches like, halved while a shape yields few of them and they are still worth a job.</summary>
    private static void CutTiles<TKernel>(ref PackedMatMul<TKernel> pass, Blocking blocking, int kc) where TKernel : struct, IMicroKernel
    {
        const int Enough = 48;
        const long WorthAJob = 1 << 18;
        int mr = TKernel.Rows, nr = TKernel.Columns;
        int rows = Math.Max(1, PackedMatMul<TKernel>.Ceiling(Math.Min(blocking.Mc, pass.M), mr)), columns = Math.Max(1, Math.Min(512, pass.Nc) / nr);
        while (true)
        {
            pass.RowsPerTile = rows * mr;
            pass.ColumnsPerTile = columns * nr;
            if (pass.Tiles >= Enough || (long)pass.RowsPerTile * pass.ColumnsPerTile * kc < WorthAJob || (rows == 1 && columns == 1)) return;
            if (columns > 1 && (pass.PacksBItself || pass.ColumnsPerTile >= pass.RowsPerTile)) columns = (columns + 1) / 2;
            else if (rows > 1 && !pass.PacksBItself) rows = (rows + 1) / 2;
            else return;
        }
    }

    private void Spread<TBody>(bool shared, int count, int grain, in TBody body, long work) where TBody : struct, IRangeBody
    {
        if (IsMeasuring) return;
        if (!shared || work < SmallJob) WorkerPool.RunHere(count, grain, in body);
        else _pool.Run(count, Math.Max(grain, PackedMatMul<Kernel2x4>.Ceiling(count, WorkerPool.MaxChunks)), in body);
    }

    private float* Take(bool shared, Room room, int slot, long floats) =>
        IsMeasuring ? MeasureRoom(room, floats) : shared ? room.Floats(floats) : (float*)Scratch.Bytes(slot, floats * sizeof(float));

    /// <summary>Room shared by the threads of a job; kept and grown.</summary>
    private sealed class Room : IDisposable
    {
        private void* _block;
        private long _bytes;

        public float* Floats(long count)
        {
            long bytes = count * sizeof(float);
            if (bytes > _bytes)
            {
                NativeMemory.AlignedFree(_block);
                _block = null;
                _bytes = 0;
                _block = NativeMemory.AlignedAlloc((nuint)bytes, 64);
                _bytes = bytes;
            }
            return (float*)_block;
        }

        public void Dispose()
        {
            NativeMemory.AlignedFree(_block);
            _block = null;
            _bytes = 0;
            GC.SuppressFinalize(this);
        }

        ~Room() => NativeMemory.AlignedFree(_block);
    }
}

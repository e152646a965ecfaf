using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>How a vector of stored elements becomes F32.</summary>
internal unsafe interface IElements
{
    /// <summary>Bytes per element.</summary>
    static abstract int Size { get; }

    /// <summary>Sixteen elements.</summary>
    static abstract Vector512<float> Load16(byte* p);

    /// <summary>One element.</summary>
    static abstract float Load(byte* p);
}

/// <summary>F32.</summary>
internal readonly unsafe struct F32Elements : IElements
{
    public static int Size => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(byte* p) => Vector512.Load((float*)p);

    public static float Load(byte* p) => *(float*)p;
}

/// <summary>BF16.</summary>
internal readonly unsafe struct BF16Elements : IElements
{
    public static int Size => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(byte* p) => Rows.Widen(Vector256.Load((ushort*)p));

    public static float Load(byte* p) => *(BFloat16*)p;
}

/// <summary>F32, rounded to BF16 as it is read: operands of products that round.</summary>
internal readonly unsafe struct RoundedElements : IElements
{
    public static int Size => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(byte* p) => Rows.Widen(Rows.Narrow(Vector512.Load((float*)p)));

    public static float Load(byte* p) => (float)(BFloat16)(*(float*)p);
}

/// <summary>Products with few rows on one side: each row of the large matrix is read once, where it lies, against all rows of the small one. Decoding and LoRA.</summary>
/// <remarks>
/// k runs along the rows of both. An element is summed in 16 lanes (p mod 16, each in the order of p), the lanes by halves, then the last k mod 16 in order:
/// another order than the tiles', chosen by shape and layout alone.
/// </remarks>
internal unsafe struct Dots
{
    /// <summary>At most so many rows of the small matrix.</summary>
    public const int MaxSmallRows = 8;

    public Matrix Large;
    public float* Small;
    public nint SmallStep;
    public int SmallRows, K;
    public float Alpha;
    public bool Add;
    public float* Y;
    public nint YLargeStep, YSmallStep;

    /// <summary>k of four large rows that stay in L1 while all small rows meet them. Lanes are kept in between, so the order of summation is as if it were endless.</summary>
    private const int KBlock = 1024;

    /// <summary>Rows of the large matrix as a job.</summary>
    public readonly struct Body<TElements>(Dots dots) : IRangeBody where TElements : struct, IElements
    {
        private readonly Dots _dots = dots;

        public void Invoke(int first, int end)
        {
            float* sums = stackalloc float[4];
            Vector512<float>* lanes = stackalloc Vector512<float>[4 * MaxSmallRows];
            nint step = _dots.Large.RowStep * TElements.Size;
            int whole = _dots.K & ~15;
            for (int row = first; row < end; row += 4)
            {
                int rows = Math.Min(4, end - row);
                byte* large = (byte*)_dots.Large.Data + row * step;
                if (rows < 4 || !Vector128.IsHardwareAccelerated)
                {
                    for (int r = 0; r < rows; r++)
                        for (int s = 0; s < _dots.SmallRows; s++)
                        {
                            sums[0] = Dot<TElements>(large + r * step, _dots.Small + s * _dots.SmallStep, _dots.K);
                            _dots.Write(row + r, 1, s, sums);
                        }
                    continue;
                }
                new Span<Vector512<float>>(lanes, 4 * _dots.SmallRows).Clear();
                for (int p = 0; p < whole; p += KBlock)
                    for (int s = 0; s < _dots.SmallRows; s++)
                        AddProducts<TElements>(large + (nint)p * TElements.Size, step, _dots.Small + s * _dots.SmallStep + p, Math.Min(KBlock, whole - p), lanes + 4 * s);
                for (int s = 0; s < _dots.SmallRows; s++)
                {
                    for (int r = 0; r < 4; r++) sums[r] = Finish<TElements>(lanes[4 * s + r], large + r * step, _dots.Small + s * _dots.SmallStep, whole, _dots.K);
                    _dots.Write(row, 4, s, sums);
                }
            }
        }
    }

    /// <summary>Rows that several small rows meet and that are narrow or to be rounded, and F16, for which there are no portable vector loads: widened, and rounded to BF16 where <paramref name="rounds"/>, four at a time.</summary>
    public readonly struct StagedBody(Dots dots, bool rounds) : IRangeBody
    {
        private const int Slot = 6;
        private readonly Dots _dots = dots;

        public void Invoke(int first, int end)
        {
            Dots staged = _dots;
            float* stage = (float*)Scratch.Bytes(Slot, 4L * _dots.K * sizeof(float));
            staged.Large = new Matrix((nint)stage, DType.F32, _dots.K, 1);
            for (int row = first; row < end; row += 4)
            {
                int rows = Math.Min(4, end - row);
                for (int r = 0; r < rows; r++)
                {
                    _dots.Large.ReadRow(row + r, _dots.K, stage + (long)r * _dots.K);
                    if (rounds) CpuBackend.RoundInPlace(new Span<float>(stage + (long)r * _dots.K, _dots.K));
                }
                staged.Y = _dots.Y + row * _dots.YLargeStep;
                new Body<F32Elements>(staged).Invoke(0, rows);
            }
        }
    }

    /// <summary>Rows of a packed weight, expanded four at a time.</summary>
    public readonly struct PackedBody(Dots dots, PackedSource source) : IRangeBody
    {
        private const int Slot = 6;
        private readonly Dots _dots = dots;

        public void Invoke(int first, int end)
        {
            Dots staged = _dots;
            float* stage = (float*)Scratch.Bytes(Slot, 4L * _dots.K * sizeof(float));
            staged.Large = new Matrix((nint)stage, DType.F32, _dots.K, 1);
            for (int row = first; row < end; row += 4)
            {
                int rows = Math.Min(4, end - row);
                for (int r = 0; r < rows; r++) source.Read(row + r, 0, _dots.K, stage + (long)r * _dots.K);
                staged.Y = _dots.Y + row * _dots.YLargeStep;
                new Body<F32Elements>(staged).Invoke(0, rows);
            }
        }
    }

    private readonly void Write(int row, int rows, int s, float* sums)
    {
        for (int r = 0; r < rows; r++)
        {
            float* y = Y + (row + r) * YLargeStep + s * YSmallStep;
            *y = Add ? *y + Alpha * sums[r] : Alpha * sums[r];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddProducts<TElements>(byte* x, nint step, float* y, int k, Vector512<float>* lanes) where TElements : struct, IElements
    {
        byte* x1 = x + step, x2 = x1 + step, x3 = x2 + step;
        Vector512<float> s0 = lanes[0], s1 = lanes[1], s2 = lanes[2], s3 = lanes[3];
        for (int p = 0; p < k; p += 16)
        {
            Vector512<float> v = Vector512.Load(y + p);
            nint at = (nint)p * TElements.Size;
            s0 = Vector512.MultiplyAddEstimate(TElements.Load16(x + at), v, s0);
            s1 = Vector512.MultiplyAddEstimate(TElements.Load16(x1 + at), v, s1);
            s2 = Vector512.MultiplyAddEstimate(TElements.Load16(x2 + at), v, s2);
            s3 = Vector512.MultiplyAddEstimate(TElements.Load16(x3 + at), v, s3);
        }
        (lanes[0], lanes[1], lanes[2], lanes[3]) = (s0, s1, s2, s3);
    }

    private static float Dot<TElements>(byte* x, float* y, int k) where TElements : struct, IElements
    {
        if (!Vector128.IsHardwareAccelerated)
        {
            float sum = 0;
            for (int q = 0; q < k; q++) sum += TElements.Load(x + (nint)q * TElements.Size) * y[q];
            return sum;
        }
        Vector512<float> s = default;
        int p = 0;
        for (; p + 16 <= k; p += 16) s = Vector512.MultiplyAddEstimate(TElements.Load16(x + (nint)p * TElements.Size), Vector512.Load(y + p), s);
        return Finish<TElements>(s, x, y, p, k);
    }

    private static float Finish<TElements>(Vector512<float> lanes, byte* x, float* y, int p, int k) where TElements : struct, IElements
    {
        float sum = Vector512.Sum(lanes);
        for (; p < k; p++) sum += TElements.Load(x + (nint)p * TElements.Size) * y[p];
        return sum;
    }
}

/// <summary>One row times a matrix whose rows lie contiguous: y (+)= Σ_p x_p b_p, four rows of b at a time, in the order of p, as the tiles would.</summary>
internal readonly unsafe struct RowTimesMatrix<TElements>(float* x, Matrix b, int k, float* y, bool add) : IRangeBody where TElements : struct, IElements
{
    private const int Together = 4;                         // more rows a power of two apart would push each other out of L1

    public void Invoke(int first, int end)
    {
        Span<float> target = new(y + first, end - first);
        if (!add) target.Clear();
        byte* rows = (byte*)b.Data + (nint)first * TElements.Size;
        nint step = b.RowStep * TElements.Size;
        for (int p = 0; p < k; p += Together) AddRows(x + p, Math.Min(Together, k - p), rows + p * step, step, y + first, end - first);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows(float* x, int count, byte* rows, nint step, float* y, int n)
    {
        int j = 0;
        if (Vector128.IsHardwareAccelerated)
            for (; j + 16 <= n; j += 16)
            {
                Vector512<float> sum = Vector512.Load(y + j);
                byte* row = rows + (nint)j * TElements.Size;
                for (int i = 0; i < count; i++, row += step) sum = Vector512.MultiplyAddEstimate(TElements.Load16(row), Vector512.Create(x[i]), sum);
                sum.Store(y + j);
            }
        for (; j < n; j++)
        {
            float sum = y[j];
            byte* row = rows + (nint)j * TElements.Size;
            // A vector lane, so that the last columns round as the others do.
            for (int i = 0; i < count; i++, row += step)
                sum = Vector128.IsHardwareAccelerated
                    ? Vector128.MultiplyAddEstimate(Vector128.CreateScalarUnsafe(TElements.Load(row)), Vector128.CreateScalarUnsafe(x[i]), Vector128.CreateScalarUnsafe(sum)).ToScalar()
                    : sum + TElements.Load(row) * x[i];
            y[j] = sum;
        }
    }
}

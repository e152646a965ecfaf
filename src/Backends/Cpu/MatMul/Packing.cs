using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Pure.Tuner.Kernels;

/// <summary>Panels for the tile of matrix multiply: for each p of k, the <c>width</c> elements of the tile side by side, zeros where the matrix ends.</summary>
internal static unsafe class Packing
{
    /// <summary>The scratch slot that rows pass through when they are not F32 or not contiguous.</summary>
    private const int StageSlot = 7;

    /// <summary>Packs rows [first, first + width) and columns [p, p + k) of x.</summary>
    /// <param name="x">Seen with k along its columns: a as it is, b transposed.</param>
    /// <param name="first">First row.</param>
    /// <param name="rows">Rows that exist.</param>
    /// <param name="width">Rows of the panel.</param>
    /// <param name="p">First column.</param>
    /// <param name="k">Columns.</param>
    /// <param name="scale">Factor of every element, applied here once and not in the tile.</param>
    /// <param name="panel">width · k floats.</param>
    public static void Pack(Matrix x, long first, int rows, int width, long p, int k, float scale, float* panel)
    {
        Matrix part = x.From(first, p);
        if (part.IsF32 && part.ColumnStep == 1) Transpose(part.Floats, part.RowStep, rows, width, k, panel);
        else if (part.IsF32 && part.RowStep == 1) CopyColumns(part.Floats, part.ColumnStep, rows, width, k, panel);
        else if (part.DType == DType.BF16 && part.ColumnStep == 1 && Avx2.IsSupported && rows == width && width % 8 == 0)
            for (int i = 0; i < width; i += 8) Transpose8<BF16Words>(part.Data + i * part.RowStep * 2, part.RowStep, k, panel + i, width, width * part.RowStep);
        else if (part.DType == DType.BF16 && rows == width && CanPackTogether(part, width)) CopyTogether<BF16Words>(part.Data, part.ColumnStep, 1, width, k, panel);
        else if (part.RowStep == 1)
        {
            float* stage = (float*)Scratch.Bytes(StageSlot, (long)k * width * sizeof(float));
            Matrix turned = part.Transposed;
            for (int q = 0; q < k; q++) turned.ReadRow(q, rows, stage + q * width);
            CopyColumns(stage, width, rows, width, k, panel);
        }
        else
        {
            float* stage = (float*)Scratch.Bytes(StageSlot, (long)k * width * sizeof(float));
            for (int i = 0; i < rows; i++) part.ReadRow(i, k, stage + (long)i * k);
            Transpose(stage, k, rows, width, k, panel);
        }
        if (scale != 1) TensorPrimitives.Multiply(new ReadOnlySpan<float>(panel, k * width), scale, new Span<float>(panel, k * width));
    }

    /// <summary>Whether panels of a width can be taken several at once from x, whose tile elements are side by side.</summary>
    public static bool CanPackTogether(Matrix x, int width) =>
        x.RowStep == 1 && width % 8 == 0 && (x.DType == DType.F32 ? Vector256.IsHardwareAccelerated : x.DType == DType.BF16 && Avx2.IsSupported);

    /// <summary>Packs neighbouring whole panels of x in the order in which x lies: a piece of one panel's row is too short for the machine to foresee the next.</summary>
    /// <param name="x">Seen with k along its columns; <see cref="CanPackTogether"/>.</param>
    /// <param name="first">First row.</param>
    /// <param name="panels">How many.</param>
    /// <param name="width">Rows of a panel.</param>
    /// <param name="p">First column.</param>
    /// <param name="k">Columns.</param>
    /// <param name="to">panels · width · k floats.</param>
    public static void PackTogether(Matrix x, long first, int panels, int width, long p, int k, float* to)
    {
        Matrix part = x.From(first, p);
        if (part.IsF32) CopyTogether<F32Words>(part.Data, part.ColumnStep, panels, width, k, to);
        else CopyTogether<BF16Words>(part.Data, part.ColumnStep, panels, width, k, to);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyTogether<TWords>(nint x, nint step, int panels, int width, int k, float* to) where TWords : struct, IWords
    {
        for (int p = 0; p < k; p++, x += step * TWords.Size, to += width)
        {
            nint from = x;
            float* panel = to;
            for (int j = 0; j < panels; j++, panel += (nint)width * k)
                for (int i = 0; i < width; i += 8, from += 8 * TWords.Size) TWords.Load8(from).Store(panel + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyColumns(float* x, nint step, int rows, int width, int k, float* panel)
    {
        if (rows < width) new Span<float>(panel, k * width).Clear();
        if (Vector128.IsHardwareAccelerated && rows == width && width % 2 == 0)
        {
            for (int p = 0; p < k; p++, x += step, panel += width)
            {
                int i = 0;
                for (; i + 4 <= width; i += 4) Vector128.Load(x + i).Store(panel + i);
                if (i < width) *(double*)(panel + i) = *(double*)(x + i);      // tiles of 6 and 14 rows: the last two
            }
            return;
        }
        for (int p = 0; p < k; p++, x += step, panel += width)
            for (int i = 0; i < rows; i++) panel[i] = x[i];
    }

    private static void Transpose(float* x, nint step, int rows, int width, int k, float* panel)
    {
        nint ahead = Sse.IsSupported ? width * step : 0;      // the next panel's rows: too short, one by one, for the machine to foresee
        if (rows < width) new Span<float>(panel, k * width).Clear();
        int i = 0;
        if (Avx.IsSupported)
            for (; i + 8 <= rows; i += 8) Transpose8<F32Words>((nint)(x + i * step), step, k, panel + i, width, ahead);
        for (; i + 4 <= rows; i += 4) Transpose4(x + i * step, step, k, panel + i, width, ahead);
        if (i < rows && rows > 4)
        {
            Transpose4(x + (rows - 4) * step, step, k, panel + rows - 4, width, ahead);   // some rows twice, which is faster than one by one
            return;
        }
        for (; i < rows; i++)
            for (int p = 0; p < k; p++) panel[(long)p * width + i] = x[i * step + p];
    }

    /// <summary>Eight rows of k elements become k rows of eight; the rows that lie <c>ahead</c> elements on are asked for early.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose8<TWords>(nint x, nint xStep, int k, float* y, nint yStep, nint ahead) where TWords : struct, IWords
    {
        int p = 0;
        nint step = xStep * TWords.Size;
        for (; p + 4 <= k; p += 4, x += 4 * TWords.Size, y += 4 * yStep)
        {
            nint high = x + 4 * step;
            void* next = (void*)(x + ahead * TWords.Size + (p / 4 % 4) * step);
            Sse.Prefetch0(next);
            Sse.Prefetch0((byte*)next + 4 * step);
            Vector256<float> a = Both(x, high), b = Both(x + step, high + step), c = Both(x + 2 * step, high + 2 * step), d = Both(x + 3 * step, high + 3 * step);
            Vector256<float> ab0 = Avx.UnpackLow(a, b), ab1 = Avx.UnpackHigh(a, b), cd0 = Avx.UnpackLow(c, d), cd1 = Avx.UnpackHigh(c, d);
            Avx.Shuffle(ab0, cd0, 0b01_00_01_00).Store(y);
            Avx.Shuffle(ab0, cd0, 0b11_10_11_10).Store(y + yStep);
            Avx.Shuffle(ab1, cd1, 0b01_00_01_00).Store(y + 2 * yStep);
            Avx.Shuffle(ab1, cd1, 0b11_10_11_10).Store(y + 3 * yStep);
        }
        for (; p < k; p++, x += TWords.Size, y += yStep)
            for (int i = 0; i < 8; i++) y[i] = TWords.Load(x + i * step);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<float> Both(nint low, nint high) => TWords.Load4(low).ToVector256Unsafe().WithUpper(TWords.Load4(high));
    }

    /// <summary>Stored elements, read several at a time.</summary>
    private interface IWords
    {
        static abstract int Size { get; }
        static abstract Vector128<float> Load4(nint p);
        static abstract Vector256<float> Load8(nint p);
        static abstract float Load(nint p);
    }

    private readonly struct F32Words : IWords
    {
        public static int Size => 4;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<float> Load4(nint p) => Vector128.Load((float*)p);
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Load8(nint p) => Vector256.Load((float*)p);
        public static float Load(nint p) => *(float*)p;
    }

    private readonly struct BF16Words : IWords
    {
        public static int Size => 2;
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<float> Load4(nint p) => Vector128.ShiftLeft(Sse41.ConvertToVector128Int32(Vector128.CreateScalarUnsafe(*(ulong*)p).AsUInt16()), 16).AsSingle();
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Load8(nint p) => Vector256.ShiftLeft(Avx2.ConvertToVector256Int32(Vector128.Load((ushort*)p)), 16).AsSingle();
        public static float Load(nint p) => *(BFloat16*)p;
    }

    /// <summary>Four rows of k elements become k rows of four; the rows that lie <c>ahead</c> elements on are asked for early, unless it is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose4(float* x, nint xStep, int k, float* y, nint yStep, nint ahead = 0)
    {
        int p = 0;
        if (Sse.IsSupported || AdvSimd.Arm64.IsSupported)
            for (; p + 4 <= k; p += 4)
            {
                if (ahead != 0) Sse.Prefetch0(x + ahead + (p / 4 % 4) * xStep + p);
                Transpose4x4(Vector128.Load(x + p), Vector128.Load(x + xStep + p), Vector128.Load(x + 2 * xStep + p), Vector128.Load(x + 3 * xStep + p), y + p * yStep, yStep);
            }
        for (; p < k; p++)
        {
            float* row = y + p * yStep;
            row[0] = x[p];
            row[1] = x[xStep + p];
            row[2] = x[2 * xStep + p];
            row[3] = x[3 * xStep + p];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4x4(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d, float* y, nint step)
    {
        if (Sse.IsSupported)
        {
            Vector128<float> ab0 = Sse.UnpackLow(a, b), ab1 = Sse.UnpackHigh(a, b), cd0 = Sse.UnpackLow(c, d), cd1 = Sse.UnpackHigh(c, d);
            Sse.MoveLowToHigh(ab0, cd0).Store(y);
            Sse.MoveHighToLow(cd0, ab0).Store(y + step);
            Sse.MoveLowToHigh(ab1, cd1).Store(y + 2 * step);
            Sse.MoveHighToLow(cd1, ab1).Store(y + 3 * step);
        }
        else
        {
            Vector128<double> ab0 = AdvSimd.Arm64.ZipLow(a, b).AsDouble(), ab1 = AdvSimd.Arm64.ZipHigh(a, b).AsDouble();
            Vector128<double> cd0 = AdvSimd.Arm64.ZipLow(c, d).AsDouble(), cd1 = AdvSimd.Arm64.ZipHigh(c, d).AsDouble();
            AdvSimd.Arm64.ZipLow(ab0, cd0).AsSingle().Store(y);
            AdvSimd.Arm64.ZipHigh(ab0, cd0).AsSingle().Store(y + step);
            AdvSimd.Arm64.ZipLow(ab1, cd1).AsSingle().Store(y + 2 * step);
            AdvSimd.Arm64.ZipHigh(ab1, cd1).AsSingle().Store(y + 3 * step);
        }
    }
}

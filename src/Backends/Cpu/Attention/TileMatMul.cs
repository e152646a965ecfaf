using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>c = a b (+ c) for matrices that lie in a core's cache: the arithmetic inside a tile of a fused kernel.</summary>
/// <remarks>
/// Four rows by three registers: twelve sums hide the latency of the multiply-add with 16 registers as well as with 32.
/// a is read number by number, so it may lie either way; b and c have contiguous rows. Nothing is packed here.
/// </remarks>
internal static unsafe class TileMatMul
{
    /// <summary>Rows are computed four at a time: a and c have room for a multiple of it.</summary>
    public const int RowUnit = 4;

    /// <summary>Columns are computed by whole registers: b and c have room for a multiple of it.</summary>
    public const int ColumnUnit = 16;

    /// <summary>c[m, n] = a[m, k] b[k, n] (+ c); the sum over k runs in index order.</summary>
    /// <param name="m">Rows, rounded up to <see cref="RowUnit"/> by the kernel.</param>
    /// <param name="n">Columns, rounded up to <see cref="ColumnUnit"/>.</param>
    /// <param name="k">Terms of the sum.</param>
    /// <param name="a">a[i, p] stands at i · aRow + p · aColumn.</param>
    /// <param name="aRow">Step between rows of a.</param>
    /// <param name="aColumn">Step between columns of a.</param>
    /// <param name="b">Rows at step <paramref name="ldb"/>.</param>
    /// <param name="ldb">Step between rows of b.</param>
    /// <param name="c">Rows at step <paramref name="ldc"/>.</param>
    /// <param name="ldc">Step between rows of c.</param>
    /// <param name="accumulate">Whether to add to c.</param>
    public static void Run(int m, int n, int k, float* a, nint aRow, nint aColumn, float* b, nint ldb, float* c, nint ldc, bool accumulate)
    {
        if (Vector512.IsHardwareAccelerated) Run<Lanes512>(m, n, k, a, aRow, aColumn, b, ldb, c, ldc, accumulate);
        else if (Vector128.IsHardwareAccelerated) Run<Lanes256>(m, n, k, a, aRow, aColumn, b, ldb, c, ldc, accumulate);
        else Run<Lane>(m, n, k, a, aRow, aColumn, b, ldb, c, ldc, accumulate);
    }

    /// <inheritdoc cref="Run(int, int, int, float*, nint, nint, float*, nint, float*, nint, bool)"/>
    internal static void Run<T>(int m, int n, int k, float* a, nint aRow, nint aColumn, float* b, nint ldb, float* c, nint ldc, bool accumulate) where T : struct, ILanes<T>
    {
        for (int left = (n + T.Count - 1) / T.Count; left > 0;)
        {
            int wide = left switch { 1 => 1, 2 or 4 => 2, _ => 3 };          // 4 is 2 + 2: a lone register would wait for its sums
            switch (wide)
            {
                case 3: Strip3<T>(m, k, a, aRow, aColumn, b, ldb, c, ldc, accumulate); break;
                case 2: Strip2<T>(m, k, a, aRow, aColumn, b, ldb, c, ldc, accumulate); break;
                default: Strip1<T>(m, k, a, aRow, aColumn, b, ldb, c, ldc, accumulate); break;
            }
            left -= wide;
            b += wide * T.Count;
            c += wide * T.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Strip3<T>(int m, int k, float* a, nint aRow, nint aColumn, float* b, nint ldb, float* c, nint ldc, bool accumulate) where T : struct, ILanes<T>
    {
        for (; m > 0; m -= RowUnit, a += RowUnit * aRow, c += RowUnit * ldc)
        {
            T c00 = T.All(0), c01 = c00, c02 = c00, c10 = c00, c11 = c00, c12 = c00, c20 = c00, c21 = c00, c22 = c00, c30 = c00, c31 = c00, c32 = c00;
            float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, row = b;
            nint at = 0;
            T b0, b1, b2, x;
            int p = 0;
            for (; p + 4 <= k; p += 4)
            {
                b0 = T.Load(row); b1 = T.Load(row + T.Count); b2 = T.Load(row + 2 * T.Count);
                x = T.All(a[at]); c00 = T.MulAdd(x, b0, c00); c01 = T.MulAdd(x, b1, c01); c02 = T.MulAdd(x, b2, c02);
                x = T.All(a1[at]); c10 = T.MulAdd(x, b0, c10); c11 = T.MulAdd(x, b1, c11); c12 = T.MulAdd(x, b2, c12);
                x = T.All(a2[at]); c20 = T.MulAdd(x, b0, c20); c21 = T.MulAdd(x, b1, c21); c22 = T.MulAdd(x, b2, c22);
                x = T.All(a3[at]); c30 = T.MulAdd(x, b0, c30); c31 = T.MulAdd(x, b1, c31); c32 = T.MulAdd(x, b2, c32);
                at += aColumn; row += ldb;

                b0 = T.Load(row); b1 = T.Load(row + T.Count); b2 = T.Load(row + 2 * T.Count);
                x = T.All(a[at]); c00 = T.MulAdd(x, b0, c00); c01 = T.MulAdd(x, b1, c01); c02 = T.MulAdd(x, b2, c02);
                x = T.All(a1[at]); c10 = T.MulAdd(x, b0, c10); c11 = T.MulAdd(x, b1, c11); c12 = T.MulAdd(x, b2, c12);
                x = T.All(a2[at]); c20 = T.MulAdd(x, b0, c20); c21 = T.MulAdd(x, b1, c21); c22 = T.MulAdd(x, b2, c22);
                x = T.All(a3[at]); c30 = T.MulAdd(x, b0, c30); c31 = T.MulAdd(x, b1, c31); c32 = T.MulAdd(x, b2, c32);
                at += aColumn; row += ldb;

                b0 = T.Load(row); b1 = T.Load(row + T.Count); b2 = T.Load(row + 2 * T.Count);
                x = T.All(a[at]); c00 = T.MulAdd(x, b0, c00); c01 = T.MulAdd(x, b1, c01); c02 = T.MulAdd(x, b2, c02);
                x = T.All(a1[at]); c10 = T.MulAdd(x, b0, c10); c11 = T.MulAdd(x, b1, c11); c12 = T.MulAdd(x, b2, c12);
                x = T.All(a2[at]); c20 = T.MulAdd(x, b0, c20); c21 = T.MulAdd(x, b1, c21); c22 = T.MulAdd(x, b2, c22);
                x = T.All(a3[at]); c30 = T.MulAdd(x, b0, c30); c31 = T.MulAdd(x, b1, c31); c32 = T.MulAdd(x, b2, c32);
                at += aColumn; row += ldb;

                b0 = T.Load(row); b1 = T.Load(row + T.Count); b2 = T.Load(row + 2 * T.Count);
                x = T.All(a[at]); c00 = T.MulAdd(x, b0, c00); c01 = T.MulAdd(x, b1, c01); c02 = T.MulAdd(x, b2, c02);
                x = T.All(a1[at]); c10 = T.MulAdd(x, b0, c10); c11 = T.MulAdd(x, b1, c11); c12 = T.MulAdd(x, b2, c12);
                x = T.All(a2[at]); c20 = T.MulAdd(x, b0, c20); c21 = T.MulAdd(x, b1, c21); c22 = T.MulAdd(x, b2, c22);
                x = T.All(a3[at]); c30 = T.MulAdd(x, b0, c30); c31 = T.MulAdd(x, b1, c31); c32 = T.MulAdd(x, b2, c32);
                at += aColumn; row += ldb;
            }
            for (; p < k; p++)
            {
                b0 = T.Load(row); b1 = T.Load(row + T.Count); b2 = T.Load(row + 2 * T.Count);
                x = T.All(a[at]); c00 = T.MulAdd(x, b0, c00); c01 = T.MulAdd(x, b1, c01); c02 = T.MulAdd(x, b2, c02);
                x = T.All(a1[at]); c10 = T.MulAdd(x, b0, c10); c11 = T.MulAdd(x, b1, c11); c12 = T.MulAdd(x, b2, c12);
                x = T.All(a2[at]); c20 = T.MulAdd(x, b0, c20); c21 = T.MulAdd(x, b1, c21); c22 = T.MulAdd(x, b2, c22);
                x = T.All(a3[at]); c30 = T.MulAdd(x, b0, c30); c31 = T.MulAdd(x, b1, c31); c32 = T.MulAdd(x, b2, c32);
                at += aColumn; row += ldb;
            }
            Store3(c, c00, c01, c02, accumulate);
            Store3(c + ldc, c10, c11, c12, accumulate);
            Store3(c + 2 * ldc, c20, c21, c22, accumulate);
            Store3(c + 3 * ldc, c30, c31, c32, accumulate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Strip2<T>(int m, int k, float* a, nint aRow, nint aColumn, float* b, nint ldb, float* c, nint ldc, bool accumulate) where T : struct, ILanes<T>
    {
        for (; m > 0; m -= RowUnit, a += RowUnit * aRow, c += RowUnit * ldc)
        {
            T c00 = T.All(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
            float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, row = b;
            nint at = 0;
            T b0, b1, x;
            int p = 0;
            for (; p + 4 <= k; p += 4)
            {
                b0 = T.Load(row); b1 = T.Load(row + T.Count);
                x = T.All(a[at]); c00 = T.MulAdd(x, b0, c00); c01 = T.MulAdd(x, b1, c01);
                x = T.All(a1[at]); c10 = T.MulAdd(x, b0, c10); c11 = T.MulAdd(x, b1, c11);
                x = T.All(a2[at]); c20 = T.MulAdd(x, b0, c20); c21 = T.MulAdd(x, b1, c21);
                x = T.All(a3[at]); c30 = T.MulAdd(x, b0, c30); c31 = T.MulAdd(x, b1, c31);
                at += aColumn; row += ldb;

                b0 = T.Load(row); b1 = T.Load(row + T.Count);
                x = T.All(a[at]); c00 = T.MulAdd(x, b0, c00); c01 = T.MulAdd(x, b1, c01);
                x = T.All(a1[at]); c10 = T.MulAdd(x, b0, c10); c11 = T.MulAdd(x, b1, c11);
                x = T.All(a2[at]); c20 = T.MulAdd(x, b0, c20); c21 = T.MulAdd(x, b1, c21);
                x = T.All(a3[at]); c30 = T.MulAdd(x, b0, c30); c31 = T.MulAdd(x, b1, c31);
                at += aColumn; row += ldb;

                b0 = T.Load(row); b1 = T.Load(row + T.Count);
                x = T.All(a[at]); c00 = T.MulAdd(x, b0, c00); c01 = T.MulAdd(x, b1, c01);
                x = T.All(a1[at]); c10 = T.MulAdd(x, b0, c10); c11 = T.MulAdd(x, b1, c11);
                x = T.All(a2[at]); c20 = T.MulAdd(x, b0, c20); c21 = T.MulAdd(x, b1, c21);
                x = T.All(a3[at]); c30 = T.MulAdd(x, b0, c30); c31 = T.MulAdd(x, b1, c31);
                at += aColumn; row += ldb;

                b0 = T.Load(row); b1 = T.Load(row + T.Count);
                x = T.All(a[at]); c00 = T.MulAdd(x, b0, c00); c01 = T.MulAdd(x, b1, c01);
                x = T.All(a1[at]); c10 = T.MulAdd(x, b0, c10); c11 = T.MulAdd(x, b1, c11);
                x = T.All(a2[at]); c20 = T.MulAdd(x, b0, c20); c21 = T.MulAdd(x, b1, c21);
                x = T.All(a3[at]); c30 = T.MulAdd(x, b0, c30); c31 = T.MulAdd(x, b1, c31);
                at += aColumn; row += ldb;
            }
            for (; p < k; p++)
            {
                b0 = T.Load(row); b1 = T.Load(row + T.Count);
                x = T.All(a[at]); c00 = T.MulAdd(x, b0, c00); c01 = T.MulAdd(x, b1, c01);
                x = T.All(a1[at]); c10 = T.MulAdd(x, b0, c10); c11 = T.MulAdd(x, b1, c11);
                x = T.All(a2[at]); c20 = T.MulAdd(x, b0, c20); c21 = T.MulAdd(x, b1, c21);
                x = T.All(a3[at]); c30 = T.MulAdd(x, b0, c30); c31 = T.MulAdd(x, b1, c31);
                at += aColumn; row += ldb;
            }
            Store2(c, c00, c01, accumulate);
            Store2(c + ldc, c10, c11, accumulate);
            Store2(c + 2 * ldc, c20, c21, accumulate);
            Store2(c + 3 * ldc, c30, c31, accumulate);
        }
    }

    /// <summary>Eight rows of one register: four sums alone would wait for each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Strip1<T>(int m, int k, float* a, nint aRow, nint aColumn, float* b, nint ldb, float* c, nint ldc, bool accumulate) where T : struct, ILanes<T>
    {
        for (; m > RowUnit; m -= 2 * RowUnit, a += 2 * RowUnit * aRow, c += 2 * RowUnit * ldc) Rows8<T>(k, a, aRow, aColumn, b, ldb, c, ldc, accumulate);
        if (m > 0) Rows4<T>(k, a, aRow, aColumn, b, ldb, c, ldc, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Rows4<T>(int k, float* a, nint aRow, nint aColumn, float* b, nint ldb, float* c, nint ldc, bool accumulate) where T : struct, ILanes<T>
    {
        T c0 = T.All(0), c1 = c0, c2 = c0, c3 = c0;
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
        nint at = 0;
        for (int p = 0; p < k; p++)
        {
            T b0 = T.Load(b);
            c0 = T.MulAdd(T.All(a[at]), b0, c0);
            c1 = T.MulAdd(T.All(a1[at]), b0, c1);
            c2 = T.MulAdd(T.All(a2[at]), b0, c2);
            c3 = T.MulAdd(T.All(a3[at]), b0, c3);
            at += aColumn;
            b += ldb;
        }
        Store1(c, c0, accumulate);
        Store1(c + ldc, c1, accumulate);
        Store1(c + 2 * ldc, c2, accumulate);
        Store1(c + 3 * ldc, c3, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Rows8<T>(int k, float* a, nint aRow, nint aColumn, float* b, nint ldb, float* c, nint ldc, bool accumulate) where T : struct, ILanes<T>
    {
        T c0 = T.All(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
        float* a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, a4 = a3 + aRow, a5 = a4 + aRow, a6 = a5 + aRow, a7 = a6 + aRow;
        nint at = 0;
        for (int p = 0; p < k; p++)
        {
            T b0 = T.Load(b);
            c0 = T.MulAdd(T.All(a[at]), b0, c0);
            c1 = T.MulAdd(T.All(a1[at]), b0, c1);
            c2 = T.MulAdd(T.All(a2[at]), b0, c2);
            c3 = T.MulAdd(T.All(a3[at]), b0, c3);
            c4 = T.MulAdd(T.All(a4[at]), b0, c4);
            c5 = T.MulAdd(T.All(a5[at]), b0, c5);
            c6 = T.MulAdd(T.All(a6[at]), b0, c6);
            c7 = T.MulAdd(T.All(a7[at]), b0, c7);
            at += aColumn;
            b += ldb;
        }
        Store1(c, c0, accumulate);
        Store1(c + ldc, c1, accumulate);
        Store1(c + 2 * ldc, c2, accumulate);
        Store1(c + 3 * ldc, c3, accumulate);
        Store1(c + 4 * ldc, c4, accumulate);
        Store1(c + 5 * ldc, c5, accumulate);
        Store1(c + 6 * ldc, c6, accumulate);
        Store1(c + 7 * ldc, c7, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store3<T>(float* c, T c0, T c1, T c2, bool accumulate) where T : struct, ILanes<T>
    {
        Store2(c, c0, c1, accumulate);
        Store1(c + 2 * T.Count, c2, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store2<T>(float* c, T c0, T c1, bool accumulate) where T : struct, ILanes<T>
    {
        Store1(c, c0, accumulate);
        Store1(c + T.Count, c1, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store1<T>(float* c, T sum, bool accumulate) where T : struct, ILanes<T>
    {
        if (accumulate) sum += T.Load(c);
        sum.Store(c);
    }
}

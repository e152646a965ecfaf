using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>A tile for 16 registers of 256 bits: 12 hold sums, 2 a row of b, 2 broadcasts of a.</summary>
internal readonly unsafe struct Kernel6x16 : IMicroKernel
{
    public static int Rows => 6;

    public static int Columns => 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int k, float* a, nint aStep, float* b, nint bStep, float* from, nint fromStep, float* c, nint cStep)
    {
        Vector256<float> c00 = default, c01 = default;
        Vector256<float> c10 = default, c11 = default;
        Vector256<float> c20 = default, c21 = default;
        Vector256<float> c30 = default, c31 = default;
        Vector256<float> c40 = default, c41 = default;
        Vector256<float> c50 = default, c51 = default;
        for (int p = 0; p < k; p++)
        {
            Vector256<float> b0 = Vector256.Load(b), b1 = Vector256.Load(b + 8);
            Vector256<float> a0 = Vector256.Create(a[0]);
            c00 = Vector256.MultiplyAddEstimate(a0, b0, c00);
            c01 = Vector256.MultiplyAddEstimate(a0, b1, c01);
            Vector256<float> a1 = Vector256.Create(a[1]);
            c10 = Vector256.MultiplyAddEstimate(a1, b0, c10);
            c11 = Vector256.MultiplyAddEstimate(a1, b1, c11);
            Vector256<float> a2 = Vector256.Create(a[2]);
            c20 = Vector256.MultiplyAddEstimate(a2, b0, c20);
            c21 = Vector256.MultiplyAddEstimate(a2, b1, c21);
            Vector256<float> a3 = Vector256.Create(a[3]);
            c30 = Vector256.MultiplyAddEstimate(a3, b0, c30);
            c31 = Vector256.MultiplyAddEstimate(a3, b1, c31);
            Vector256<float> a4 = Vector256.Create(a[4]);
            c40 = Vector256.MultiplyAddEstimate(a4, b0, c40);
            c41 = Vector256.MultiplyAddEstimate(a4, b1, c41);
            Vector256<float> a5 = Vector256.Create(a[5]);
            c50 = Vector256.MultiplyAddEstimate(a5, b0, c50);
            c51 = Vector256.MultiplyAddEstimate(a5, b1, c51);
            a += aStep;
            b += bStep;
        }
        if (from != null)
        {
            float* row = from;
            c00 += Vector256.Load(row);
            c01 += Vector256.Load(row + 8);
            row += fromStep;
            c10 += Vector256.Load(row);
            c11 += Vector256.Load(row + 8);
            row += fromStep;
            c20 += Vector256.Load(row);
            c21 += Vector256.Load(row + 8);
            row += fromStep;
            c30 += Vector256.Load(row);
            c31 += Vector256.Load(row + 8);
            row += fromStep;
            c40 += Vector256.Load(row);
            c41 += Vector256.Load(row + 8);
            row += fromStep;
            c50 += Vector256.Load(row);
            c51 += Vector256.Load(row + 8);
        }
        c00.Store(c);
        c01.Store(c + 8);
        c += cStep;
        c10.Store(c);
        c11.Store(c + 8);
        c += cStep;
        c20.Store(c);
        c21.Store(c + 8);
        c += cStep;
        c30.Store(c);
        c31.Store(c + 8);
        c += cStep;
        c40.Store(c);
        c41.Store(c + 8);
        c += cStep;
        c50.Store(c);
        c51.Store(c + 8);
    }
}

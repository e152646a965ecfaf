using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>A tile for 32 registers of 128 bits (Arm): 16 hold sums, 2 a row of b.</summary>
internal readonly unsafe struct Kernel8x8 : IMicroKernel
{
    public static int Rows => 8;

    public static int Columns => 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int k, float* a, nint aStep, float* b, nint bStep, float* from, nint fromStep, float* c, nint cStep)
    {
        Vector128<float> c00 = default, c01 = default;
        Vector128<float> c10 = default, c11 = default;
        Vector128<float> c20 = default, c21 = default;
        Vector128<float> c30 = default, c31 = default;
        Vector128<float> c40 = default, c41 = default;
        Vector128<float> c50 = default, c51 = default;
        Vector128<float> c60 = default, c61 = default;
        Vector128<float> c70 = default, c71 = default;
        for (int p = 0; p < k; p++)
        {
            Vector128<float> b0 = Vector128.Load(b), b1 = Vector128.Load(b + 4);
            Vector128<float> a0 = Vector128.Create(a[0]);
            c00 = Vector128.MultiplyAddEstimate(a0, b0, c00);
            c01 = Vector128.MultiplyAddEstimate(a0, b1, c01);
            Vector128<float> a1 = Vector128.Create(a[1]);
            c10 = Vector128.MultiplyAddEstimate(a1, b0, c10);
            c11 = Vector128.MultiplyAddEstimate(a1, b1, c11);
            Vector128<float> a2 = Vector128.Create(a[2]);
            c20 = Vector128.MultiplyAddEstimate(a2, b0, c20);
            c21 = Vector128.MultiplyAddEstimate(a2, b1, c21);
            Vector128<float> a3 = Vector128.Create(a[3]);
            c30 = Vector128.MultiplyAddEstimate(a3, b0, c30);
            c31 = Vector128.MultiplyAddEstimate(a3, b1, c31);
            Vector128<float> a4 = Vector128.Create(a[4]);
            c40 = Vector128.MultiplyAddEstimate(a4, b0, c40);
            c41 = Vector128.MultiplyAddEstimate(a4, b1, c41);
            Vector128<float> a5 = Vector128.Create(a[5]);
            c50 = Vector128.MultiplyAddEstimate(a5, b0, c50);
            c51 = Vector128.MultiplyAddEstimate(a5, b1, c51);
            Vector128<float> a6 = Vector128.Create(a[6]);
            c60 = Vector128.MultiplyAddEstimate(a6, b0, c60);
            c61 = Vector128.MultiplyAddEstimate(a6, b1, c61);
            Vector128<float> a7 = Vector128.Create(a[7]);
            c70 = Vector128.MultiplyAddEstimate(a7, b0, c70);
            c71 = Vector128.MultiplyAddEstimate(a7, b1, c71);
            a += aStep;
            b += bStep;
        }
        if (from != null)
        {
            float* row = from;
            c00 += Vector128.Load(row);
            c01 += Vector128.Load(row + 4);
            row += fromStep;
            c10 += Vector128.Load(row);
            c11 += Vector128.Load(row + 4);
            row += fromStep;
            c20 += Vector128.Load(row);
            c21 += Vector128.Load(row + 4);
            row += fromStep;
            c30 += Vector128.Load(row);
            c31 += Vector128.Load(row + 4);
            row += fromStep;
            c40 += Vector128.Load(row);
            c41 += Vector128.Load(row + 4);
            row += fromStep;
            c50 += Vector128.Load(row);
            c51 += Vector128.Load(row + 4);
            row += fromStep;
            c60 += Vector128.Load(row);
            c61 += Vector128.Load(row + 4);
            row += fromStep;
            c70 += Vector128.Load(row);
            c71 += Vector128.Load(row + 4);
        }
        c00.Store(c);
        c01.Store(c + 4);
        c += cStep;
        c10.Store(c);
        c11.Store(c + 4);
        c += cStep;
        c20.Store(c);
        c21.Store(c + 4);
        c += cStep;
        c30.Store(c);
        c31.Store(c + 4);
        c += cStep;
        c40.Store(c);
        c41.Store(c + 4);
        c += cStep;
        c50.Store(c);
        c51.Store(c + 4);
        c += cStep;
        c60.Store(c);
        c61.Store(c + 4);
        c += cStep;
        c70.Store(c);
        c71.Store(c + 4);
    }
}

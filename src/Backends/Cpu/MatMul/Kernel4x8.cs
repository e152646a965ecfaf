using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>A tile for 16 registers of 128 bits: 8 hold sums, 2 a row of b.</summary>
internal readonly unsafe struct Kernel4x8 : IMicroKernel
{
    public static int Rows => 4;

    public static int Columns => 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int k, float* a, nint aStep, float* b, nint bStep, float* from, nint fromStep, float* c, nint cStep)
    {
        Vector128<float> c00 = default, c01 = default;
        Vector128<float> c10 = default, c11 = default;
        Vector128<float> c20 = default, c21 = default;
        Vector128<float> c30 = default, c31 = default;
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
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>A tile for 32 registers of 512 bits: 28 hold sums, 2 a row of b, 2 broadcasts of a.</summary>
internal readonly unsafe struct Kernel14x32 : IMicroKernel
{
    public static int Rows => 14;

    public static int Columns => 32;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int k, float* a, nint aStep, float* b, nint bStep, float* from, nint fromStep, float* c, nint cStep)
    {
        Vector512<float> c00 = default, c01 = default;
        Vector512<float> c10 = default, c11 = default;
        Vector512<float> c20 = default, c21 = default;
        Vector512<float> c30 = default, c31 = default;
        Vector512<float> c40 = default, c41 = default;
        Vector512<float> c50 = default, c51 = default;
        Vector512<float> c60 = default, c61 = default;
        Vector512<float> c70 = default, c71 = default;
        Vector512<float> c80 = default, c81 = default;
        Vector512<float> c90 = default, c91 = default;
        Vector512<float> ca0 = default, ca1 = default;
        Vector512<float> cb0 = default, cb1 = default;
        Vector512<float> cc0 = default, cc1 = default;
        Vector512<float> cd0 = default, cd1 = default;
        for (int p = 0; p < k; p++)
        {
            Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + 16);
            Vector512<float> a0 = Vector512.Create(a[0]);
            c00 = Vector512.MultiplyAddEstimate(a0, b0, c00);
            c01 = Vector512.MultiplyAddEstimate(a0, b1, c01);
            Vector512<float> a1 = Vector512.Create(a[1]);
            c10 = Vector512.MultiplyAddEstimate(a1, b0, c10);
            c11 = Vector512.MultiplyAddEstimate(a1, b1, c11);
            Vector512<float> a2 = Vector512.Create(a[2]);
            c20 = Vector512.MultiplyAddEstimate(a2, b0, c20);
            c21 = Vector512.MultiplyAddEstimate(a2, b1, c21);
            Vector512<float> a3 = Vector512.Create(a[3]);
            c30 = Vector512.MultiplyAddEstimate(a3, b0, c30);
            c31 = Vector512.MultiplyAddEstimate(a3, b1, c31);
            Vector512<float> a4 = Vector512.Create(a[4]);
            c40 = Vector512.MultiplyAddEstimate(a4, b0, c40);
            c41 = Vector512.MultiplyAddEstimate(a4, b1, c41);
            Vector512<float> a5 = Vector512.Create(a[5]);
            c50 = Vector512.MultiplyAddEstimate(a5, b0, c50);
            c51 = Vector512.MultiplyAddEstimate(a5, b1, c51);
            Vector512<float> a6 = Vector512.Create(a[6]);
            c60 = Vector512.MultiplyAddEstimate(a6, b0, c60);
            c61 = Vector512.MultiplyAddEstimate(a6, b1, c61);
            Vector512<float> a7 = Vector512.Create(a[7]);
            c70 = Vector512.MultiplyAddEstimate(a7, b0, c70);
            c71 = Vector512.MultiplyAddEstimate(a7, b1, c71);
            Vector512<float> a8 = Vector512.Create(a[8]);
            c80 = Vector512.MultiplyAddEstimate(a8, b0, c80);
            c81 = Vector512.MultiplyAddEstimate(a8, b1, c81);
            Vector512<float> a9 = Vector512.Create(a[9]);
            c90 = Vector512.MultiplyAddEstimate(a9, b0, c90);
            c91 = Vector512.MultiplyAddEstimate(a9, b1, c91);
            Vector512<float> aa = Vector512.Create(a[10]);
            ca0 = Vector512.MultiplyAddEstimate(aa, b0, ca0);
            ca1 = Vector512.MultiplyAddEstimate(aa, b1, ca1);
            Vector512<float> ab = Vector512.Create(a[11]);
            cb0 = Vector512.MultiplyAddEstimate(ab, b0, cb0);
            cb1 = Vector512.MultiplyAddEstimate(ab, b1, cb1);
            Vector512<float> ac = Vector512.Create(a[12]);
            cc0 = Vector512.MultiplyAddEstimate(ac, b0, cc0);
            cc1 = Vector512.MultiplyAddEstimate(ac, b1, cc1);
            Vector512<float> ad = Vector512.Create(a[13]);
            cd0 = Vector512.MultiplyAddEstimate(ad, b0, cd0);
            cd1 = Vector512.MultiplyAddEstimate(ad, b1, cd1);
            a += aStep;
            b += bStep;
        }
        if (from != null)
        {
            float* row = from;
            c00 += Vector512.Load(row);
            c01 += Vector512.Load(row + 16);
            row += fromStep;
            c10 += Vector512.Load(row);
            c11 += Vector512.Load(row + 16);
            row += fromStep;
            c20 += Vector512.Load(row);
            c21 += Vector512.Load(row + 16);
            row += fromStep;
            c30 += Vector512.Load(row);
            c31 += Vector512.Load(row + 16);
            row += fromStep;
            c40 += Vector512.Load(row);
            c41 += Vector512.Load(row + 16);
            row += fromStep;
            c50 += Vector512.Load(row);
            c51 += Vector512.Load(row + 16);
            row += fromStep;
            c60 += Vector512.Load(row);
            c61 += Vector512.Load(row + 16);
            row += fromStep;
            c70 += Vector512.Load(row);
            c71 += Vector512.Load(row + 16);
            row += fromStep;
            c80 += Vector512.Load(row);
            c81 += Vector512.Load(row + 16);
            row += fromStep;
            c90 += Vector512.Load(row);
            c91 += Vector512.Load(row + 16);
            row += fromStep;
            ca0 += Vector512.Load(row);
            ca1 += Vector512.Load(row + 16);
            row += fromStep;
            cb0 += Vector512.Load(row);
            cb1 += Vector512.Load(row + 16);
            row += fromStep;
            cc0 += Vector512.Load(row);
            cc1 += Vector512.Load(row + 16);
            row += fromStep;
            cd0 += Vector512.Load(row);
            cd1 += Vector512.Load(row + 16);
        }
        c00.Store(c);
        c01.Store(c + 16);
        c += cStep;
        c10.Store(c);
        c11.Store(c + 16);
        c += cStep;
        c20.Store(c);
        c21.Store(c + 16);
        c += cStep;
        c30.Store(c);
        c31.Store(c + 16);
        c += cStep;
        c40.Store(c);
        c41.Store(c + 16);
        c += cStep;
        c50.Store(c);
        c51.Store(c + 16);
        c += cStep;
        c60.Store(c);
        c61.Store(c + 16);
        c += cStep;
        c70.Store(c);
        c71.Store(c + 16);
        c += cStep;
        c80.Store(c);
        c81.Store(c + 16);
        c += cStep;
        c90.Store(c);
        c91.Store(c + 16);
        c += cStep;
        ca0.Store(c);
        ca1.Store(c + 16);
        c += cStep;
        cb0.Store(c);
        cb1.Store(c + 16);
        c += cStep;
        cc0.Store(c);
        cc1.Store(c + 16);
        c += cStep;
        cd0.Store(c);
        cd1.Store(c + 16);
    }
}

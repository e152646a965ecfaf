using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>A tile for 32 registers of 512 bits: 28 hold sums, 2 a row of b, 2 broadcasts of a.</summary>
internal readonly unsafe struct Kernel14x32 : IMicroKernel
{
    public static int Rows => 14;

    public static int Columns => 32;

    public static void Run(int k, float* a, nint aStep, float* b, nint bStep, float* from, nint fromStep, float* c, nint cStep)
    {
        if (aStep == Rows && bStep == Columns) Run<PanelSteps<Kernel14x32>>(k, a, aStep, b, bStep, from, fromStep, c, cStep);
        else Run<GivenSteps>(k, a, aStep, b, bStep, from, fromStep, c, cStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSteps>(int k, float* a, nint aStep, float* b, nint bStep, float* from, nint fromStep, float* c, nint cStep) where TSteps : struct, ITileSteps
    {
        nint nextA = TSteps.A(aStep), nextB = TSteps.B(bStep);
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
        Vector512<float> b0, b1, x;
        int p = 0;
        for (; p + 2 <= k; p += 2, a += 2 * nextA, b += 2 * nextB)
        {
            b0 = Vector512.Load(b); b1 = Vector512.Load(b + 16);
            x = Vector512.Create(a[0]); c00 = Vector512.MultiplyAddEstimate(x, b0, c00); c01 = Vector512.MultiplyAddEstimate(x, b1, c01);
            x = Vector512.Create(a[1]); c10 = Vector512.MultiplyAddEstimate(x, b0, c10); c11 = Vector512.MultiplyAddEstimate(x, b1, c11);
            x = Vector512.Create(a[2]); c20 = Vector512.MultiplyAddEstimate(x, b0, c20); c21 = Vector512.MultiplyAddEstimate(x, b1, c21);
            x = Vector512.Create(a[3]); c30 = Vector512.MultiplyAddEstimate(x, b0, c30); c31 = Vector512.MultiplyAddEstimate(x, b1, c31);
            x = Vector512.Create(a[4]); c40 = Vector512.MultiplyAddEstimate(x, b0, c40); c41 = Vector512.MultiplyAddEstimate(x, b1, c41);
            x = Vector512.Create(a[5]); c50 = Vector512.MultiplyAddEstimate(x, b0, c50); c51 = Vector512.MultiplyAddEstimate(x, b1, c51);
            x = Vector512.Create(a[6]); c60 = Vector512.MultiplyAddEstimate(x, b0, c60); c61 = Vector512.MultiplyAddEstimate(x, b1, c61);
            x = Vector512.Create(a[7]); c70 = Vector512.MultiplyAddEstimate(x, b0, c70); c71 = Vector512.MultiplyAddEstimate(x, b1, c71);
            x = Vector512.Create(a[8]); c80 = Vector512.MultiplyAddEstimate(x, b0, c80); c81 = Vector512.MultiplyAddEstimate(x, b1, c81);
            x = Vector512.Create(a[9]); c90 = Vector512.MultiplyAddEstimate(x, b0, c90); c91 = Vector512.MultiplyAddEstimate(x, b1, c91);
            x = Vector512.Create(a[10]); ca0 = Vector512.MultiplyAddEstimate(x, b0, ca0); ca1 = Vector512.MultiplyAddEstimate(x, b1, ca1);
            x = Vector512.Create(a[11]); cb0 = Vector512.MultiplyAddEstimate(x, b0, cb0); cb1 = Vector512.MultiplyAddEstimate(x, b1, cb1);
            x = Vector512.Create(a[12]); cc0 = Vector512.MultiplyAddEstimate(x, b0, cc0); cc1 = Vector512.MultiplyAddEstimate(x, b1, cc1);
            x = Vector512.Create(a[13]); cd0 = Vector512.MultiplyAddEstimate(x, b0, cd0); cd1 = Vector512.MultiplyAddEstimate(x, b1, cd1);

            b0 = Vector512.Load(b + nextB); b1 = Vector512.Load(b + nextB + 16);
            x = Vector512.Create((a + nextA)[0]); c00 = Vector512.MultiplyAddEstimate(x, b0, c00); c01 = Vector512.MultiplyAddEstimate(x, b1, c01);
            x = Vector512.Create((a + nextA)[1]); c10 = Vector512.MultiplyAddEstimate(x, b0, c10); c11 = Vector512.MultiplyAddEstimate(x, b1, c11);
            x = Vector512.Create((a + nextA)[2]); c20 = Vector512.MultiplyAddEstimate(x, b0, c20); c21 = Vector512.MultiplyAddEstimate(x, b1, c21);
            x = Vector512.Create((a + nextA)[3]); c30 = Vector512.MultiplyAddEstimate(x, b0, c30); c31 = Vector512.MultiplyAddEstimate(x, b1, c31);
            x = Vector512.Create((a + nextA)[4]); c40 = Vector512.MultiplyAddEstimate(x, b0, c40); c41 = Vector512.MultiplyAddEstimate(x, b1, c41);
            x = Vector512.Create((a + nextA)[5]); c50 = Vector512.MultiplyAddEstimate(x, b0, c50); c51 = Vector512.MultiplyAddEstimate(x, b1, c51);
            x = Vector512.Create((a + nextA)[6]); c60 = Vector512.MultiplyAddEstimate(x, b0, c60); c61 = Vector512.MultiplyAddEstimate(x, b1, c61);
            x = Vector512.Create((a + nextA)[7]); c70 = Vector512.MultiplyAddEstimate(x, b0, c70); c71 = Vector512.MultiplyAddEstimate(x, b1, c71);
            x = Vector512.Create((a + nextA)[8]); c80 = Vector512.MultiplyAddEstimate(x, b0, c80); c81 = Vector512.MultiplyAddEstimate(x, b1, c81);
            x = Vector512.Create((a + nextA)[9]); c90 = Vector512.MultiplyAddEstimate(x, b0, c90); c91 = Vector512.MultiplyAddEstimate(x, b1, c91);
            x = Vector512.Create((a + nextA)[10]); ca0 = Vector512.MultiplyAddEstimate(x, b0, ca0); ca1 = Vector512.MultiplyAddEstimate(x, b1, ca1);
            x = Vector512.Create((a + nextA)[11]); cb0 = Vector512.MultiplyAddEstimate(x, b0, cb0); cb1 = Vector512.MultiplyAddEstimate(x, b1, cb1);
            x = Vector512.Create((a + nextA)[12]); cc0 = Vector512.MultiplyAddEstimate(x, b0, cc0); cc1 = Vector512.MultiplyAddEstimate(x, b1, cc1);
            x = Vector512.Create((a + nextA)[13]); cd0 = Vector512.MultiplyAddEstimate(x, b0, cd0); cd1 = Vector512.MultiplyAddEstimate(x, b1, cd1);
        }
        for (; p < k; p++, a += nextA, b += nextB)
        {
            b0 = Vector512.Load(b); b1 = Vector512.Load(b + 16);
            x = Vector512.Create(a[0]); c00 = Vector512.MultiplyAddEstimate(x, b0, c00); c01 = Vector512.MultiplyAddEstimate(x, b1, c01);
            x = Vector512.Create(a[1]); c10 = Vector512.MultiplyAddEstimate(x, b0, c10); c11 = Vector512.MultiplyAddEstimate(x, b1, c11);
            x = Vector512.Create(a[2]); c20 = Vector512.MultiplyAddEstimate(x, b0, c20); c21 = Vector512.MultiplyAddEstimate(x, b1, c21);
            x = Vector512.Create(a[3]); c30 = Vector512.MultiplyAddEstimate(x, b0, c30); c31 = Vector512.MultiplyAddEstimate(x, b1, c31);
            x = Vector512.Create(a[4]); c40 = Vector512.MultiplyAddEstimate(x, b0, c40); c41 = Vector512.MultiplyAddEstimate(x, b1, c41);
            x = Vector512.Create(a[5]); c50 = Vector512.MultiplyAddEstimate(x, b0, c50); c51 = Vector512.MultiplyAddEstimate(x, b1, c51);
            x = Vector512.Create(a[6]); c60 = Vector512.MultiplyAddEstimate(x, b0, c60); c61 = Vector512.MultiplyAddEstimate(x, b1, c61);
            x = Vector512.Create(a[7]); c70 = Vector512.MultiplyAddEstimate(x, b0, c70); c71 = Vector512.MultiplyAddEstimate(x, b1, c71);
            x = Vector512.Create(a[8]); c80 = Vector512.MultiplyAddEstimate(x, b0, c80); c81 = Vector512.MultiplyAddEstimate(x, b1, c81);
            x = Vector512.Create(a[9]); c90 = Vector512.MultiplyAddEstimate(x, b0, c90); c91 = Vector512.MultiplyAddEstimate(x, b1, c91);
            x = Vector512.Create(a[10]); ca0 = Vector512.MultiplyAddEstimate(x, b0, ca0); ca1 = Vector512.MultiplyAddEstimate(x, b1, ca1);
            x = Vector512.Create(a[11]); cb0 = Vector512.MultiplyAddEstimate(x, b0, cb0); cb1 = Vector512.MultiplyAddEstimate(x, b1, cb1);
            x = Vector512.Create(a[12]); cc0 = Vector512.MultiplyAddEstimate(x, b0, cc0); cc1 = Vector512.MultiplyAddEstimate(x, b1, cc1);
            x = Vector512.Create(a[13]); cd0 = Vector512.MultiplyAddEstimate(x, b0, cd0); cd1 = Vector512.MultiplyAddEstimate(x, b1, cd1);
        }
        if (from != null)
        {
            c00 += Vector512.Load(from); c01 += Vector512.Load(from + 16); from += fromStep;
            c10 += Vector512.Load(from); c11 += Vector512.Load(from + 16); from += fromStep;
            c20 += Vector512.Load(from); c21 += Vector512.Load(from + 16); from += fromStep;
            c30 += Vector512.Load(from); c31 += Vector512.Load(from + 16); from += fromStep;
            c40 += Vector512.Load(from); c41 += Vector512.Load(from + 16); from += fromStep;
            c50 += Vector512.Load(from); c51 += Vector512.Load(from + 16); from += fromStep;
            c60 += Vector512.Load(from); c61 += Vector512.Load(from + 16); from += fromStep;
            c70 += Vector512.Load(from); c71 += Vector512.Load(from + 16); from += fromStep;
            c80 += Vector512.Load(from); c81 += Vector512.Load(from + 16); from += fromStep;
            c90 += Vector512.Load(from); c91 += Vector512.Load(from + 16); from += fromStep;
            ca0 += Vector512.Load(from); ca1 += Vector512.Load(from + 16); from += fromStep;
            cb0 += Vector512.Load(from); cb1 += Vector512.Load(from + 16); from += fromStep;
            cc0 += Vector512.Load(from); cc1 += Vector512.Load(from + 16); from += fromStep;
            cd0 += Vector512.Load(from); cd1 += Vector512.Load(from + 16);
        }
        c00.Store(c); c01.Store(c + 16); c += cStep;
        c10.Store(c); c11.Store(c + 16); c += cStep;
        c20.Store(c); c21.Store(c + 16); c += cStep;
        c30.Store(c); c31.Store(c + 16); c += cStep;
        c40.Store(c); c41.Store(c + 16); c += cStep;
        c50.Store(c); c51.Store(c + 16); c += cStep;
        c60.Store(c); c61.Store(c + 16); c += cStep;
        c70.Store(c); c71.Store(c + 16); c += cStep;
        c80.Store(c); c81.Store(c + 16); c += cStep;
        c90.Store(c); c91.Store(c + 16); c += cStep;
        ca0.Store(c); ca1.Store(c + 16); c += cStep;
        cb0.Store(c); cb1.Store(c + 16); c += cStep;
        cc0.Store(c); cc1.Store(c + 16); c += cStep;
        cd0.Store(c); cd1.Store(c + 16);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>A tile for 32 registers of 128 bits (Arm): 16 hold sums, 2 a row of b.</summary>
internal readonly unsafe struct Kernel8x8 : IMicroKernel
{
    public static int Rows => 8;

    public static int Columns => 8;

    public static void Run(int k, float* a, nint aStep, float* b, nint bStep, float* from, nint fromStep, float* c, nint cStep)
    {
        if (aStep == Rows && bStep == Columns) Run<PanelSteps<Kernel8x8>>(k, a, aStep, b, bStep, from, fromStep, c, cStep);
        else Run<GivenSteps>(k, a, aStep, b, bStep, from, fromStep, c, cStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSteps>(int k, float* a, nint aStep, float* b, nint bStep, float* from, nint fromStep, float* c, nint cStep) where TSteps : struct, ITileSteps
    {
        nint nextA = TSteps.A(aStep), nextB = TSteps.B(bStep);
        Vector128<float> c00 = default, c01 = default;
        Vector128<float> c10 = default, c11 = default;
        Vector128<float> c20 = default, c21 = default;
        Vector128<float> c30 = default, c31 = default;
        Vector128<float> c40 = default, c41 = default;
        Vector128<float> c50 = default, c51 = default;
        Vector128<float> c60 = default, c61 = default;
        Vector128<float> c70 = default, c71 = default;
        Vector128<float> b0, b1, x;
        int p = 0;
        for (; p + 2 <= k; p += 2, a += 2 * nextA, b += 2 * nextB)
        {
            b0 = Vector128.Load(b); b1 = Vector128.Load(b + 4);
            x = Vector128.Create(a[0]); c00 = Vector128.MultiplyAddEstimate(x, b0, c00); c01 = Vector128.MultiplyAddEstimate(x, b1, c01);
            x = Vector128.Create(a[1]); c10 = Vector128.MultiplyAddEstimate(x, b0, c10); c11 = Vector128.MultiplyAddEstimate(x, b1, c11);
            x = Vector128.Create(a[2]); c20 = Vector128.MultiplyAddEstimate(x, b0, c20); c21 = Vector128.MultiplyAddEstimate(x, b1, c21);
            x = Vector128.Create(a[3]); c30 = Vector128.MultiplyAddEstimate(x, b0, c30); c31 = Vector128.MultiplyAddEstimate(x, b1, c31);
            x = Vector128.Create(a[4]); c40 = Vector128.MultiplyAddEstimate(x, b0, c40); c41 = Vector128.MultiplyAddEstimate(x, b1, c41);
            x = Vector128.Create(a[5]); c50 = Vector128.MultiplyAddEstimate(x, b0, c50); c51 = Vector128.MultiplyAddEstimate(x, b1, c51);
            x = Vector128.Create(a[6]); c60 = Vector128.MultiplyAddEstimate(x, b0, c60); c61 = Vector128.MultiplyAddEstimate(x, b1, c61);
            x = Vector128.Create(a[7]); c70 = Vector128.MultiplyAddEstimate(x, b0, c70); c71 = Vector128.MultiplyAddEstimate(x, b1, c71);

            b0 = Vector128.Load(b + nextB); b1 = Vector128.Load(b + nextB + 4);
            x = Vector128.Create((a + nextA)[0]); c00 = Vector128.MultiplyAddEstimate(x, b0, c00); c01 = Vector128.MultiplyAddEstimate(x, b1, c01);
            x = Vector128.Create((a + nextA)[1]); c10 = Vector128.MultiplyAddEstimate(x, b0, c10); c11 = Vector128.MultiplyAddEstimate(x, b1, c11);
            x = Vector128.Create((a + nextA)[2]); c20 = Vector128.MultiplyAddEstimate(x, b0, c20); c21 = Vector128.MultiplyAddEstimate(x, b1, c21);
            x = Vector128.Create((a + nextA)[3]); c30 = Vector128.MultiplyAddEstimate(x, b0, c30); c31 = Vector128.MultiplyAddEstimate(x, b1, c31);
            x = Vector128.Create((a + nextA)[4]); c40 = Vector128.MultiplyAddEstimate(x, b0, c40); c41 = Vector128.MultiplyAddEstimate(x, b1, c41);
            x = Vector128.Create((a + nextA)[5]); c50 = Vector128.MultiplyAddEstimate(x, b0, c50); c51 = Vector128.MultiplyAddEstimate(x, b1, c51);
            x = Vector128.Create((a + nextA)[6]); c60 = Vector128.MultiplyAddEstimate(x, b0, c60); c61 = Vector128.MultiplyAddEstimate(x, b1, c61);
            x = Vector128.Create((a + nextA)[7]); c70 = Vector128.MultiplyAddEstimate(x, b0, c70); c71 = Vector128.MultiplyAddEstimate(x, b1, c71);
        }
        for (; p < k; p++, a += nextA, b += nextB)
        {
            b0 = Vector128.Load(b); b1 = Vector128.Load(b + 4);
            x = Vector128.Create(a[0]); c00 = Vector128.MultiplyAddEstimate(x, b0, c00); c01 = Vector128.MultiplyAddEstimate(x, b1, c01);
            x = Vector128.Create(a[1]); c10 = Vector128.MultiplyAddEstimate(x, b0, c10); c11 = Vector128.MultiplyAddEstimate(x, b1, c11);
            x = Vector128.Create(a[2]); c20 = Vector128.MultiplyAddEstimate(x, b0, c20); c21 = Vector128.MultiplyAddEstimate(x, b1, c21);
            x = Vector128.Create(a[3]); c30 = Vector128.MultiplyAddEstimate(x, b0, c30); c31 = Vector128.MultiplyAddEstimate(x, b1, c31);
            x = Vector128.Create(a[4]); c40 = Vector128.MultiplyAddEstimate(x, b0, c40); c41 = Vector128.MultiplyAddEstimate(x, b1, c41);
            x = Vector128.Create(a[5]); c50 = Vector128.MultiplyAddEstimate(x, b0, c50); c51 = Vector128.MultiplyAddEstimate(x, b1, c51);
            x = Vector128.Create(a[6]); c60 = Vector128.MultiplyAddEstimate(x, b0, c60); c61 = Vector128.MultiplyAddEstimate(x, b1, c61);
            x = Vector128.Create(a[7]); c70 = Vector128.MultiplyAddEstimate(x, b0, c70); c71 = Vector128.MultiplyAddEstimate(x, b1, c71);
        }
        if (from != null)
        {
            c00 += Vector128.Load(from); c01 += Vector128.Load(from + 4); from += fromStep;
            c10 += Vector128.Load(from); c11 += Vector128.Load(from + 4); from += fromStep;
            c20 += Vector128.Load(from); c21 += Vector128.Load(from + 4); from += fromStep;
            c30 += Vector128.Load(from); c31 += Vector128.Load(from + 4); from += fromStep;
            c40 += Vector128.Load(from); c41 += Vector128.Load(from + 4); from += fromStep;
            c50 += Vector128.Load(from); c51 += Vector128.Load(from + 4); from += fromStep;
            c60 += Vector128.Load(from); c61 += Vector128.Load(from + 4); from += fromStep;
            c70 += Vector128.Load(from); c71 += Vector128.Load(from + 4);
        }
        c00.Store(c); c01.Store(c + 4); c += cStep;
        c10.Store(c); c11.Store(c + 4); c += cStep;
        c20.Store(c); c21.Store(c + 4); c += cStep;
        c30.Store(c); c31.Store(c + 4); c += cStep;
        c40.Store(c); c41.Store(c + 4); c += cStep;
        c50.Store(c); c51.Store(c + 4); c += cStep;
        c60.Store(c); c61.Store(c + 4); c += cStep;
        c70.Store(c); c71.Store(c + 4);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>A tile for 16 registers of 128 bits: 8 hold sums, 2 a row of b.</summary>
internal readonly unsafe struct Kernel4x8 : IMicroKernel
{
    public static int Rows => 4;

    public static int Columns => 8;

    public static void Run(int k, float* a, nint aStep, float* b, nint bStep, float* from, nint fromStep, float* c, nint cStep)
    {
        if (aStep == Rows && bStep == Columns) Run<PanelSteps<Kernel4x8>>(k, a, aStep, b, bStep, from, fromStep, c, cStep);
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
        Vector128<float> b0, b1, x;
        int p = 0;
        for (; p + 4 <= k; p += 4, a += 4 * nextA, b += 4 * nextB)
        {
            b0 = Vector128.Load(b); b1 = Vector128.Load(b + 4);
            x = Vector128.Create(a[0]); c00 = Vector128.MultiplyAddEstimate(x, b0, c00); c01 = Vector128.MultiplyAddEstimate(x, b1, c01);
            x = Vector128.Create(a[1]); c10 = Vector128.MultiplyAddEstimate(x, b0, c10); c11 = Vector128.MultiplyAddEstimate(x, b1, c11);
            x = Vector128.Create(a[2]); c20 = Vector128.MultiplyAddEstimate(x, b0, c20); c21 = Vector128.MultiplyAddEstimate(x, b1, c21);
            x = Vector128.Create(a[3]); c30 = Vector128.MultiplyAddEstimate(x, b0, c30); c31 = Vector128.MultiplyAddEstimate(x, b1, c31);

            b0 = Vector128.Load(b + nextB); b1 = Vector128.Load(b + nextB + 4);
            x = Vector128.Create((a + nextA)[0]); c00 = Vector128.MultiplyAddEstimate(x, b0, c00); c01 = Vector128.MultiplyAddEstimate(x, b1, c01);
            x = Vector128.Create((a + nextA)[1]); c10 = Vector128.MultiplyAddEstimate(x, b0, c10); c11 = Vector128.MultiplyAddEstimate(x, b1, c11);
            x = Vector128.Create((a + nextA)[2]); c20 = Vector128.MultiplyAddEstimate(x, b0, c20); c21 = Vector128.MultiplyAddEstimate(x, b1, c21);
            x = Vector128.Create((a + nextA)[3]); c30 = Vector128.MultiplyAddEstimate(x, b0, c30); c31 = Vector128.MultiplyAddEstimate(x, b1, c31);

            b0 = Vector128.Load(b + 2 * nextB); b1 = Vector128.Load(b + 2 * nextB + 4);
            x = Vector128.Create((a + 2 * nextA)[0]); c00 = Vector128.MultiplyAddEstimate(x, b0, c00); c01 = Vector128.MultiplyAddEstimate(x, b1, c01);
            x = Vector128.Create((a + 2 * nextA)[1]); c10 = Vector128.MultiplyAddEstimate(x, b0, c10); c11 = Vector128.MultiplyAddEstimate(x, b1, c11);
            x = Vector128.Create((a + 2 * nextA)[2]); c20 = Vector128.MultiplyAddEstimate(x, b0, c20); c21 = Vector128.MultiplyAddEstimate(x, b1, c21);
            x = Vector128.Create((a + 2 * nextA)[3]); c30 = Vector128.MultiplyAddEstimate(x, b0, c30); c31 = Vector128.MultiplyAddEstimate(x, b1, c31);

            b0 = Vector128.Load(b + 3 * nextB); b1 = Vector128.Load(b + 3 * nextB + 4);
            x = Vector128.Create((a + 3 * nextA)[0]); c00 = Vector128.MultiplyAddEstimate(x, b0, c00); c01 = Vector128.MultiplyAddEstimate(x, b1, c01);
            x = Vector128.Create((a + 3 * nextA)[1]); c10 = Vector128.MultiplyAddEstimate(x, b0, c10); c11 = Vector128.MultiplyAddEstimate(x, b1, c11);
            x = Vector128.Create((a + 3 * nextA)[2]); c20 = Vector128.MultiplyAddEstimate(x, b0, c20); c21 = Vector128.MultiplyAddEstimate(x, b1, c21);
            x = Vector128.Create((a + 3 * nextA)[3]); c30 = Vector128.MultiplyAddEstimate(x, b0, c30); c31 = Vector128.MultiplyAddEstimate(x, b1, c31);
        }
        for (; p < k; p++, a += nextA, b += nextB)
        {
            b0 = Vector128.Load(b); b1 = Vector128.Load(b + 4);
            x = Vector128.Create(a[0]); c00 = Vector128.MultiplyAddEstimate(x, b0, c00); c01 = Vector128.MultiplyAddEstimate(x, b1, c01);
            x = Vector128.Create(a[1]); c10 = Vector128.MultiplyAddEstimate(x, b0, c10); c11 = Vector128.MultiplyAddEstimate(x, b1, c11);
            x = Vector128.Create(a[2]); c20 = Vector128.MultiplyAddEstimate(x, b0, c20); c21 = Vector128.MultiplyAddEstimate(x, b1, c21);
            x = Vector128.Create(a[3]); c30 = Vector128.MultiplyAddEstimate(x, b0, c30); c31 = Vector128.MultiplyAddEstimate(x, b1, c31);
        }
        if (from != null)
        {
            c00 += Vector128.Load(from); c01 += Vector128.Load(from + 4); from += fromStep;
            c10 += Vector128.Load(from); c11 += Vector128.Load(from + 4); from += fromStep;
            c20 += Vector128.Load(from); c21 += Vector128.Load(from + 4); from += fromStep;
            c30 += Vector128.Load(from); c31 += Vector128.Load(from + 4);
        }
        c00.Store(c); c01.Store(c + 4); c += cStep;
        c10.Store(c); c11.Store(c + 4); c += cStep;
        c20.Store(c); c21.Store(c + 4); c += cStep;
        c30.Store(c); c31.Store(c + 4);
    }
}

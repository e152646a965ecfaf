using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>A tile for 16 registers of 256 bits: 12 hold sums, 2 a row of b, 2 broadcasts of a.</summary>
internal readonly unsafe struct Kernel6x16 : IMicroKernel
{
    public static int Rows => 6;

    public static int Columns => 16;

    public static void Run(int k, float* a, nint aStep, float* b, nint bStep, float* from, nint fromStep, float* c, nint cStep)
    {
        if (aStep == Rows && bStep == Columns) Run<PanelSteps<Kernel6x16>>(k, a, aStep, b, bStep, from, fromStep, c, cStep);
        else Run<GivenSteps>(k, a, aStep, b, bStep, from, fromStep, c, cStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSteps>(int k, float* a, nint aStep, float* b, nint bStep, float* from, nint fromStep, float* c, nint cStep) where TSteps : struct, ITileSteps
    {
        nint nextA = TSteps.A(aStep), nextB = TSteps.B(bStep);
        Vector256<float> c00 = default, c01 = default;
        Vector256<float> c10 = default, c11 = default;
        Vector256<float> c20 = default, c21 = default;
        Vector256<float> c30 = default, c31 = default;
        Vector256<float> c40 = default, c41 = default;
        Vector256<float> c50 = default, c51 = default;
        Vector256<float> b0, b1, x;
        int p = 0;
        for (; p + 4 <= k; p += 4, a += 4 * nextA, b += 4 * nextB)
        {
            b0 = Vector256.Load(b); b1 = Vector256.Load(b + 8);
            x = Vector256.Create(a[0]); c00 = Vector256.MultiplyAddEstimate(x, b0, c00); c01 = Vector256.MultiplyAddEstimate(x, b1, c01);
            x = Vector256.Create(a[1]); c10 = Vector256.MultiplyAddEstimate(x, b0, c10); c11 = Vector256.MultiplyAddEstimate(x, b1, c11);
            x = Vector256.Create(a[2]); c20 = Vector256.MultiplyAddEstimate(x, b0, c20); c21 = Vector256.MultiplyAddEstimate(x, b1, c21);
            x = Vector256.Create(a[3]); c30 = Vector256.MultiplyAddEstimate(x, b0, c30); c31 = Vector256.MultiplyAddEstimate(x, b1, c31);
            x = Vector256.Create(a[4]); c40 = Vector256.MultiplyAddEstimate(x, b0, c40); c41 = Vector256.MultiplyAddEstimate(x, b1, c41);
            x = Vector256.Create(a[5]); c50 = Vector256.MultiplyAddEstimate(x, b0, c50); c51 = Vector256.MultiplyAddEstimate(x, b1, c51);

            b0 = Vector256.Load(b + nextB); b1 = Vector256.Load(b + nextB + 8);
            x = Vector256.Create((a + nextA)[0]); c00 = Vector256.MultiplyAddEstimate(x, b0, c00); c01 = Vector256.MultiplyAddEstimate(x, b1, c01);
            x = Vector256.Create((a + nextA)[1]); c10 = Vector256.MultiplyAddEstimate(x, b0, c10); c11 = Vector256.MultiplyAddEstimate(x, b1, c11);
            x = Vector256.Create((a + nextA)[2]); c20 = Vector256.MultiplyAddEstimate(x, b0, c20); c21 = Vector256.MultiplyAddEstimate(x, b1, c21);
            x = Vector256.Create((a + nextA)[3]); c30 = Vector256.MultiplyAddEstimate(x, b0, c30); c31 = Vector256.MultiplyAddEstimate(x, b1, c31);
            x = Vector256.Create((a + nextA)[4]); c40 = Vector256.MultiplyAddEstimate(x, b0, c40); c41 = Vector256.MultiplyAddEstimate(x, b1, c41);
            x = Vector256.Create((a + nextA)[5]); c50 = Vector256.MultiplyAddEstimate(x, b0, c50); c51 = Vector256.MultiplyAddEstimate(x, b1, c51);

            b0 = Vector256.Load(b + 2 * nextB); b1 = Vector256.Load(b + 2 * nextB + 8);
            x = Vector256.Create((a + 2 * nextA)[0]); c00 = Vector256.MultiplyAddEstimate(x, b0, c00); c01 = Vector256.MultiplyAddEstimate(x, b1, c01);
            x = Vector256.Create((a + 2 * nextA)[1]); c10 = Vector256.MultiplyAddEstimate(x, b0, c10); c11 = Vector256.MultiplyAddEstimate(x, b1, c11);
            x = Vector256.Create((a + 2 * nextA)[2]); c20 = Vector256.MultiplyAddEstimate(x, b0, c20); c21 = Vector256.MultiplyAddEstimate(x, b1, c21);
            x = Vector256.Create((a + 2 * nextA)[3]); c30 = Vector256.MultiplyAddEstimate(x, b0, c30); c31 = Vector256.MultiplyAddEstimate(x, b1, c31);
            x = Vector256.Create((a + 2 * nextA)[4]); c40 = Vector256.MultiplyAddEstimate(x, b0, c40); c41 = Vector256.MultiplyAddEstimate(x, b1, c41);
            x = Vector256.Create((a + 2 * nextA)[5]); c50 = Vector256.MultiplyAddEstimate(x, b0, c50); c51 = Vector256.MultiplyAddEstimate(x, b1, c51);

            b0 = Vector256.Load(b + 3 * nextB); b1 = Vector256.Load(b + 3 * nextB + 8);
            x = Vector256.Create((a + 3 * nextA)[0]); c00 = Vector256.MultiplyAddEstimate(x, b0, c00); c01 = Vector256.MultiplyAddEstimate(x, b1, c01);
            x = Vector256.Create((a + 3 * nextA)[1]); c10 = Vector256.MultiplyAddEstimate(x, b0, c10); c11 = Vector256.MultiplyAddEstimate(x, b1, c11);
            x = Vector256.Create((a + 3 * nextA)[2]); c20 = Vector256.MultiplyAddEstimate(x, b0, c20); c21 = Vector256.MultiplyAddEstimate(x, b1, c21);
            x = Vector256.Create((a + 3 * nextA)[3]); c30 = Vector256.MultiplyAddEstimate(x, b0, c30); c31 = Vector256.MultiplyAddEstimate(x, b1, c31);
            x = Vector256.Create((a + 3 * nextA)[4]); c40 = Vector256.MultiplyAddEstimate(x, b0, c40); c41 = Vector256.MultiplyAddEstimate(x, b1, c41);
            x = Vector256.Create((a + 3 * nextA)[5]); c50 = Vector256.MultiplyAddEstimate(x, b0, c50); c51 = Vector256.MultiplyAddEstimate(x, b1, c51);
        }
        for (; p < k; p++, a += nextA, b += nextB)
        {
            b0 = Vector256.Load(b); b1 = Vector256.Load(b + 8);
            x = Vector256.Create(a[0]); c00 = Vector256.MultiplyAddEstimate(x, b0, c00); c01 = Vector256.MultiplyAddEstimate(x, b1, c01);
            x = Vector256.Create(a[1]); c10 = Vector256.MultiplyAddEstimate(x, b0, c10); c11 = Vector256.MultiplyAddEstimate(x, b1, c11);
            x = Vector256.Create(a[2]); c20 = Vector256.MultiplyAddEstimate(x, b0, c20); c21 = Vector256.MultiplyAddEstimate(x, b1, c21);
            x = Vector256.Create(a[3]); c30 = Vector256.MultiplyAddEstimate(x, b0, c30); c31 = Vector256.MultiplyAddEstimate(x, b1, c31);
            x = Vector256.Create(a[4]); c40 = Vector256.MultiplyAddEstimate(x, b0, c40); c41 = Vector256.MultiplyAddEstimate(x, b1, c41);
            x = Vector256.Create(a[5]); c50 = Vector256.MultiplyAddEstimate(x, b0, c50); c51 = Vector256.MultiplyAddEstimate(x, b1, c51);
        }
        if (from != null)
        {
            c00 += Vector256.Load(from); c01 += Vector256.Load(from + 8); from += fromStep;
            c10 += Vector256.Load(from); c11 += Vector256.Load(from + 8); from += fromStep;
            c20 += Vector256.Load(from); c21 += Vector256.Load(from + 8); from += fromStep;
            c30 += Vector256.Load(from); c31 += Vector256.Load(from + 8); from += fromStep;
            c40 += Vector256.Load(from); c41 += Vector256.Load(from + 8); from += fromStep;
            c50 += Vector256.Load(from); c51 += Vector256.Load(from + 8);
        }
        c00.Store(c); c01.Store(c + 8); c += cStep;
        c10.Store(c); c11.Store(c + 8); c += cStep;
        c20.Store(c); c21.Store(c + 8); c += cStep;
        c30.Store(c); c31.Store(c + 8); c += cStep;
        c40.Store(c); c41.Store(c + 8); c += cStep;
        c50.Store(c); c51.Store(c + 8);
    }
}

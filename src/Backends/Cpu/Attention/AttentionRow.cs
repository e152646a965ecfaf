using System.Runtime.CompilerServices;

namespace Pure.Tuner.Kernels;

/// <summary>Arithmetic of decoding: one query against rows of keys and values, registers along the rows.</summary>
internal static unsafe class AttentionRow<T> where T : struct, ILanes<T>
{
    /// <summary>s[i] = row i of x · q; four rows at a time, their sums in registers of their own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Dots(float* x, nint step, int rows, float* q, int d, float* s)
    {
        int whole = d - d % T.Count;
        for (int i = 0; i < rows; i += 4)
        {
            int last = rows - 1 - i;                                         // rows beyond the last read the last once more
            float* x0 = x + i * step, x1 = x0 + Math.Min(1, last) * step, x2 = x0 + Math.Min(2, last) * step, x3 = x0 + Math.Min(3, last) * step;
            T s0 = T.All(0), s1 = s0, s2 = s0, s3 = s0;
            for (int c = 0; c < whole; c += T.Count)
            {
                T v = T.Load(q + c);
                s0 = T.MulAdd(T.Load(x0 + c), v, s0);
                s1 = T.MulAdd(T.Load(x1 + c), v, s1);
                s2 = T.MulAdd(T.Load(x2 + c), v, s2);
                s3 = T.MulAdd(T.Load(x3 + c), v, s3);
            }
            float t0 = T.Sum(s0), t1 = T.Sum(s1), t2 = T.Sum(s2), t3 = T.Sum(s3);
            for (int c = whole; c < d; c++)
            {
                t0 += x0[c] * q[c];
                t1 += x1[c] * q[c];
                t2 += x2[c] * q[c];
                t3 += x3[c] * q[c];
            }
            s[i] = t0;
            if (last > 0) s[i + 1] = t1;
            if (last > 1) s[i + 2] = t2;
            if (last > 2) s[i + 3] = t3;
        }
    }

    /// <summary>y = back · y + Σ p[i] · row i of x</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Add(float* x, nint step, int rows, float* p, float back, float* y, int d)
    {
        int c = 0;
        T keep = T.All(back);
        for (; c + 4 * T.Count <= d; c += 4 * T.Count)
        {
            T y0 = T.Load(y + c) * keep, y1 = T.Load(y + c + T.Count) * keep, y2 = T.Load(y + c + 2 * T.Count) * keep, y3 = T.Load(y + c + 3 * T.Count) * keep;
            float* at = x + c;
            for (int i = 0; i < rows; i++, at += step)
            {
                T w = T.All(p[i]);
                y0 = T.MulAdd(w, T.Load(at), y0);
                y1 = T.MulAdd(w, T.Load(at + T.Count), y1);
                y2 = T.MulAdd(w, T.Load(at + 2 * T.Count), y2);
                y3 = T.MulAdd(w, T.Load(at + 3 * T.Count), y3);
            }
            y0.Store(y + c);
            y1.Store(y + c + T.Count);
            y2.Store(y + c + 2 * T.Count);
            y3.Store(y + c + 3 * T.Count);
        }
        for (; c + T.Count <= d; c += T.Count)
        {
            T y0 = T.Load(y + c) * keep;
            for (int i = 0; i < rows; i++) y0 = T.MulAdd(T.All(p[i]), T.Load(x + i * step + c), y0);
            y0.Store(y + c);
        }
        for (; c < d; c++)
        {
            float sum = y[c] * back;
            for (int i = 0; i < rows; i++) sum = float.MultiplyAddEstimate(p[i], x[i * step + c], sum);
            y[c] = sum;
        }
    }
}

using System.Runtime.CompilerServices;

namespace Pure.Tuner.Kernels;

/// <summary>Arithmetic of attention on panels of lanes; all buffers lie in the thread's scratch.</summary>
internal static unsafe class AttentionTile<T> where T : struct, ILanes<T>
{
    /// <summary>Lanes of a panel, and the step between its rows.</summary>
    public static int Width => 3 * T.Count;

    /// <summary>
    /// How much larger a score must be to become the maximum that is subtracted: most tiles then leave y as it is.
    /// One keeps the rounding of s - max for the largest scores below that of the scores themselves.
    /// </summary>
    private const float MaxSlack = 1;

    public static int Panels(int lanes) => (lanes + Width - 1) / Width;

    /// <summary>Rows of d elements become the columns of a panel; columns without a row become 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void ToColumns(float* rows, nint step, int lanes, int d, float* panel)
    {
        if (lanes < Width) new Span<float>(panel, d * Width).Clear();
        int lane = 0;
        for (; lane + 4 <= lanes; lane += 4) Packing.Transpose4(rows + lane * step, step, d, panel + lane, Width);
        for (; lane < lanes; lane++)
            for (int c = 0; c < d; c++) panel[c * Width + lane] = rows[lane * step + c];
    }

    /// <summary>The columns of a panel of <paramref name="width"/> become rows of d elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void ToRows(float* panel, int width, int lanes, int d, float* rows, nint step)
    {
        int c = 0;
        for (; c + 4 <= d; c += 4) Packing.Transpose4(panel + c * width, width, lanes, rows + c, step);
        for (; c < d; c++)
            for (int lane = 0; lane < lanes; lane++) rows[lane * step + c] = panel[c * width + lane];
    }

    /// <summary>s = cap · tanh(s / cap)</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Cap(float* s, nint step, int keys, int lanes, float cap)
    {
        T c = T.All(cap), inverse = T.All(1 / cap);
        for (int k = 0; k < keys; k++, s += step)
            for (int r = 0; r < lanes; r += T.Count)
                (c * LaneMath.Tanh(T.Load(s + r) * inverse)).Store(s + r);
    }

    /// <summary>Writes a value where a lane does not see a key; the panel begins at <paramref name="lane"/>, its keys at <paramref name="key"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Mask(in LaneBlock block, int lane, int lanes, int key, int keys, float* s, float* other, nint step, float value)
    {
        (_, int safeEnd) = block.Keys(lane);
        (int safeFirst, _) = block.Keys(lane + lanes - 1);
        if (key >= safeFirst && key + keys <= safeEnd) return;
        for (int i = 0; i < lanes; i++)
        {
            (int first, int end) = block.Keys(lane + i);
            for (int k = Math.Max(end - key, 0); k < keys; k++) Write(k, i);
            for (int k = 0, before = Math.Min(first - key, keys); k < before; k++) Write(k, i);
        }

        void Write(int k, int i)
        {
            s[k * step + i] = value;
            if (other != null) other[k * step + i] = value;
        }
    }

    /// <summary>s = factor · s</summary>
    public static void Scale(float* s, nint step, int keys, int lanes, float factor)
    {
        for (int k = 0; k < keys; k++, s += step) TensorPrimitives.Multiply(new ReadOnlySpan<float>(s, lanes), factor, new Span<float>(s, lanes));
    }

    /// <summary>Rounds a tile to BF16, as an operand of the next product.</summary>
    public static void Round(float* s, nint step, int keys, int lanes)
    {
        for (int k = 0; k < keys; k++, s += step) CpuBackend.RoundInPlace(new Span<float>(s, lanes));
    }

    /// <summary>Takes a tile of scores, rows at step <paramref name="width"/>, into the running softmax: s becomes e^(s - max), y (unless null) and sum follow the new maximum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void OnlineSoftmax(float* s, int width, int keys, int lanes, float* max, float* sum, float* y, int d)
    {
        T slack = T.All(MaxSlack);
        for (int r = 0; r < lanes; r += T.Count)
        {
            T before = T.Load(max + r), m = before;
            float* p = s + r;
            for (int k = 0; k < keys; k++, p += width) m = T.Max(T.Load(p), m);
            m = T.IfLess(before + slack, m, m, before);
            T back = LaneMath.ExpOfNegative(before - m), total = T.Load(sum + r) * back, more = T.All(0);
            p = s + r;
            for (int k = 0; k < keys; k++, p += width)
            {
                T e = LaneMath.ExpOfNegative(T.Load(p) - m);
                e.Store(p);
                more += e;
            }
            m.Store(max + r);
            (total + more).Store(sum + r);
            if (y == null || T.Sum(back) == T.Count) continue;               // no lane met a score so much larger
            p = y + r;
            for (int c = 0; c < d; c++, p += width) (T.Load(p) * back).Store(p);
        }
    }

    /// <summary>p = e^(s - max) · inverse in place of s; with ds: ds = p (ds - dot) · slope of the cap in place of ds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Gradients(float* s, float* ds, nint step, int keys, int lanes, float* max, float* inverse, float* dot, float cap)
    {
        T inverseCap = T.All(cap == 0 ? 0 : 1 / cap), one = T.All(1);
        for (int r = 0; r < lanes; r += T.Count)
        {
            T shift = T.Load(max + r), factor = T.Load(inverse + r), d = T.Load(dot + r);
            float* at = s + r, gradient = ds + r;
            if (ds == null)
                for (int k = 0; k < keys; k++, at += step) (LaneMath.ExpOfNegative(T.Load(at) - shift) * factor).Store(at);
            else if (cap == 0)
                for (int k = 0; k < keys; k++, at += step, gradient += step)
                {
                    T p = LaneMath.ExpOfNegative(T.Load(at) - shift) * factor;
                    p.Store(at);
                    (p * (T.Load(gradient) - d)).Store(gradient);
                }
            else
                for (int k = 0; k < keys; k++, at += step, gradient += step)
                {
                    T z = T.Load(at), p = LaneMath.ExpOfNegative(z - shift) * factor, ratio = z * inverseCap;
                    p.Store(at);
                    (p * (T.Load(gradient) - d) * (one - ratio * ratio)).Store(gradient);
                }
        }
    }

    /// <summary>Zeroes a panel's rows [from, to): sums over the lanes of a block pass over them.</summary>
    public static void Clear(float* s, nint step, int from, int to, int width)
    {
        for (int k = from; k < to; k++) new Span<float>(s + k * step, width).Clear();
    }
}

using System.Runtime.CompilerServices;

namespace Pure.Tuner.Kernels;

/// <summary>How attention is cut: by shape alone.</summary>
/// <remarks>
/// A lane is one query of one head; the lanes of a key head are its group's heads of query 0, then of query 1, ...
/// Scores stand as [keys, lanes]: the lanes fill registers, so that maximum, sum and exp need no step across a register,
/// keys and values are read as they lie, and a group shares them. Lanes are worked on in panels of three registers.
/// </remarks>
internal readonly struct AttentionPlan(in AttentionSpec spec)
{
    /// <summary>Keys in a tile.</summary>
    public const int TileKeys = 64;

    /// <summary>Lanes that share a packed tile of keys and values.</summary>
    public const int BlockLanes = 96;

    /// <summary>Items that a backward pass should have at least, so that threads find work.</summary>
    private const int PreferredItems = 16;

    public readonly AttentionSpec Spec = spec;
    public readonly int Group = spec.Heads / spec.KvHeads;

    /// <summary>Row lengths of tiles: whole registers.</summary>
    public readonly int D = RoundUp(spec.HeadDim, TileMatMul.ColumnUnit), Dv = RoundUp(spec.ValueDim, TileMatMul.ColumnUnit);

    public int Segments => Spec.Segments.Count;

    public int Lanes(int segment) => Spec.Segments.QueryLength[segment] * Group;

    public int Blocks(int segment) => (Lanes(segment) + BlockLanes - 1) / BlockLanes;

    /// <summary>Into how many runs of blocks a segment's backward is cut; each has sums of its own for dk and dv.</summary>
    public int Parts(int segment) => Math.Min(Blocks(segment), (PreferredItems + Segments * Spec.KvHeads - 1) / (Segments * Spec.KvHeads));

    /// <summary>Rows of a sum of key gradients: rounded, and a unit more, since tiles begin anywhere and are written by whole units.</summary>
    public int SumRows(int segment) => RoundUp(Spec.Segments.KeyLength[segment], TileMatMul.RowUnit) + TileMatMul.RowUnit;

    public static int RoundUp(int x, int unit) => (x + unit - 1) / unit * unit;

    /// <summary>Whether no row is outside every segment, as far as a look at neighbours tells.</summary>
    public bool CoversAll(int tokens)
    {
        int next = 0;
        Segments segments = Spec.Segments;
        for (int i = 0; i < segments.Count; i++)
        {
            if (segments.QueryStart[i] != next) return false;
            next += segments.QueryLength[i];
        }
        return next == tokens;
    }
}

/// <summary>Lanes [FirstLane, FirstLane + Lanes) of a key head of a segment: which query, which head, which keys.</summary>
internal readonly struct LaneBlock(in AttentionPlan plan, int segment, int kvHead, int block)
{
    private readonly Segments _segments = plan.Spec.Segments;
    private readonly int _group = plan.Group, _window = plan.Spec.Window;
    public readonly int Segment = segment, KvHead = kvHead, FirstLane = block * AttentionPlan.BlockLanes;
    public readonly int Lanes = Math.Min(AttentionPlan.BlockLanes, plan.Lanes(segment) - block * AttentionPlan.BlockLanes);

    /// <summary>Query of a lane of this block, counted from the segment's first.</summary>
    public int Query(int lane) => (FirstLane + lane) / _group;

    public int Row(int lane) => _segments.QueryStart[Segment] + Query(lane);

    public int Head(int lane) => KvHead * _group + (FirstLane + lane) % _group;

    /// <summary>Keys that a lane sees, counted from the segment's first.</summary>
    public (int First, int End) Keys(int lane) => _segments.Visible(Segment, Query(lane), _window);
}

/// <summary>Arithmetic of attention on panels of lanes; all buffers lie in the thread's scratch.</summary>
internal static unsafe class AttentionTile<T> where T : struct, ILanes<T>
{
    /// <summary>Lanes of a panel, and the step between its rows.</summary>
    public static int Width => 3 * T.Count;

    public static int Panels(int lanes) => (lanes + Width - 1) / Width;

    /// <summary>Rows [first, first + count) of one head of keys or values, widened, at step <paramref name="step"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Pack(Tensor x, int first, int count, int head, int d, float* tile, int step)
    {
        for (int i = 0; i < count; i++)
            CopyPart(x, (long)(first + i) * x.Strides[0] + (long)head * x.Strides[1], new Span<float>(tile + (long)i * step, d));
    }

    /// <summary>s = cap · tanh(s / cap)</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Cap(float* s, int keys, int lanes, float cap)
    {
        T c = T.All(cap), inverse = T.All(1 / cap);
        for (int k = 0; k < keys; k++, s += Width)
            for (int r = 0; r < lanes; r += T.Count)
                (c * LaneMath.Tanh(T.Load(s + r) * inverse)).Store(s + r);
    }

    /// <summary>Writes a value where a lane does not see a key; the panel begins at <paramref name="lane"/>, its keys at <paramref name="key"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Mask(in LaneBlock block, int lane, int lanes, int key, int keys, float* s, float* other, float value)
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
            s[k * Width + i] = value;
            if (other != null) other[k * Width + i] = value;
        }
    }

    /// <summary>Takes a tile of scores into the running softmax: s becomes e^(s - max), y and sum follow the new maximum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void OnlineSoftmax(float* s, int keys, int lanes, float* max, float* sum, float* y, int d)
    {
        for (int r = 0; r < lanes; r += T.Count)
        {
            T before = T.Load(max + r), m = before;
            float* p = s + r;
            for (int k = 0; k < keys; k++, p += Width) m = T.Max(T.Load(p), m);
            T back = LaneMath.Exp(before - m), total = T.Load(sum + r) * back, more = T.All(0);
            p = s + r;
            for (int k = 0; k < keys; k++, p += Width)
            {
                T e = LaneMath.Exp(T.Load(p) - m);
                e.Store(p);
                more += e;
            }
            m.Store(max + r);
            (total + more).Store(sum + r);
            if (T.Sum(back) == T.Count) continue;                            // no lane met a larger score
            p = y + r;
            for (int c = 0; c < d; c++, p += Width) (T.Load(p) * back).Store(p);
        }
    }

    /// <summary>p = e^(s - max) · inverse in place of s; with ds: ds = p (ds - dot) · slope of the cap in place of ds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Gradients(float* s, float* ds, int keys, int lanes, float* max, float* inverse, float* dot, float cap)
    {
        T inverseCap = T.All(cap == 0 ? 0 : 1 / cap), one = T.All(1);
        for (int r = 0; r < lanes; r += T.Count)
        {
            T shift = T.Load(max + r), factor = T.Load(inverse + r), d = T.Load(dot + r);
            for (int k = 0; k < keys; k++)
            {
                float* at = s + k * Width + r;
                T z = T.Load(at), p = LaneMath.Exp(z - shift) * factor;
                p.Store(at);
                if (ds == null) continue;
                T g = p * (T.Load(ds + k * Width + r) - d);
                if (cap != 0)
                {
                    T ratio = z * inverseCap;
                    g *= one - ratio * ratio;
                }
                g.Store(ds + k * Width + r);
            }
        }
    }

    /// <summary>Zeroes the rows between the last key and the next whole unit: they are multiplied too.</summary>
    public static void ClearRest(float* s, int keys)
    {
        int end = AttentionPlan.RoundUp(keys, TileMatMul.RowUnit);
        new Span<float>(s + keys * Width, (end - keys) * Width).Clear();
    }

    /// <summary>A row of a head as a column of a panel, and as a row, times a factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Spread(ReadOnlySpan<float> x, float factor, float* column, float* row)
    {
        for (int c = 0; c < x.Length; c++)
        {
            float v = x[c] * factor;
            column[c * Width] = v;
            if (row != null) row[c] = v;
        }
    }

    /// <summary>A head's rows of an F32 tensor where they lie.</summary>
    public static float* Rows(Tensor x, int first, int head, out nint step)
    {
        step = x.Strides[0];
        return (float*)x.Address + first * step + (nint)head * x.Strides[1];
    }

    /// <summary>s[i] = row i of x · q; four rows at a time, their sums in registers of their own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RowDots(float* x, nint step, int rows, float* q, int d, float* s)
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
    public static void AddRows(float* x, nint step, int rows, float* p, float back, float* y, int d)
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

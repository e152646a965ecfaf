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

    /// <summary>p = e^(s - lse) in place of s; with ds: ds = p (ds - dot) · slope of the cap in place of ds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Gradients(float* s, float* ds, int keys, int lanes, float* lse, float* dot, float cap)
    {
        T inverse = T.All(cap == 0 ? 0 : 1 / cap), one = T.All(1);
        for (int r = 0; r < lanes; r += T.Count)
        {
            T shift = T.Load(lse + r), d = T.Load(dot + r);
            for (int k = 0; k < keys; k++)
            {
                float* at = s + k * Width + r;
                T z = T.Load(at), p = LaneMath.Exp(z - shift);
                p.Store(at);
                if (ds == null) continue;
                T g = p * (T.Load(ds + k * Width + r) - d);
                if (cap != 0)
                {
                    T ratio = z * inverse;
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
}

namespace Pure.Tuner.Kernels;

/// <summary>How attention is cut: by shape alone.</summary>
/// <remarks>
/// A lane is one query of one head; the lanes of a key head are its group's heads of query 0, then of query 1, ...
/// Scores stand as [keys, lanes]: the lanes fill registers, so that maximum, sum and exp need no step across a register,
/// keys and values are read as they lie, and a group shares them. Lanes are worked on in panels of three registers;
/// a block of panels shares each tile of keys and values while it lies in the cache.
/// </remarks>
internal readonly struct AttentionPlan
{
    /// <summary>Keys in a tile.</summary>
    public const int TileKeys = 64;

    /// <summary>Keys that the sums over a block's lanes take at a time: each such strip has lanes of its own, so that a triangle wastes little.</summary>
    public const int StripKeys = 16;

    /// <summary>Blocks are multiples of it: whole panels for every register width.</summary>
    private const int LaneUnit = 48;

    /// <summary>Items that a pass should have at least, so that threads find work.</summary>
    private const int PreferredItems = 16;

    /// <summary>Elements of a block's lanes in one array: its queries, or what is summed for them. Some of these arrays share the second cache.</summary>
    private const int BlockElements = 18432;

    public readonly AttentionSpec Spec;
    public readonly int Group;

    /// <summary>Row lengths of tiles: whole registers.</summary>
    public readonly int D, Dv;

    /// <summary>Lanes that share a packed tile of keys and values.</summary>
    public readonly int BlockLanes;

    public AttentionPlan(in AttentionSpec spec)
    {
        Spec = spec;
        Group = spec.Heads / spec.KvHeads;
        (D, Dv) = (RoundUp(spec.HeadDim, TileMatMul.ColumnUnit), RoundUp(spec.ValueDim, TileMatMul.ColumnUnit));
        long lanes = 0;
        foreach (int queries in spec.Segments.QueryLength) lanes += (long)queries * spec.Heads;
        int most = Math.Max(2, BlockElements / Math.Max(D, Dv) / LaneUnit);
        BlockLanes = LaneUnit * (int)Math.Clamp(lanes / (PreferredItems * LaneUnit), 2, most);
    }

    public int Segments => Spec.Segments.Count;

    public int Lanes(int segment) => Spec.Segments.QueryLength[segment] * Group;

    public int Blocks(int segment) => (Lanes(segment) + BlockLanes - 1) / BlockLanes;

    /// <summary>Into how many runs of blocks a segment's backward is cut; each has sums of its own for dk and dv.</summary>
    public int Parts(int segment) => Math.Min(Blocks(segment), (PreferredItems + Segments * Spec.KvHeads - 1) / (Segments * Spec.KvHeads));

    /// <summary>The blocks of a part: [first, end).</summary>
    public (int First, int End) PartBlocks(int segment, int part)
    {
        long blocks = Blocks(segment);
        int parts = Parts(segment);
        return ((int)(blocks * part / parts), (int)(blocks * (part + 1) / parts));
    }

    /// <summary>The keys that some query of a part sees, counted from the segment's first.</summary>
    public (int First, int End) PartKeys(int segment, int part)
    {
        (int first, int end) = PartBlocks(segment, part);
        int lastLane = Math.Min(end * BlockLanes, Lanes(segment)) - 1;
        return (Spec.Segments.Visible(segment, first * BlockLanes / Group, Spec.Window).First, Spec.Segments.Visible(segment, lastLane / Group, Spec.Window).End);
    }

    /// <summary>Rows of a part's sum of key gradients: rounded, and a unit more, since tiles are written by whole units.</summary>
    public int SumRows(int segment, int part)
    {
        (int first, int end) = PartKeys(segment, part);
        return RowsOfSum(first, end);
    }

    /// <summary>The same for a part that sees keys [first, end).</summary>
    public static int RowsOfSum(int first, int end) => RoundUp(end - first, TileMatMul.RowUnit) + TileMatMul.RowUnit;

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
    public readonly int Segment = segment, KvHead = kvHead, FirstLane = block * plan.BlockLanes;
    public readonly int Lanes = Math.Min(plan.BlockLanes, plan.Lanes(segment) - block * plan.BlockLanes);

    /// <summary>Query of a lane of this block, counted from the segment's first.</summary>
    public int Query(int lane) => (FirstLane + lane) / _group;

    public int Row(int lane) => _segments.QueryStart[Segment] + Query(lane);

    public int Head(int lane) => KvHead * _group + (FirstLane + lane) % _group;

    /// <summary>Keys that a lane sees, counted from the segment's first.</summary>
    public (int First, int End) Keys(int lane) => _segments.Visible(Segment, Query(lane), _window);

    /// <summary>Keys that some lane of this block sees.</summary>
    public (int First, int End) AllKeys => (Keys(0).First, Keys(Lanes - 1).End);

    /// <summary>Lanes of this block that see some key of [first, end): those whose last key is not before, and whose window's first is not behind.</summary>
    public (int First, int End) LanesThatSee(int first, int end)
    {
        int before = _segments.KeyLength[Segment] - _segments.QueryLength[Segment];      // query i sees the keys up to before + i
        int firstLane = Math.Max(first - before, 0) * _group - FirstLane;
        long endLane = _window > 0 ? Math.Max((long)end - 1 + _window - before, 0) * _group - FirstLane : Lanes;
        return (Math.Clamp(firstLane, 0, Lanes), (int)Math.Clamp(endLane, 0, Lanes));
    }
}

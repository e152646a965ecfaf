using System.Runtime.CompilerServices;

namespace Pure.Tuner;

/// <summary>An item is a block of lanes of a key head; late blocks, which see most keys, come first, and a head's blocks together: its keys stay in the cache.</summary>
internal readonly unsafe partial struct AttentionForwardBlocks<T>(AttentionJob job) : IRangeBody where T : struct, ILanes<T>
{
    public void Invoke(int first, int end)
    {
        for (int item = first; item < end; item++)
        {
            int at = item, segment = 0, kvHeads = job.Plan.Spec.KvHeads;
            for (; at >= job.Plan.Blocks(segment) * kvHeads; segment++) at -= job.Plan.Blocks(segment) * kvHeads;
            int blocks = job.Plan.Blocks(segment);
            var block = new LaneBlock(job.Plan, segment, at / blocks, blocks - 1 - at % blocks);
            if (block.Lanes <= T.Count / 2) RunFew(block);
            else if (job.Unit is { } unit) RunPanels(block, unit);
            else Run(block);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Run(in LaneBlock block)
    {
        AttentionPlan plan = job.Plan;
        AttentionSpec spec = plan.Spec;
        int d = spec.HeadDim, dv = spec.ValueDim, width = AttentionTile<T>.Width, panels = AttentionTile<T>.Panels(block.Lanes), keyStart = spec.Segments.KeyStart[block.Segment];
        int qPanel = d * width, yPanel = AttentionPlan.RoundUp(dv, TileMatMul.RowUnit) * width;
        float* qs = (float*)Scratch.Bytes(0, 4L * panels * qPanel), ys = (float*)Scratch.Bytes(1, 4L * panels * yPanel);
        float* keys = (float*)Scratch.Bytes(2, 4L * AttentionPlan.TileKeys * plan.D), values = (float*)Scratch.Bytes(3, 4L * AttentionPlan.TileKeys * plan.Dv);
        float* s = (float*)Scratch.Bytes(4, 4L * AttentionPlan.TileKeys * width), max = (float*)Scratch.Bytes(6, 8L * panels * width), sum = max + panels * width;
        float* rows = (float*)Scratch.Bytes(8, 4L * width * Math.Max(plan.D, plan.Dv));
        Begin(block, qs, qPanel, max, sum, rows);

        // With one register of lanes each key is read once: where it lies. A value is read in many steps, and a tile's rows do not compete for cache sets.
        HeadRows k = new(job.K, job.RoundsRead), v = new(job.V, job.RoundsRead);
        bool few = block.Lanes <= T.Count && k.InPlace;
        (int firstKey, int lastKey) = block.AllKeys;
        for (int key = firstKey; key < lastKey; key += AttentionPlan.TileKeys)
        {
            int count = Math.Min(AttentionPlan.TileKeys, lastKey - key);
            bool inPlace = few && keyStart + key + count + TileMatMul.RowUnit <= job.K.Shape[0];   // whole units of rows are read
            float* ks = inPlace ? k.At(keyStart + key, block.KvHead) : keys;
            nint kStep = inPlace ? k.Step : plan.D;
            if (!inPlace) k.Pack<T>(keyStart + key, count, block.KvHead, d, keys, plan.D);
            v.Pack<T>(keyStart + key, count, block.KvHead, dv, values, plan.Dv);
            (int firstLane, int endLane) = block.LanesThatSee(key, key + count);
            for (int panel = firstLane / width; panel * width < endLane; panel++)
            {
                int lane = panel * width, lanes = Math.Min(width, block.Lanes - lane), first = block.Keys(lane).First;
                bool begun = first < key;                                    // y holds something
                int from = Math.Max(first, key) - key & -TileMatMul.RowUnit, seen = Math.Min(block.Keys(lane + lanes - 1).End, key + count) - key - from;
                TileMatMul.Run<T>(seen, lanes, d, ks + from * kStep, kStep, 1, qs + panel * qPanel, width, s, width, accumulate: false);
                if (spec.SoftCap != 0) AttentionTile<T>.Cap(s, width, seen, lanes, spec.SoftCap);
                AttentionTile<T>.Mask(block, lane, lanes, key + from, seen, s, null, width, float.NegativeInfinity);
                AttentionTile<T>.OnlineSoftmax(s, width, seen, lanes, max + lane, sum + lane, begun ? ys + panel * yPanel : null, dv);
                if (job.Rounds) AttentionTile<T>.Round(s, width, seen, lanes);
                TileMatMul.Run<T>(dv, lanes, seen, values + from * plan.Dv, 1, plan.Dv, s, width, ys + panel * yPanel, width, begun);
            }
        }
        End(block, ys, yPanel, width, max, sum, rows);
    }

    /// <summary>Queries times the scale as columns; maximum and sum as they are before the first key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Begin(in LaneBlock block, float* qs, int qPanel, float* max, float* sum, float* rows)
    {
        AttentionPlan plan = job.Plan;
        int d = plan.Spec.HeadDim, width = AttentionTile<T>.Width;
        var q = new HeadRows(job.Q);
        for (int lane = 0; lane < block.Lanes; lane += width)
        {
            int lanes = Math.Min(width, block.Lanes - lane);
            for (int i = 0; i < lanes; i++) q.Read<T>(block.Row(lane + i), block.Head(lane + i), d, plan.Spec.Scale, rows + i * plan.D);
            AttentionTile<T>.ToColumns(rows, plan.D, lanes, d, qs + lane / width * qPanel);
        }
        BeginStats(block, max, sum, AttentionPlan.RoundUp(block.Lanes, width));
    }

    private void BeginStats(in LaneBlock block, float* max, float* sum, int all)
    {
        new Span<float>(max, all).Fill(float.MinValue);                      // not -∞: the difference of two would be NaN
        new Span<float>(sum, all).Clear();
        if (job.Sinks is null) return;
        for (int lane = 0; lane < block.Lanes; lane++) (max[lane], sum[lane]) = (job.Sinks.At(block.Head(lane)), 1);
    }

    /// <summary>Divides by the sums and writes rows; keeps what backward wants.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void End(in LaneBlock block, float* ys, int yPanel, int width, float* max, float* sum, float* rows)
    {
        AttentionPlan plan = job.Plan;
        int dv = plan.Spec.ValueDim;
        var y = new HeadRows(job.Y);
        float* keptMax = job.Max is null ? null : (float*)job.Max.Address, keptInverse = job.Inverse is null ? null : (float*)job.Inverse.Address;
        nint tokens = job.Max is null ? 0 : job.Max.Shape[1];
        for (int lane = 0; lane < block.Lanes; lane += width)
        {
            int lanes = Math.Min(width, block.Lanes - lane);
            AttentionTile<T>.ToRows(ys + lane / width * yPanel, width, lanes, dv, rows, plan.Dv);
            for (int i = 0; i < lanes; i++)
            {
                int row = block.Row(lane + i), head = block.Head(lane + i);
                float inverse = 1 / sum[lane + i];
                y.Write<T>(row, head, dv, inverse, rows + i * plan.Dv, accumulate: false);
                if (keptMax == null) continue;
                keptMax[head * tokens + row] = max[lane + i];
                keptInverse[head * tokens + row] = inverse;
            }
        }
    }
}

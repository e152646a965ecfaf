using System.Runtime.CompilerServices;

namespace Pure.Tuner;

/// <summary>An item is a part of a key head, a run of blocks with its own sums of dk, dv and dsinks; late parts, which see most keys, come first.</summary>
internal readonly unsafe partial struct AttentionBackwardParts<T>(AttentionJob job, Tensor dy, Into dq, Tensor? dkSums, Tensor? dvSums, Tensor? sinkSums) : IRangeBody where T : struct, ILanes<T>
{
    public void Invoke(int first, int end)
    {
        AttentionPlan plan = job.Plan;
        for (int i = first; i < end; i++)
        {
            int at = i, segment = 0, kvHeads = plan.Spec.KvHeads;
            long row = 0;
            for (; at >= plan.Parts(segment) * kvHeads; segment++)
            {
                at -= plan.Parts(segment) * kvHeads;
                for (int p = 0; p < plan.Parts(segment); p++) row += (long)kvHeads * plan.SumRows(segment, p);
            }
            int parts = plan.Parts(segment), part = parts - 1 - at % parts, kvHead = at / parts, rows = plan.SumRows(segment, part), item = i - at + part * kvHeads + kvHead;
            for (int p = 0; p < part; p++) row += (long)kvHeads * plan.SumRows(segment, p);
            row += (long)kvHead * rows;
            float* dk = Begin(dkSums, row, rows), dv = Begin(dvSums, row, rows);
            Span<float> dsinks = sinkSums is null ? default : Row(sinkSums, item, plan.Group);
            dsinks.Clear();
            (int firstBlock, int endBlock) = plan.PartBlocks(segment, part);
            int firstKey = plan.PartKeys(segment, part).First;
            for (int b = firstBlock; b < endBlock; b++)
            {
                var block = new LaneBlock(plan, segment, kvHead, b);
                if (job.Unit is { } unit) RunPanels(block, unit, firstKey, dk, dv, dsinks);
                else Run(block, firstKey, dk, dv, dsinks);
            }
        }
    }

    private static float* Begin(Tensor? sums, long row, int rows)
    {
        if (sums is null) return null;
        float* p = (float*)sums.Address + row * sums.Shape[1];
        new Span<float>(p, rows * sums.Shape[1]).Clear();
        return p;
    }

    /// <summary>The arrays of a block's lanes: as columns in panels, and as rows.</summary>
    private readonly struct Lanes
    {
        public readonly int Width, Panels, Step, QPanel, DyPanel, DqPanel;
        public readonly float* QColumns, DyColumns, DqColumns, QRows, DyRows, Max, Inverse, Dot;

        public Lanes(in AttentionPlan plan, int lanes)
        {
            int d = plan.Spec.HeadDim, vd = plan.Spec.ValueDim;
            (Width, Panels) = (AttentionTile<T>.Width, AttentionTile<T>.Panels(lanes));
            Step = Panels * Width;
            (QPanel, DyPanel, DqPanel) = (d * Width, vd * Width, AttentionPlan.RoundUp(d, TileMatMul.RowUnit) * Width);
            float* at = (float*)Scratch.Bytes(0, 4L * Panels * (QPanel + DyPanel + DqPanel + Width * (plan.D + plan.Dv + 3)));
            QColumns = at;
            DyColumns = QColumns + Panels * QPanel;
            DqColumns = DyColumns + Panels * DyPanel;
            QRows = DqColumns + Panels * DqPanel;
            DyRows = QRows + Step * plan.D;
            Max = DyRows + Step * plan.Dv;
            Inverse = Max + Step;
            Dot = Inverse + Step;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Run(in LaneBlock block, int partKey, float* dk, float* dv, Span<float> dsinks)
    {
        AttentionPlan plan = job.Plan;
        AttentionSpec spec = plan.Spec;
        int d = spec.HeadDim, vd = spec.ValueDim, keyStart = spec.Segments.KeyStart[block.Segment];
        bool wantsScores = !dq.IsEmpty || dk != null;
        var x = new Lanes(plan, block.Lanes);
        Load(block, x, dsinks);
        if (!wantsScores && dv == null) return;

        int step = x.Step, width = x.Width;
        float* keys = (float*)Scratch.Bytes(2, 4L * AttentionPlan.TileKeys * plan.D), values = (float*)Scratch.Bytes(3, 4L * AttentionPlan.TileKeys * plan.Dv);
        float* ps = (float*)Scratch.Bytes(4, 8L * AttentionPlan.TileKeys * step), dss = wantsScores ? ps + AttentionPlan.TileKeys * step : null;
        HeadRows k = new(job.K), v = new(job.V);
        (int firstKey, int lastKey) = block.AllKeys;
        for (int key = firstKey; key < lastKey; key += AttentionPlan.TileKeys)
        {
            int count = Math.Min(AttentionPlan.TileKeys, lastKey - key);
            k.Pack<T>(keyStart + key, count, block.KvHead, d, keys, plan.D);
            if (wantsScores) v.Pack<T>(keyStart + key, count, block.KvHead, vd, values, plan.Dv);
            (int firstLane, int endLane) = block.LanesThatSee(key, key + count);
            for (int i = firstLane / width; i * width < endLane; i++)
            {
                int lane = i * width, lanes = Math.Min(width, block.Lanes - lane), first = block.Keys(lane).First;
                int from = Math.Max(first, key) - key & -TileMatMul.RowUnit, end = Math.Min(block.Keys(lane + lanes - 1).End, key + count) - key, seen = end - from;
                float* p = ps + from * step + lane, ds = wantsScores ? dss + from * step + lane : null;
                TileMatMul.Run<T>(seen, lanes, d, keys + from * plan.D, plan.D, 1, x.QColumns + i * x.QPanel, width, p, step, accumulate: false);
                if (spec.SoftCap != 0) AttentionTile<T>.Cap(p, step, seen, lanes, spec.SoftCap);
                if (wantsScores) TileMatMul.Run<T>(seen, lanes, vd, values + from * plan.Dv, plan.Dv, 1, x.DyColumns + i * x.DyPanel, width, ds, step, accumulate: false);
                AttentionTile<T>.Gradients(p, ds, step, seen, lanes, x.Max + lane, x.Inverse + lane, x.Dot + lane, spec.SoftCap);
                AttentionTile<T>.Mask(block, lane, lanes, key + from, seen, p, ds, step, 0);
                if (!dq.IsEmpty) TileMatMul.Run<T>(d, lanes, seen, keys + from * plan.D, 1, plan.D, ds, step, x.DqColumns + i * x.DqPanel, width, accumulate: first < key);
                if (dv != null) ClearAround(ps + lane, step, from, end);
                if (dk != null) ClearAround(dss + lane, step, from, end);
            }
            if (dv != null) SumOverLanes(block, key, count, ps, step, x.DyRows, vd, plan.Dv, dv + (long)(key - partKey) * plan.Dv);
            if (dk != null) SumOverLanes(block, key, count, dss, step, x.QRows, d, plan.D, dk + (long)(key - partKey) * plan.D);
        }
        if (!dq.IsEmpty) Store(block, x.DqColumns, x.Width, x.DqPanel, (float*)Scratch.Bytes(8, 4L * width * Math.Max(plan.D, plan.Dv)));
    }

    /// <summary>Zeroes what a panel did not compute of the strips of keys that it computed something of.</summary>
    private static void ClearAround(float* s, int step, int from, int end)
    {
        AttentionTile<T>.Clear(s, step, from & -AttentionPlan.StripKeys, from, AttentionTile<T>.Width);
        AttentionTile<T>.Clear(s, step, end, AttentionPlan.RoundUp(end, AttentionPlan.StripKeys), AttentionTile<T>.Width);
    }

    /// <summary>sums[key] += Σ over the lanes that see it of s[key, lane] · rows[lane], strip by strip of keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SumOverLanes(in LaneBlock block, int key, int count, float* s, int step, float* rows, int d, int rowStep, float* sums)
    {
        for (int k = 0; k < count; k += AttentionPlan.StripKeys)
        {
            int strip = Math.Min(AttentionPlan.StripKeys, count - k);
            (int first, int end) = block.LanesThatSee(key + k, key + k + strip);
            TileMatMul.Run<T>(strip, d, end - first, s + k * step + first, step, 1, rows + (long)first * rowStep, rowStep, sums + (long)k * rowStep, rowStep, accumulate: true);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Load(in LaneBlock block, in Lanes x, Span<float> dsinks)
    {
        AttentionPlan plan = job.Plan;
        int d = plan.Spec.HeadDim, vd = plan.Spec.ValueDim, width = x.Width;
        HeadRows q = new(job.Q), y = new(job.Y), gradient = new(dy);
        float* keptMax = (float*)job.Max!.Address, keptInverse = (float*)job.Inverse!.Address;
        nint tokens = job.Max.Shape[1];
        float* yRow = (float*)Scratch.Bytes(8, 4L * width * Math.Max(plan.D, plan.Dv));
        new Span<float>(x.Max, 3 * x.Step).Clear();
        for (int lane = 0; lane < block.Lanes; lane++)
        {
            int row = block.Row(lane), head = block.Head(lane);
            float* dyRow = x.DyRows + (long)lane * plan.Dv;
            q.Read<T>(row, head, d, plan.Spec.Scale, x.QRows + (long)lane * plan.D);
            gradient.Read<T>(row, head, vd, 1, dyRow);
            y.Read<T>(row, head, vd, 1, yRow);
            (x.Max[lane], x.Inverse[lane]) = (keptMax[head * tokens + row], keptInverse[head * tokens + row]);
            x.Dot[lane] = Dot(new(dyRow, vd), new(yRow, vd));
            if (!dsinks.IsEmpty) dsinks[head % plan.Group] -= MathF.Exp(job.Sinks!.At(head) - x.Max[lane]) * x.Inverse[lane] * x.Dot[lane];
        }
        for (int lane = 0, i = 0; lane < block.Lanes; lane += width, i++)
        {
            int lanes = Math.Min(width, block.Lanes - lane);
            AttentionTile<T>.ToColumns(x.QRows + (long)lane * plan.D, plan.D, lanes, d, x.QColumns + i * x.QPanel);
            AttentionTile<T>.ToColumns(x.DyRows + (long)lane * plan.Dv, plan.Dv, lanes, vd, x.DyColumns + i * x.DyPanel);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Store(in LaneBlock block, float* columns, int width, int panel, float* rows)
    {
        AttentionPlan plan = job.Plan;
        int d = plan.Spec.HeadDim;
        var target = new HeadRows(dq.Target);
        for (int lane = 0, i = 0; lane < block.Lanes; lane += width, i++)
        {
            int lanes = Math.Min(width, block.Lanes - lane);
            AttentionTile<T>.ToRows(columns + i * panel, width, lanes, d, rows, plan.D);
            for (int l = 0; l < lanes; l++) target.Write<T>(block.Row(lane + l), block.Head(lane + l), d, plan.Spec.Scale, rows + l * plan.D, dq.Accumulate);
        }
    }
}

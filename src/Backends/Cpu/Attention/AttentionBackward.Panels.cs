namespace Pure.Tuner;

/// <summary>The five products of backward by a matrix unit.</summary>
internal readonly unsafe partial struct AttentionBackwardParts<T>
{
    /// <summary>Keys that a sum over the lanes of a block takes at a time: whole steps, and whole panels of a for every unit.</summary>
    private const int PanelStrip = PanelUnit.StepK;

    /// <summary>The arrays of a block's lanes for a unit: q and dy as columns of b and, for the sums over lanes, as its rows.</summary>
    private readonly struct PanelLanes
    {
        public readonly int Width, Panels, Step, DqPanel;
        public readonly BFloat16* QColumns, DyColumns, QRows, DyRows;
        public readonly float* Dq, Max, Inverse, Dot;

        public PanelLanes(in AttentionPlan plan, in TilePanels tile, int lanes)
        {
            int d = plan.Spec.HeadDim, vd = plan.Spec.ValueDim;
            (Width, Panels) = (tile.Columns, PanelProduct.Ceiling(lanes, tile.Columns));
            (Step, DqPanel) = (Panels * Width, AttentionPlan.RoundUp(d, tile.Rows) * Width);
            long q = Panels * tile.OfB(d), dy = Panels * tile.OfB(vd), qRows = PanelProduct.Ceiling(d, Width) * tile.OfB(lanes), dyRows = PanelProduct.Ceiling(vd, Width) * tile.OfB(lanes);
            QColumns = TilePanels.Take(TilePanelSlots.Queries, q + dy + qRows + dyRows);
            DyColumns = QColumns + q;
            QRows = DyColumns + dy;
            DyRows = QRows + qRows;
            Dq = (float*)Scratch.Bytes(TilePanelSlots.Sums, 4L * Panels * DqPanel);
            Max = (float*)Scratch.Bytes(TilePanelSlots.Stats, 12L * Step);
            Inverse = Max + Step;
            Dot = Inverse + Step;
        }
    }

    private void RunPanels(in LaneBlock block, PanelUnit unit, int partKey, float* dk, float* dv, Span<float> dsinks)
    {
        AttentionPlan plan = job.Plan;
        AttentionSpec spec = plan.Spec;
        var tile = new TilePanels(unit);
        int d = spec.HeadDim, vd = spec.ValueDim, keyStart = spec.Segments.KeyStart[block.Segment];
        bool wantsScores = !dq.IsEmpty || dk != null;
        var x = new PanelLanes(plan, tile, block.Lanes);
        LoadPanels(block, tile, x, dsinks);
        if (!wantsScores && dv == null) return;

        const int Keys = AttentionPlan.TileKeys;
        int step = x.Step, width = x.Width;
        float after = spec.Scale / job.FoldedScale;
        BFloat16* ks = TilePanels.Take(TilePanelSlots.Keys, Keys / tile.Rows * tile.OfA(d)), vs = TilePanels.Take(TilePanelSlots.Values, Keys / tile.Rows * tile.OfA(vd));
        BFloat16* turned = TilePanels.Take(TilePanelSlots.TurnedKeys, PanelProduct.Ceiling(d, tile.Rows) * tile.OfA(Keys)), weights = TilePanels.Take(TilePanelSlots.Weights, Math.Max(tile.OfB(Keys), PanelStrip / tile.Rows * tile.OfA(block.Lanes)));
        float* ps = (float*)Scratch.Bytes(TilePanelSlots.Scores, 8L * Keys * step), dss = wantsScores ? ps + Keys * step : null, beside = (float*)Scratch.Bytes(TilePanelSlots.Beside, 4L * PanelStrip * width);
        (int firstKey, int lastKey) = block.AllKeys;
        for (int key = firstKey; key < lastKey; key += Keys)
        {
            int count = Math.Min(Keys, lastKey - key);
            Matrix k = AttentionForwardBlocks<T>.HeadMatrix(job.K, keyStart + key, block.KvHead), v = AttentionForwardBlocks<T>.HeadMatrix(job.V, keyStart + key, block.KvHead);
            tile.PackA(k, count, d, ks);
            if (wantsScores) tile.PackA(v, count, vd, vs);
            if (!dq.IsEmpty) tile.PackA(k.Transposed, d, count, turned);
            (int firstLane, int endLane) = block.LanesThatSee(key, key + count);
            for (int i = firstLane / width; i * width < endLane; i++)
            {
                int lane = i * width, lanes = Math.Min(width, block.Lanes - lane), first = block.Keys(lane).First;
                int from = Math.Max(first, key) - key & -PanelStrip, end = Math.Min(block.Keys(lane + lanes - 1).End, key + count) - key, seen = end - from;
                float* p = ps + from * step + lane, ds = wantsScores ? dss + from * step + lane : null;
                tile.Run(ks + from / tile.Rows * tile.OfA(d), tile.OfA(d), x.QColumns + i * tile.OfB(d), seen, d, p, step, load: false);
                if (after != 1) AttentionTile<T>.Scale(p, step, seen, lanes, after);
                if (spec.SoftCap != 0) AttentionTile<T>.Cap(p, step, seen, lanes, spec.SoftCap);
                if (wantsScores) tile.Run(vs + from / tile.Rows * tile.OfA(vd), tile.OfA(vd), x.DyColumns + i * tile.OfB(vd), seen, vd, ds, step, load: false);
                AttentionTile<T>.Gradients(p, ds, step, seen, lanes, x.Max + lane, x.Inverse + lane, x.Dot + lane, spec.SoftCap);
                AttentionTile<T>.Mask(block, lane, lanes, key + from, seen, p, ds, step, 0);
                if (!dq.IsEmpty)
                {
                    tile.PackB(new Matrix((nint)ds, DType.F32, 1, step), lanes, seen, weights);
                    tile.Run(turned + from * tile.Rows, tile.OfA(count), weights, d, seen, x.Dq + i * x.DqPanel, width, load: first < key);
                }
                if (dv != null) AttentionTile<T>.Clear(ps + lane, step, end, AttentionPlan.RoundUp(end, PanelStrip), width);
                if (dk != null) AttentionTile<T>.Clear(dss + lane, step, end, AttentionPlan.RoundUp(end, PanelStrip), width);
            }
            if (dv != null) SumOverLanes(block, tile, key, count, ps, step, x.DyRows, vd, weights, beside, dv + (long)(key - partKey) * plan.Dv, plan.Dv);
            if (dk != null) SumOverLanes(block, tile, key, count, dss, step, x.QRows, d, weights, beside, dk + (long)(key - partKey) * plan.D, plan.D);
        }
        if (!dq.IsEmpty) Store(block, x.Dq, width, x.DqPanel, (float*)Scratch.Bytes(TilePanelSlots.Rows, 4L * width * Math.Max(plan.D, plan.Dv)));
    }

    /// <summary>sums[key] += Σ over the lanes that see it of s[key, lane] · rows[lane], strip by strip of keys; lanes begin with a whole step.</summary>
    private static void SumOverLanes(in LaneBlock block, in TilePanels tile, int key, int count, float* s, int step, BFloat16* rows, int d, BFloat16* weights, float* beside, float* sums, int sumStep)
    {
        for (int k = 0; k < count; k += PanelStrip)
        {
            int strip = Math.Min(PanelStrip, count - k);
            (int first, int end) = block.LanesThatSee(key + k, key + k + strip);
            int from = first & -PanelUnit.StepK, lanes = end - from;
            if (lanes <= 0) continue;
            // Panels of lanes none of which sees a key of the strip may not have been computed.
            for (int lane = from; lane + tile.Columns <= first; lane += tile.Columns) AttentionTile<T>.Clear(s + lane, step, k, k + strip, tile.Columns);
            tile.PackA(new Matrix((nint)(s + (long)k * step + from), DType.F32, step, 1), strip, lanes, weights);
            tile.Add(weights, rows + (long)from * tile.Columns, tile.OfB(block.Lanes), strip, d, lanes, sums + (long)k * sumStep, sumStep, beside);
        }
    }

    private void LoadPanels(in LaneBlock block, in TilePanels tile, in PanelLanes x, Span<float> dsinks)
    {
        AttentionPlan plan = job.Plan;
        int d = plan.Spec.HeadDim, vd = plan.Spec.ValueDim, step = d + (d & 1), dyStep = vd + (vd & 1), lanes = block.Lanes;
        HeadRows y = new(job.Y), gradient = new(dy);
        float* keptMax = (float*)job.Max!.Address, keptInverse = (float*)job.Inverse!.Address, yRow = (float*)Scratch.Bytes(TilePanelSlots.Rows, 8L * plan.Dv), dyRow = yRow + plan.Dv;
        nint tokens = job.Max.Shape[1];
        BFloat16* qs = TilePanels.Take(TilePanelSlots.Lanes, (long)lanes * step), dys = TilePanels.Take(TilePanelSlots.Gradients, (long)lanes * dyStep);
        new Span<float>(x.Max, 3 * x.Step).Clear();
        for (int lane = 0; lane < lanes; lane++)
        {
            int row = block.Row(lane), head = block.Head(lane);
            TilePanels.CopyRow((BFloat16*)AttentionForwardBlocks<T>.HeadMatrix(job.Q, row, head).Data, d, job.FoldedScale, qs + (long)lane * step);
            gradient.Read<T>(row, head, vd, 1, dyRow);
            y.Read<T>(row, head, vd, 1, yRow);
            (x.Max[lane], x.Inverse[lane]) = (keptMax[head * tokens + row], keptInverse[head * tokens + row]);
            Rows.Narrow(new ReadOnlySpan<float>(dyRow, vd), new Span<BFloat16>(dys + (long)lane * dyStep, vd));
            Rows.Widen(new ReadOnlySpan<BFloat16>(dys + (long)lane * dyStep, vd), new Span<float>(dyRow, vd));
            x.Dot[lane] = Dot(new(dyRow, vd), new(yRow, vd));
            if (!dsinks.IsEmpty) dsinks[head % plan.Group] -= MathF.Exp(job.Sinks!.At(head) - x.Max[lane]) * x.Inverse[lane] * x.Dot[lane];
        }
        Matrix q = new((nint)qs, DType.BF16, step, 1), dyMatrix = new((nint)dys, DType.BF16, dyStep, 1);
        tile.PackB(q, lanes, d, x.QColumns);
        tile.PackB(dyMatrix, lanes, vd, x.DyColumns);
        tile.PackB(q.Transposed, d, lanes, x.QRows);
        tile.PackB(dyMatrix.Transposed, vd, lanes, x.DyRows);
    }
}

using System.Runtime.CompilerServices;

namespace Pure.Tuner;

/// <summary>Prompts and training with products of BF16, by a matrix unit.</summary>
internal readonly unsafe partial struct AttentionForwardBlocks<T>
{
    /// <summary>Keys in a tile: enough that a call of the unit is worth its beginning and end.</summary>
    private const int PanelKeys = 128;

    /// <summary>
    /// The tiles of the vectors with panels as wide as the unit's: scores [keys, lanes] = K Qᵀ, values turned [d, lanes] += Vᵀ P. What is behind the last key of the
    /// segment or of the tile, and behind the last element of a head, is 0 in the panels; nothing of another segment is read.
    /// </summary>
    private void RunPanels(in LaneBlock block, PanelUnit unit)
    {
        AttentionPlan plan = job.Plan;
        AttentionSpec spec = plan.Spec;
        var tile = new TilePanels(unit);
        int d = spec.HeadDim, dv = spec.ValueDim, width = tile.Columns, panels = PanelProduct.Ceiling(block.Lanes, width), keyStart = spec.Segments.KeyStart[block.Segment];
        int yPanel = AttentionPlan.RoundUp(dv, tile.Rows) * width, wholeKeys = AttentionPlan.RoundUp(PanelKeys, tile.Rows);
        BFloat16* qs = TilePanels.Take(TilePanelSlots.Queries, panels * tile.OfB(d)), ks = TilePanels.Take(TilePanelSlots.Keys, wholeKeys / tile.Rows * tile.OfA(d));
        BFloat16* vs = TilePanels.Take(TilePanelSlots.Values, yPanel / width / tile.Rows * tile.OfA(PanelKeys)), ps = TilePanels.Take(TilePanelSlots.Weights, tile.OfB(PanelKeys));
        float* ys = (float*)Scratch.Bytes(TilePanelSlots.Sums, 4L * panels * yPanel), s = (float*)Scratch.Bytes(TilePanelSlots.Scores, 4L * wholeKeys * width);
        float* max = (float*)Scratch.Bytes(TilePanelSlots.Stats, 8L * panels * width), sum = max + panels * width;
        float after = PackQueries(block, tile, qs);
        BeginStats(block, max, sum, panels * width);

        (int firstKey, int lastKey) = block.AllKeys;
        for (int key = firstKey; key < lastKey; key += PanelKeys)
        {
            int count = Math.Min(PanelKeys, lastKey - key);
            tile.PackA(HeadMatrix(job.K, keyStart + key, block.KvHead), count, d, ks);
            tile.PackA(HeadMatrix(job.V, keyStart + key, block.KvHead).Transposed, dv, count, vs);
            (int firstLane, int endLane) = block.LanesThatSee(key, key + count);
            for (int panel = firstLane / width; panel * width < endLane; panel++)
            {
                int lane = panel * width, lanes = Math.Min(width, block.Lanes - lane), first = block.Keys(lane).First;
                bool begun = first < key;                                    // y holds something
                int from = Math.Max(first, key) - key & -PanelUnit.StepK, seen = Math.Min(block.Keys(lane + lanes - 1).End, key + count) - key - from;
                tile.Run(ks + from / tile.Rows * tile.OfA(d), tile.OfA(d), qs + panel * tile.OfB(d), seen, d, s, width, load: false);
                if (after != 1) TensorPrimitives.Multiply(new ReadOnlySpan<float>(s, seen * width), after, new Span<float>(s, seen * width));
                if (spec.SoftCap != 0) AttentionTile<T>.Cap(s, width, seen, lanes, spec.SoftCap);
                AttentionTile<T>.Mask(block, lane, lanes, key + from, seen, s, null, width, float.NegativeInfinity);
                AttentionTile<T>.OnlineSoftmax(s, width, seen, lanes, max + lane, sum + lane, begun ? ys + panel * yPanel : null, dv);
                tile.PackB(new Matrix((nint)s, DType.F32, 1, width), lanes, seen, ps);
                tile.Run(vs + from * tile.Rows, tile.OfA(count), ps, dv, seen, ys + panel * yPanel, width, begun);
            }
        }
        End(block, ys, yPanel, width, max, sum, (float*)Scratch.Bytes(TilePanelSlots.Rows, 4L * width * Math.Max(plan.D, plan.Dv)));
    }

    /// <summary>Queries as panels of b, times the scale where that is exact.</summary>
    /// <returns>The factor that is left for the scores.</returns>
    private float PackQueries(in LaneBlock block, in TilePanels tile, BFloat16* panels)
    {
        int d = job.Plan.Spec.HeadDim, step = d + (d & 1);
        BFloat16* rows = TilePanels.Take(TilePanelSlots.Lanes, (long)block.Lanes * step);
        for (int lane = 0; lane < block.Lanes; lane++) TilePanels.CopyRow((BFloat16*)HeadMatrix(job.Q, block.Row(lane), block.Head(lane)).Data, d, job.FoldedScale, rows + (long)lane * step);
        tile.PackB(new Matrix((nint)rows, DType.BF16, step, 1), block.Lanes, d, panels);
        return job.Plan.Spec.Scale / job.FoldedScale;
    }

    /// <summary>The rows of a head from one on.</summary>
    internal static Matrix HeadMatrix(Tensor x, int row, int head) =>
        new(x.Address + (nint)(((long)row * x.Strides[0] + (long)head * x.Strides[1]) * sizeof(ushort)), DType.BF16, x.Strides[0], 1);
}

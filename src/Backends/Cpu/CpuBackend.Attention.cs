using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner;

/// <remarks>
/// Online softmax over tiles of keys: Dao, Fu, Ermon, Rudra and Ré 2022, arXiv:2205.14135. Kept for backward: each row's maximum and 1/Σ, F32 [heads, tokens],
/// from which it makes the probabilities anew (their log-sum-exp would round away digits of every probability). Keys are met in order; dk and dv of a segment are summed in runs of queries and the
/// runs added in order, so that nothing depends on the number of threads.
/// </remarks>
public sealed partial class CpuBackend : IAttentionKernel
{
    Support IAttentionKernel.Supports(in AttentionSpec spec) => spec.DType.IsFloat && spec.HeadDim > 0 && spec.ValueDim > 0 ? Support.Both : Support.None;

    StateSpec IAttentionKernel.State(in AttentionSpec spec, int tokens) => new(([spec.Heads, tokens], DType.F32), ([spec.Heads, tokens], DType.F32));

    void IAttentionKernel.Forward(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor? sinks, Tensor y, State state)
    {
        using var scope = TensorScope.Begin();
        var job = new AttentionJob(new AttentionPlan(spec), q.WithUnitRows(), k.WithUnitRows(), v.WithUnitRows(), sinks?.Widened(), y, state.OrNull(0), state.OrNull(1));
        if (!job.Plan.CoversAll(y.Shape[0])) ForRows(y.Shape[0], new ClearOutside(spec.Segments, y), (long)spec.Heads * spec.ValueDim);
        if (Vector512.IsHardwareAccelerated) AttentionForward<Lanes512>(job);
        else if (Vector128.IsHardwareAccelerated) AttentionForward<Lanes256>(job);
        else AttentionForward<Lane>(job);
    }

    void IAttentionKernel.Backward(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor? sinks, Tensor y, State state, Tensor dy, Into dq, Into dk, Into dv, Into dsinks)
    {
        if (dq.IsEmpty && dk.IsEmpty && dv.IsEmpty && dsinks.IsEmpty) return;
        using var scope = TensorScope.Begin();
        var job = new AttentionJob(new AttentionPlan(spec), q.WithUnitRows(), k.WithUnitRows(), v.WithUnitRows(), sinks?.Widened(), y.WithUnitRows(), state[0], state[1]);
        if (dq is { IsEmpty: false, Accumulate: false } && !job.Plan.CoversAll(q.Shape[0]))
            ForRows(q.Shape[0], new ClearOutside(spec.Segments, dq.Target), (long)spec.Heads * spec.HeadDim);
        if (Vector512.IsHardwareAccelerated) AttentionBackward<Lanes512>(job, dy.WithUnitRows(), dq, dk, dv, dsinks);
        else if (Vector128.IsHardwareAccelerated) AttentionBackward<Lanes256>(job, dy.WithUnitRows(), dq, dk, dv, dsinks);
        else AttentionBackward<Lane>(job, dy.WithUnitRows(), dq, dk, dv, dsinks);
    }

    /// <summary>Forward with registers of a given width.</summary>
    internal void AttentionForward<T>(in AttentionJob job) where T : struct, ILanes<T>
    {
        int items = 0;
        for (int s = 0; s < job.Plan.Segments; s++) items += job.Plan.Blocks(s) * job.Plan.Spec.KvHeads;
        ForRanges(items, (items >> 15) + 1, new AttentionForwardBlocks<T>(job));
    }

    /// <summary>Backward with registers of a given width.</summary>
    internal void AttentionBackward<T>(in AttentionJob job, Tensor dy, Into dq, Into dk, Into dv, Into dsinks) where T : struct, ILanes<T>
    {
        AttentionPlan plan = job.Plan;
        int items = 0;
        long rows = 0;
        for (int s = 0; s < plan.Segments; s++)
        {
            items += plan.Parts(s) * plan.Spec.KvHeads;
            rows += (long)plan.Parts(s) * plan.Spec.KvHeads * plan.SumRows(s);
        }
        Tensor? dkSums = dk.IsEmpty ? null : Tensor.Empty(this, [checked((int)rows), plan.D]);
        Tensor? dvSums = dv.IsEmpty ? null : Tensor.Empty(this, [checked((int)rows), plan.Dv]);
        Tensor? sinkSums = dsinks.IsEmpty ? null : Tensor.Empty(this, [items, plan.Group]);
        ForRanges(items, (items >> 15) + 1, new AttentionBackwardParts<T>(job, dy, dq, dkSums, dvSums, sinkSums));
        if (dkSums is not null) ForRows(dk.Target.Shape[0], new KeyGradientRow(plan, dkSums, plan.D, plan.Spec.HeadDim, dk), 4L * plan.Spec.KvHeads * plan.Spec.HeadDim);
        if (dvSums is not null) ForRows(dv.Target.Shape[0], new KeyGradientRow(plan, dvSums, plan.Dv, plan.Spec.ValueDim, dv), 4L * plan.Spec.KvHeads * plan.Spec.ValueDim);
        if (sinkSums is not null && !IsMeasuring) SinkGradient(plan, sinkSums, dsinks);
    }

    private static void SinkGradient(in AttentionPlan plan, Tensor sums, Into dsinks)
    {
        for (int head = 0; head < plan.Spec.Heads; head++)
        {
            float sum = 0;
            for (int s = 0, item = 0; s < plan.Segments; s++)
                for (int part = 0; part < plan.Parts(s); part++, item += plan.Spec.KvHeads)
                    sum += Row(sums, item + head / plan.Group, plan.Group)[head % plan.Group];
            ref float target = ref dsinks.Target.At(head);
            target = dsinks.Accumulate ? target + sum : sum;
        }
    }
}

/// <summary>What both directions read; the maxima and the inverse sums are written by forward when a backward will come.</summary>
internal readonly record struct AttentionJob(AttentionPlan Plan, Tensor Q, Tensor K, Tensor V, Tensor? Sinks, Tensor Y, Tensor? Max, Tensor? Inverse)
{
    /// <summary>Writes down what backward needs of a row.</summary>
    public void Keep(int head, int row, float max, float inverse)
    {
        if (Max is null || Inverse is null) return;
        Row(Max, head, Max.Shape[1])[row] = max;
        Row(Inverse, head, Inverse.Shape[1])[row] = inverse;
    }

    /// <summary>What forward wrote down.</summary>
    public (float Max, float Inverse) Kept(int head, int row) => (Row(Max!, head, Max!.Shape[1])[row], Row(Inverse!, head, Inverse!.Shape[1])[row]);
}

/// <summary>Rows that belong to no segment become 0.</summary>
internal readonly struct ClearOutside(Segments segments, Tensor y) : IRowBody
{
    public void Invoke(int row)
    {
        for (int s = 0; s < segments.Count; s++)
            if (row >= segments.QueryStart[s] && row < segments.QueryStart[s] + segments.QueryLength[s]) return;
        for (int head = 0; head < y.Shape[1]; head++)
        {
            long at = (long)row * y.Strides[0] + (long)head * y.Strides[1];
            Span<float> ys = OpenPart(y, at, y.Shape[2], accumulate: false, Scratch.Floats(5, y.Shape[2]));
            ys.Clear();
            WritePart(ys, y, at);
        }
    }
}

/// <summary>An item is a block of lanes of a key head; late blocks, which see most keys, come first.</summary>
internal readonly unsafe struct AttentionForwardBlocks<T>(AttentionJob job) : IRangeBody where T : struct, ILanes<T>
{
    public void Invoke(int first, int end)
    {
        for (int item = first; item < end; item++)
        {
            int at = item, segment = 0, kvHeads = job.Plan.Spec.KvHeads;
            for (; at >= job.Plan.Blocks(segment) * kvHeads; segment++) at -= job.Plan.Blocks(segment) * kvHeads;
            var block = new LaneBlock(job.Plan, segment, at % kvHeads, job.Plan.Blocks(segment) - 1 - at / kvHeads);
            if (block.Lanes <= T.Count / 2) RunFew(block);
            else Run(block);
        }
    }

    /// <summary>Decoding: so few lanes that they would leave most of a register empty, so registers run along the rows of keys and values instead.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void RunFew(in LaneBlock block)
    {
        AttentionPlan plan = job.Plan;
        AttentionSpec spec = plan.Spec;
        int d = spec.HeadDim, dv = spec.ValueDim, keyStart = spec.Segments.KeyStart[block.Segment];
        float* qs = (float*)Scratch.Bytes(0, 4L * block.Lanes * d), ys = (float*)Scratch.Bytes(1, 4L * block.Lanes * dv);
        float* keys = (float*)Scratch.Bytes(2, 4L * AttentionPlan.TileKeys * plan.D), values = (float*)Scratch.Bytes(3, 4L * AttentionPlan.TileKeys * plan.Dv);
        float* s = (float*)Scratch.Bytes(4, 4L * AttentionPlan.TileKeys), max = stackalloc float[T.Count], sum = stackalloc float[T.Count];
        new Span<float>(ys, block.Lanes * dv).Clear();
        for (int lane = 0; lane < block.Lanes; lane++)
        {
            ReadOnlySpan<float> q = ReadPart(job.Q, (long)block.Row(lane) * job.Q.Strides[0] + (long)block.Head(lane) * job.Q.Strides[1], d, Scratch.Floats(5, d));
            TensorPrimitives.Multiply(q, spec.Scale, new Span<float>(qs + lane * d, d));
            max[lane] = job.Sinks is null ? float.MinValue : job.Sinks.At(block.Head(lane));
            sum[lane] = job.Sinks is null ? 0 : 1;
        }

        bool inPlace = job.K.DType == DType.F32;
        nint kStep = plan.D, vStep = plan.Dv;
        (int firstKey, _) = block.Keys(0);
        (_, int lastKey) = block.Keys(block.Lanes - 1);
        for (int key = firstKey; key < lastKey; key += AttentionPlan.TileKeys)
        {
            int count = Math.Min(AttentionPlan.TileKeys, lastKey - key);
            float* ks = keys, vs = values;
            if (inPlace)
            {
                ks = AttentionTile<T>.Rows(job.K, keyStart + key, block.KvHead, out kStep);
                vs = AttentionTile<T>.Rows(job.V, keyStart + key, block.KvHead, out vStep);
            }
            else
            {
                AttentionTile<T>.Pack(job.K, keyStart + key, count, block.KvHead, d, keys, plan.D);
                AttentionTile<T>.Pack(job.V, keyStart + key, count, block.KvHead, dv, values, plan.Dv);
            }
            for (int lane = 0; lane < block.Lanes; lane++)
            {
                (int first, int end) = block.Keys(lane);
                int from = Math.Max(first, key) - key, seen = Math.Min(end, key + count) - key - from;
                if (seen <= 0) continue;
                AttentionTile<T>.RowDots(ks + from * kStep, kStep, seen, qs + lane * d, d, s);
                var scores = new Span<float>(s, seen);
                CrossEntropy.Cap(scores, spec.SoftCap);
                float before = max[lane];
                max[lane] = MathF.Max(before, Max(scores));
                float back = MathF.Exp(before - max[lane]);
                sum[lane] = sum[lane] * back + LaneLoop.Sum(new ExpSum(scores, max[lane], scores), seen);
                AttentionTile<T>.AddRows(vs + from * vStep, vStep, seen, s, back, ys + lane * dv, dv);
            }
        }

        for (int lane = 0; lane < block.Lanes; lane++)
        {
            long at = (long)block.Row(lane) * job.Y.Strides[0] + (long)block.Head(lane) * job.Y.Strides[1];
            Span<float> y = OpenPart(job.Y, at, dv, accumulate: false, Scratch.Floats(5, dv));
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(ys + lane * dv, dv), 1 / sum[lane], y);
            WritePart(y, job.Y, at);
            job.Keep(block.Head(lane), block.Row(lane), max[lane], 1 / sum[lane]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Run(in LaneBlock block)
    {
        AttentionPlan plan = job.Plan;
        AttentionSpec spec = plan.Spec;
        int d = spec.HeadDim, dv = spec.ValueDim, width = AttentionTile<T>.Width, panels = AttentionTile<T>.Panels(block.Lanes), keyStart = spec.Segments.KeyStart[block.Segment];
        int qPanel = d * width, yPanel = AttentionPlan.RoundUp(dv, TileMatMul.RowUnit) * width, tileRows = AttentionPlan.TileKeys + TileMatMul.RowUnit;
        float* qs = (float*)Scratch.Bytes(0, 4L * panels * qPanel), ys = (float*)Scratch.Bytes(1, 4L * panels * yPanel);
        float* keys = (float*)Scratch.Bytes(2, 4L * tileRows * plan.D), values = (float*)Scratch.Bytes(3, 4L * tileRows * plan.Dv);
        float* s = (float*)Scratch.Bytes(4, 4L * tileRows * width), max = (float*)Scratch.Bytes(6, 8L * panels * width), sum = max + panels * width;
        new Span<float>(qs, panels * qPanel).Clear();
        new Span<float>(ys, panels * yPanel).Clear();
        new Span<float>(max, panels * width).Fill(float.MinValue);           // not -∞: the difference of two would be NaN
        new Span<float>(sum, panels * width).Clear();
        for (int lane = 0; lane < block.Lanes; lane++)
        {
            ReadOnlySpan<float> q = ReadPart(job.Q, (long)block.Row(lane) * job.Q.Strides[0] + (long)block.Head(lane) * job.Q.Strides[1], d, Scratch.Floats(5, d));
            AttentionTile<T>.Spread(q, spec.Scale, qs + lane / width * qPanel + lane % width, null);
            if (job.Sinks is null) continue;
            max[lane] = job.Sinks.At(block.Head(lane));
            sum[lane] = 1;
        }

        // With one register of lanes each key is read once: where it lies. A value is read in many steps, and a tile's rows do not compete for cache sets.
        bool few = block.Lanes <= T.Count && job.K.DType == DType.F32;
        (int firstKey, _) = block.Keys(0);
        (_, int lastKey) = block.Keys(block.Lanes - 1);
        for (int key = firstKey; key < lastKey; key += AttentionPlan.TileKeys)
        {
            int count = Math.Min(AttentionPlan.TileKeys, lastKey - key);
            bool inPlace = few && keyStart + key + count + TileMatMul.RowUnit <= job.K.Shape[0];   // whole units of rows are read
            float* ks = keys;
            nint kStep = plan.D;
            if (inPlace) ks = AttentionTile<T>.Rows(job.K, keyStart + key, block.KvHead, out kStep);
            else AttentionTile<T>.Pack(job.K, keyStart + key, count, block.KvHead, d, keys, plan.D);
            AttentionTile<T>.Pack(job.V, keyStart + key, count, block.KvHead, dv, values, plan.Dv);
            for (int panel = 0; panel < panels; panel++)
            {
                int lane = panel * width, lanes = Math.Min(width, block.Lanes - lane);
                int from = Math.Max(block.Keys(lane).First, key) - key, seen = Math.Min(block.Keys(lane + lanes - 1).End, key + count) - key - from;
                if (seen <= 0) continue;
                TileMatMul.Run<T>(seen, lanes, d, ks + from * kStep, kStep, 1, qs + panel * qPanel, width, s, width, accumulate: false);
                if (spec.SoftCap != 0) AttentionTile<T>.Cap(s, seen, lanes, spec.SoftCap);
                AttentionTile<T>.Mask(block, lane, lanes, key + from, seen, s, null, float.NegativeInfinity);
                AttentionTile<T>.OnlineSoftmax(s, seen, lanes, max + lane, sum + lane, ys + panel * yPanel, dv);
                TileMatMul.Run<T>(dv, lanes, seen, values + from * plan.Dv, 1, plan.Dv, s, width, ys + panel * yPanel, width, accumulate: true);
            }
        }

        for (int lane = 0; lane < block.Lanes; lane++)
        {
            long at = (long)block.Row(lane) * job.Y.Strides[0] + (long)block.Head(lane) * job.Y.Strides[1];
            Span<float> y = OpenPart(job.Y, at, dv, accumulate: false, Scratch.Floats(5, dv));
            float* column = ys + lane / width * yPanel + lane % width;
            float inverse = 1 / sum[lane];
            for (int c = 0; c < y.Length; c++) y[c] = column[c * width] * inverse;
            WritePart(y, job.Y, at);
            job.Keep(block.Head(lane), block.Row(lane), max[lane], inverse);
        }
    }
}

/// <summary>An item is a run of blocks of a key head, with its own sums of dk, dv and dsinks.</summary>
internal readonly unsafe struct AttentionBackwardParts<T>(AttentionJob job, Tensor dy, Into dq, Tensor? dkSums, Tensor? dvSums, Tensor? sinkSums) : IRangeBody where T : struct, ILanes<T>
{
    public void Invoke(int first, int end)
    {
        for (int item = first; item < end; item++)
        {
            AttentionPlan plan = job.Plan;
            int at = item, segment = 0, kvHeads = plan.Spec.KvHeads;
            long row = 0;
            for (; at >= plan.Parts(segment) * kvHeads; segment++)
            {
                at -= plan.Parts(segment) * kvHeads;
                row += (long)plan.Parts(segment) * kvHeads * plan.SumRows(segment);
            }
            int rows = plan.SumRows(segment), part = at / kvHeads, parts = plan.Parts(segment), blocks = plan.Blocks(segment);
            row += (long)at * rows;
            float* dk = Begin(dkSums, row, rows), dv = Begin(dvSums, row, rows);
            Span<float> dsinks = sinkSums is null ? default : Row(sinkSums, item, plan.Group);
            dsinks.Clear();
            for (int b = (int)((long)blocks * part / parts), last = (int)((long)blocks * (part + 1) / parts); b < last; b++)
                Run(new LaneBlock(plan, segment, at % kvHeads, b), dk, dv, dsinks);
        }
    }

    private static float* Begin(Tensor? sums, long row, int rows)
    {
        if (sums is null) return null;
        float* p = (float*)sums.Address + row * sums.Shape[1];
        new Span<float>(p, rows * sums.Shape[1]).Clear();
        return p;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Run(in LaneBlock block, float* dk, float* dv, Span<float> dsinks)
    {
        AttentionPlan plan = job.Plan;
        AttentionSpec spec = plan.Spec;
        int d = spec.HeadDim, vd = spec.ValueDim, width = AttentionTile<T>.Width, panels = AttentionTile<T>.Panels(block.Lanes), keyStart = spec.Segments.KeyStart[block.Segment];
        int tileRows = AttentionPlan.TileKeys + TileMatMul.RowUnit, dqRows = AttentionPlan.RoundUp(d, TileMatMul.RowUnit);
        bool wantsScores = !dq.IsEmpty || dk != null;

        // For each panel: q and dy as columns (beside each other's lanes) and as rows, dq as columns, maximum, inverse sum and dot.
        int qColumns = 0, qRows = qColumns + d * width, dyColumns = qRows + width * plan.D, dyRows = dyColumns + vd * width;
        int dqColumns = dyRows + width * plan.Dv, max = dqColumns + dqRows * width, inverse = max + width, dot = inverse + width, panelSize = dot + width;
        float* all = (float*)Scratch.Bytes(0, 4L * panels * panelSize);
        float* keys = (float*)Scratch.Bytes(2, 4L * tileRows * plan.D), values = (float*)Scratch.Bytes(3, 4L * tileRows * plan.Dv);
        float* p = (float*)Scratch.Bytes(4, 8L * tileRows * width), ds = p + tileRows * width;
        new Span<float>(all, panels * panelSize).Clear();
        for (int lane = 0; lane < block.Lanes; lane++)
        {
            float* panel = all + lane / width * panelSize;
            int row = block.Row(lane), head = block.Head(lane), l = lane % width;
            AttentionTile<T>.Spread(Head(job.Q, row, head, d, 5), spec.Scale, panel + qColumns + l, panel + qRows + l * plan.D);
            ReadOnlySpan<float> dyRow = Head(dy, row, head, vd, 5);
            AttentionTile<T>.Spread(dyRow, 1, panel + dyColumns + l, panel + dyRows + l * plan.Dv);
            (panel[max + l], panel[inverse + l]) = job.Kept(head, row);
            panel[dot + l] = Dot(dyRow, Head(job.Y, row, head, vd, 6));
            if (!dsinks.IsEmpty) dsinks[head % plan.Group] -= MathF.Exp(job.Sinks!.At(head) - panel[max + l]) * panel[inverse + l] * panel[dot + l];
        }

        (int firstKey, _) = block.Keys(0);
        (_, int lastKey) = block.Keys(block.Lanes - 1);
        if (!wantsScores && dv == null) return;
        for (int key = firstKey; key < lastKey; key += AttentionPlan.TileKeys)
        {
            int count = Math.Min(AttentionPlan.TileKeys, lastKey - key);
            AttentionTile<T>.Pack(job.K, keyStart + key, count, block.KvHead, d, keys, plan.D);
            if (wantsScores) AttentionTile<T>.Pack(job.V, keyStart + key, count, block.KvHead, vd, values, plan.Dv);
            for (int i = 0; i < panels; i++)
            {
                float* panel = all + i * panelSize;
                int lane = i * width, lanes = Math.Min(width, block.Lanes - lane);
                int from = Math.Max(block.Keys(lane).First, key) - key, seen = Math.Min(block.Keys(lane + lanes - 1).End, key + count) - key - from;
                if (seen <= 0) continue;
                TileMatMul.Run<T>(seen, lanes, d, keys + from * plan.D, plan.D, 1, panel + qColumns, width, p, width, accumulate: false);
                if (spec.SoftCap != 0) AttentionTile<T>.Cap(p, seen, lanes, spec.SoftCap);
                if (wantsScores) TileMatMul.Run<T>(seen, lanes, vd, values + from * plan.Dv, plan.Dv, 1, panel + dyColumns, width, ds, width, accumulate: false);
                AttentionTile<T>.Gradients(p, wantsScores ? ds : null, seen, lanes, panel + max, panel + inverse, panel + dot, spec.SoftCap);
                AttentionTile<T>.Mask(block, lane, lanes, key + from, seen, p, wantsScores ? ds : null, 0);
                AttentionTile<T>.ClearRest(p, seen);
                AttentionTile<T>.ClearRest(ds, seen);
                if (dv != null) TileMatMul.Run<T>(seen, vd, lanes, p, width, 1, panel + dyRows, plan.Dv, dv + (long)(key + from) * plan.Dv, plan.Dv, accumulate: true);
                if (dk != null) TileMatMul.Run<T>(seen, d, lanes, ds, width, 1, panel + qRows, plan.D, dk + (long)(key + from) * plan.D, plan.D, accumulate: true);
                if (!dq.IsEmpty) TileMatMul.Run<T>(d, lanes, seen, keys + from * plan.D, 1, plan.D, ds, width, panel + dqColumns, width, accumulate: true);
            }
        }

        if (dq.IsEmpty) return;
        Tensor target = dq.Target;
        for (int lane = 0; lane < block.Lanes; lane++)
        {
            long at = (long)block.Row(lane) * target.Strides[0] + (long)block.Head(lane) * target.Strides[1];
            Span<float> y = OpenPart(target, at, d, dq.Accumulate, Scratch.Floats(5, d));
            float* column = all + lane / width * panelSize + dqColumns + lane % width;
            for (int c = 0; c < y.Length; c++) y[c] = (dq.Accumulate ? y[c] : 0) + column[c * width] * spec.Scale;
            WritePart(y, target, at);
        }
    }

    private static ReadOnlySpan<float> Head(Tensor x, int row, int head, int d, int slot) =>
        ReadPart(x, (long)row * x.Strides[0] + (long)head * x.Strides[1], d, Scratch.Floats(slot, d));
}

/// <summary>All heads of a key row: what the segments it belongs to have summed, run by run.</summary>
internal readonly struct KeyGradientRow(AttentionPlan plan, Tensor sums, int step, int d, Into y) : IRowBody
{
    public void Invoke(int row)
    {
        Tensor target = y.Target;
        Segments segments = plan.Spec.Segments;
        int kvHeads = plan.Spec.KvHeads;
        for (int head = 0; head < kvHeads; head++)
        {
            long at = (long)row * target.Strides[0] + (long)head * target.Strides[1], first = 0;
            Span<float> ys = OpenPart(target, at, d, y.Accumulate, Scratch.Floats(5, d));
            if (!y.Accumulate) ys.Clear();
            for (int s = 0; s < segments.Count; s++)
            {
                int key = row - segments.KeyStart[s], rows = plan.SumRows(s), parts = plan.Parts(s);
                if (key >= 0 && key < segments.KeyLength[s])
                    for (int part = 0; part < parts; part++)
                        TensorPrimitives.Add(ys, Row(sums, first + ((long)part * kvHeads + head) * rows + key, step)[..d], ys);
                first += (long)parts * kvHeads * rows;
            }
            WritePart(ys, target, at);
        }
    }
}

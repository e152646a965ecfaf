using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner;

/// <remarks>
/// Online softmax over tiles of keys: Dao, Fu, Ermon, Rudra and Ré 2022, arXiv:2205.14135. Kept for backward, F32 [heads, tokens]: what forward subtracted
/// from each row's scores, its maximum or up to one less, and 1/Σ. Backward makes the probabilities anew from the same two (the log-sum-exp would round away
/// digits of every probability). Keys are met in order; dk and dv of a segment are summed in runs of queries and the runs added in order, so that nothing
/// depends on the number of threads. Where products round to BF16 a matrix unit multiplies the tiles (<see cref="TilePanels"/>), but not in decoding.
/// </remarks>
public sealed partial class CpuBackend : IAttentionKernel
{
    Support IAttentionKernel.Supports(in AttentionSpec spec) => spec.DType.IsFloat && spec.HeadDim > 0 && spec.ValueDim > 0 ? Support.Both : Support.None;

    StateSpec IAttentionKernel.State(in AttentionSpec spec, int tokens) => new(([spec.Heads, tokens], DType.F32), ([spec.Heads, tokens], DType.F32));

    void IAttentionKernel.Forward(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor? sinks, Tensor y, State state)
    {
        using var scope = TensorScope.Begin();
        // Decoding reads each key once, so rounding it there is cheaper than a rounded copy of all that came before.
        bool roundsRead = RoundsOperands && q.Shape[0] <= (long)FewRows * spec.Segments.Count;
        q = AsOperand(q);
        if (!roundsRead) (k, v) = (AsOperand(k), AsOperand(v));
        var job = new AttentionJob(new AttentionPlan(spec), q.WithUnitRows(), k.WithUnitRows(), v.WithUnitRows(), sinks?.Widened(), y, state.OrNull(0), state.OrNull(1), RoundsOperands, roundsRead) { Unit = RoundsOperands && !roundsRead ? Panels : null };
        if (!job.Plan.CoversAll(y.Shape[0])) ForRows(y.Shape[0], new ClearOutside(spec.Segments, y), (long)spec.Heads * spec.ValueDim);
        if (Vector512.IsHardwareAccelerated) AttentionForward<Lanes512>(job);
        else if (Vector128.IsHardwareAccelerated) AttentionForward<Lanes256>(job);
        else AttentionForward<Lane>(job);
    }

    void IAttentionKernel.Backward(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor? sinks, Tensor y, State state, Tensor dy, Into dq, Into dk, Into dv, Into dsinks)
    {
        if (dq.IsEmpty && dk.IsEmpty && dv.IsEmpty && dsinks.IsEmpty) return;
        using var scope = TensorScope.Begin();
        (q, k, v) = (AsOperand(q), AsOperand(k), AsOperand(v));
        var job = new AttentionJob(new AttentionPlan(spec), q.WithUnitRows(), k.WithUnitRows(), v.WithUnitRows(), sinks?.Widened(), y.WithUnitRows(), state[0], state[1], RoundsOperands) { Unit = RoundsOperands ? Panels : null };
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
            for (int part = 0; part < plan.Parts(s); part++) rows += (long)plan.Spec.KvHeads * plan.SumRows(s, part);
        }
        Tensor? dkSums = dk.IsEmpty ? null : Tensor.Empty(this, [checked((int)rows), plan.D]);
        Tensor? dvSums = dv.IsEmpty ? null : Tensor.Empty(this, [checked((int)rows), plan.Dv]);
        Tensor? sinkSums = dsinks.IsEmpty ? null : Tensor.Empty(this, [items, plan.Group]);
        ForRanges(items, (items >> 15) + 1, new AttentionBackwardParts<T>(job, dy, dq, dkSums, dvSums, sinkSums));
        if (dkSums is not null) ForRanges(dk.Target.Shape[0], KeyGradientRows<T>.Rows, new KeyGradientRows<T>(plan, dkSums, plan.D, plan.Spec.HeadDim, dk, job.Unit is null ? 1 : plan.Spec.Scale / job.FoldedScale));
        if (dvSums is not null) ForRanges(dv.Target.Shape[0], KeyGradientRows<T>.Rows, new KeyGradientRows<T>(plan, dvSums, plan.Dv, plan.Spec.ValueDim, dv));
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

/// <summary>What both directions read; the maxima and the inverse sums are written by forward when a backward will come. Where products round their operands q, k and v are rounded already, but k and v not where they are rounded when they are read.</summary>
internal readonly record struct AttentionJob(AttentionPlan Plan, Tensor Q, Tensor K, Tensor V, Tensor? Sinks, Tensor Y, Tensor? Max, Tensor? Inverse, bool Rounds = false, bool RoundsRead = false)
{
    /// <summary>What multiplies q, k and v, which are BF16 then; null for vectors.</summary>
    public PanelUnit? Unit { get; init; }

    /// <summary>The part of the scale that a unit's queries are multiplied by: all of it where that is exact in BF16, else none.</summary>
    public float FoldedScale => CpuBackend.IsModestPowerOfTwo(Plan.Spec.Scale) ? Plan.Spec.Scale : 1;


    /// <summary>Writes down what backward needs of a row.</summary>
    public void Keep(int head, int row, float max, float inverse)
    {
        if (Max is null || Inverse is null) return;
        Row(Max, head, Max.Shape[1])[row] = max;
        Row(Inverse, head, Inverse.Shape[1])[row] = inverse;
    }
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

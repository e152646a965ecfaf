using Pure.Tuner.Ascend;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend : IAttentionKernel
{
    /// <summary>Sizes of the operator: a head, one of packed sequences, their number, the mask of the compressed modes, and the equal lanes in which a statistic is kept.</summary>
    private const int WidestHead = 768, WidestPackedHead = 512, MostHeads = 256, MaskSide = 2048, Lanes = 8;

    /// <summary>sparseMode: all keys up to the last (the last query sees the last key), and a band.</summary>
    private const long CausalToTheEnd = 3, Band = 4;

    /// <summary>
    /// What the card's operator does; the rest is composed by the portable kernel. No soft cap and no sinks, and a window only where queries
    /// and keys are alike, since the documents leave open from which end a band counts else.
    /// </summary>
    Support IAttentionKernel.Supports(in AttentionSpec spec) =>
        spec.SoftCap == 0 && !spec.HasSinks && spec.Heads <= MostHeads && spec.HeadDim is > 0 and <= WidestHead && spec.ValueDim > 0 && spec.ValueDim <= spec.HeadDim
        && _can.Has(AscendKernel.FlashAttention, AttentionType(spec))
        && (!AttentionRuns.HasWindow(spec) || spec.Segments.QueryLength.AsSpan().SequenceEqual(spec.Segments.KeyLength))
        && AttentionRuns.AreApart(spec.Segments.KeyStart, spec.Segments.KeyLength)
            ? Support.Both : Support.None;

    /// <summary>q, k and v in the dtype that products take; statistics and sums are F32, the result is rounded to this once.</summary>
    private DType AttentionType(in AttentionSpec spec) => ProductType == DType.F32 ? spec.DType : ProductType;

    /// <summary>Maximum and sum of each row of scores, eight times each.</summary>
    StateSpec IAttentionKernel.State(in AttentionSpec spec, int tokens) => new(([tokens, spec.Heads, Lanes], DType.F32), ([tokens, spec.Heads, Lanes], DType.F32));

    void IAttentionKernel.Forward(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor? sinks, Tensor y, State state)
    {
        if (y.Shape.Count == 0) return;
        if (MayTry(AscendKernel.FlashAttention, SizesOf(spec)))
            try
            {
                ForwardByKernel(spec, q, k, v, y, state);
                return;
            }
            catch (AclException e) when (IsRefusal(e)) { Refused(AscendKernel.FlashAttention, SizesOf(spec), e); }
        ForwardByParts(spec, q, k, v, y, state);
    }

    private void ForwardByKernel(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor y, State state)
    {
        using var scope = TensorScope.Begin();
        DType type = AttentionType(spec);
        Tensor qs = Typed(q, type).Packed(), ks = Typed(k, type).Packed(), vs = Typed(v, type).Packed(), ys = y.IsContiguous && y.DType == type ? y : Tensor.Empty(this, y.Shape, type);
        Tensor max = state.OrNull(0) ?? Tensor.Empty(this, [q.Shape[0], spec.Heads, Lanes]), sum = state.OrNull(1) ?? Tensor.Empty(this, [q.Shape[0], spec.Heads, Lanes]);
        if (IsOneRun(spec, q.Shape[0], k.Shape[0])) ForwardPacked(spec, qs, ks, vs, ys, max, sum);
        else
        {
            if (!AttentionRuns.Cover(spec.Segments.QueryStart, spec.Segments.QueryLength, q.Shape[0])) Fill(ys, 0);
            for (int s = 0; s < spec.Segments.Count; s++)
                if (spec.Segments.QueryLength[s] > 0) ForwardOne(spec, s, qs, ks, vs, ys, max, sum);
        }
        if (!ReferenceEquals(ys, y)) Copy(ys, y);
    }

    void IAttentionKernel.Backward(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor? sinks, Tensor y, State state, Tensor dy, Into dq, Into dk, Into dv, Into dsinks)
    {
        if (dq.IsEmpty && dk.IsEmpty && dv.IsEmpty && dsinks.IsEmpty) return;
        if (MayTry(AscendKernel.FlashAttention, SizesOf(spec)))
            try
            {
                BackwardByKernel(spec, q, k, v, y, state, dy, dq, dk, dv);
                return;
            }
            catch (AclException e) when (IsRefusal(e)) { Refused(AscendKernel.FlashAttention, SizesOf(spec), e); }
        BackwardByParts(spec, q, k, v, y, state, dy, dq, dk, dv);
    }

    private void BackwardByKernel(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor y, State state, Tensor dy, Into dq, Into dk, Into dv)
    {
        using var scope = TensorScope.Begin();
        Segments segments = spec.Segments;
        DType type = AttentionType(spec);
        Tensor qs = Typed(q, type).Packed(), ks = Typed(k, type).Packed(), vs = Typed(v, type).Packed(), ys = Typed(y, type).Packed(), dys = Typed(dy, type).Packed();
        Tensor dqs = GradientRoom(dq, qs), dks = GradientRoom(dk, ks), dvs = GradientRoom(dv, vs);
        if (IsOneRun(spec, q.Shape[0], k.Shape[0])) BackwardPacked(spec, qs, ks, vs, ys, state[0], state[1], dys, dqs, dks, dvs);
        else
        {
            if (!AttentionRuns.Cover(segments.QueryStart, segments.QueryLength, q.Shape[0])) Fill(dqs, 0);
            if (!AttentionRuns.Cover(segments.KeyStart, segments.KeyLength, k.Shape[0]) || segments.QueryLength.Contains(0))
            {
                Fill(dks, 0);
                Fill(dvs, 0);
            }
            for (int s = 0; s < segments.Count; s++)
                if (segments.QueryLength[s] > 0) BackwardOne(spec, s, qs, ks, vs, ys, state[0], state[1], dys, dqs, dks, dvs);
        }
        if (!dq.IsEmpty) Deliver(dqs, dq);
        if (!dk.IsEmpty) Deliver(dks, dk);
        if (!dv.IsEmpty) Deliver(dvs, dv);
    }

    /// <summary>All three gradients are computed, wanted or not.</summary>
    private Tensor GradientRoom(Into into, Tensor x) => into.IsEmpty ? Tensor.Empty(this, x.Shape, x.DType) : Room(into, x.DType);

    /// <summary>Whether one call of the variable-length form does all sequences.</summary>
    private bool IsOneRun(in AttentionSpec spec, int tokens, int keys) =>
        spec.Segments.Count > 1 && spec.HeadDim <= WidestPackedHead && !AttentionRuns.HasWindow(spec) && !spec.Segments.QueryLength.Contains(0) && AttentionRuns.AllSeeKeys(spec.Segments)
        && _acl.aclnnFlashAttentionVarLenScoreGetWorkspaceSize != null && _acl.aclnnFlashAttentionUnpaddingScoreGradGetWorkspaceSize != null
        && AttentionRuns.Cover(spec.Segments.QueryStart, spec.Segments.QueryLength, tokens) && AttentionRuns.Cover(spec.Segments.KeyStart, spec.Segments.KeyLength, keys);

    /// <summary>The mask that every compressed mode wants, whatever the lengths: 1 strictly above the diagonal means masked.</summary>
    private Tensor CausalMask() => _constants.Get(this, "attention.mask", [MaskSide, MaskSide], DType.Bool, mask =>
    {
        var above = new byte[MaskSide * MaskSide];
        for (int i = 0; i < MaskSide; i++) above.AsSpan(i * MaskSide + i + 1, MaskSide - i - 1).Fill(1);
        Upload(above, mask);
    });

    private static (long Mode, long Before, long After) Sparse(in AttentionSpec spec) =>
        AttentionRuns.HasWindow(spec) ? (Band, spec.Window - 1, 0) : (CausalToTheEnd, int.MaxValue, 0);

    private void ForwardOne(in AttentionSpec spec, int s, Tensor q, Tensor k, Tensor v, Tensor y, Tensor max, Tensor sum)
    {
        AttentionRuns run = new(spec.Segments, s);
        (long mode, long before, long after) = Sparse(spec);
        Tensor mask = CausalMask(), qs = run.Queries(q), ks = run.Keys(k), vs = run.Keys(v), ys = run.Queries(y), maxs = run.Statistics(max), sums = run.Statistics(sum);
        OpCall c = BeginLate(AscendKernel.FlashAttention, SizesOf(spec) ^ (mode << 61), (long)qs.Shape[1] << 32 ^ ks.Shape[1]);
        c.aclnnFlashAttentionScore(c.In(qs), c.In(ks), c.In(vs), c.Null, c.Null, c.Null, c.In(mask), c.Null, spec.Scale, 1, before, after, spec.Heads, OpCall.Text("BSND"u8), 0, mode,
            c.Out(maxs), c.Out(sums), c.Nothing(q.DType), c.Out(ys));
    }

    private void ForwardPacked(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor y, Tensor max, Tensor sum)
    {
        (long mode, long before, long after) = Sparse(spec);
        Tensor mask = CausalMask();
        OpCall c = BeginLate(AscendKernel.FlashAttention, ~SizesOf(spec), (long)q.Shape[0] << 32 ^ k.Shape[0]);
        c.aclnnFlashAttentionVarLenScore(c.In(q), c.In(k), c.In(v), c.Null, c.Null, c.Null, c.In(mask), c.Null, c.Integers(AttentionRuns.Ends(spec.Segments.QueryLength)), c.Integers(AttentionRuns.Ends(spec.Segments.KeyLength)),
            spec.Scale, 1, before, after, spec.Heads, OpCall.Text("TND"u8), 0, mode, c.Out(max), c.Out(sum), c.Nothing(q.DType), c.Out(y));
    }

    private void BackwardOne(in AttentionSpec spec, int s, Tensor q, Tensor k, Tensor v, Tensor y, Tensor max, Tensor sum, Tensor dy, Tensor dq, Tensor dk, Tensor dv)
    {
        AttentionRuns run = new(spec.Segments, s);
        (long mode, long before, long after) = Sparse(spec);
        Tensor mask = CausalMask(), qs = run.Queries(q), ks = run.Keys(k), vs = run.Keys(v), ys = run.Queries(y), maxs = run.Statistics(max), sums = run.Statistics(sum);
        Tensor dys = run.Queries(dy), dqs = run.Queries(dq), dks = run.Keys(dk), dvs = run.Keys(dv);
        OpCall c = Begin(asks: true);
        c.aclnnFlashAttentionScoreGrad(c.In(qs), c.In(ks), c.In(vs), c.In(dys), c.Null, c.Null, c.Null, c.In(mask), c.In(maxs), c.In(sums), c.Null, c.In(ys), c.Null, spec.Scale, 1, before, after, spec.Heads, OpCall.Text("BSND"u8), 0, mode,
            c.Out(dqs), c.Out(dks), c.Out(dvs), c.Nothing(q.DType));
    }

    private void BackwardPacked(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor y, Tensor max, Tensor sum, Tensor dy, Tensor dq, Tensor dk, Tensor dv)
    {
        (long mode, long before, long after) = Sparse(spec);
        Tensor mask = CausalMask();
        OpCall c = Begin(asks: true);
        c.aclnnFlashAttentionUnpaddingScoreGrad(c.In(q), c.In(k), c.In(v), c.In(dy), c.Null, c.Null, c.Null, c.In(mask), c.In(max), c.In(sum), c.Null, c.In(y), c.Null, c.Integers(AttentionRuns.Ends(spec.Segments.QueryLength)), c.Integers(AttentionRuns.Ends(spec.Segments.KeyLength)),
            spec.Scale, 1, before, after, spec.Heads, OpCall.Text("TND"u8), 0, mode, c.Out(dq), c.Out(dk), c.Out(dv), c.Nothing(q.DType));
    }
}

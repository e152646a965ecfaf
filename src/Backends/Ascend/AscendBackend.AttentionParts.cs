using Pure.Tuner.Ascend;
using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Attention composed in the place of an operator that the card refused: what is kept between the directions stays as the operator would have it, so that either may be composed.</summary>
public sealed unsafe partial class AscendBackend
{
    private long SizesOf(in AttentionSpec spec) => (long)AttentionType(spec) << 56 ^ (long)spec.HeadDim << 40 ^ (long)spec.ValueDim << 28 ^ (long)spec.Heads << 14 ^ (long)spec.KvHeads;

    private void ForwardByParts(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor y, State state)
    {
        using var scope = TensorScope.Begin();
        var parts = new PortableAttention(this);
        if (state.IsEmpty)
        {
            parts.Forward(spec, q, k, v, null, y, state);
            return;
        }
        Tensor lse = Tensor.Empty(this, [spec.Heads, q.Shape[0]]);
        parts.Forward(spec, q, k, v, null, y, new State([lse]));
        // A largest score of lse and a sum of 1 are the same probabilities.
        Fill(state[1], 1);
        foreach ((Tensor ofScores, Tensor kept) in Statistics(spec, lse, state[0], q.Shape[0], k.Shape[0])) Copy(ofScores, kept);
    }

    private void BackwardByParts(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor y, State state, Tensor dy, Into dq, Into dk, Into dv)
    {
        using var scope = TensorScope.Begin();
        Tensor lse = Tensor.Empty(this, [spec.Heads, q.Shape[0]]), sums = Tensor.EmptyLike(state[1]);
        Unary(UnaryKind.Log, state[1], sums);
        Binary(BinaryKind.Add, state[0], sums, sums);
        foreach ((Tensor ofScores, Tensor kept) in Statistics(spec, lse, sums, q.Shape[0], k.Shape[0]))
        {
            int[] lengths = [.. kept.Shape.Lengths[..^1]];
            Copy(kept.View(new Shape(lengths), [.. kept.Strides[..^1]], kept.Offset), ofScores.View(new Shape(lengths), [.. ofScores.Strides[..^1]], ofScores.Offset));
        }
        new PortableAttention(this).Backward(spec, q, k, v, null, y, new State([lse]), dy, dq, dk, dv, default);
    }

    /// <summary>Views of [heads, tokens] and of the operator's statistics in which the same element has the same place: one for packed sequences, else one for each.</summary>
    private IEnumerable<(Tensor OfScores, Tensor Kept)> Statistics(AttentionSpec spec, Tensor lse, Tensor kept, int tokens, int keys)
    {
        if (IsOneRun(spec, tokens, keys))
        {
            yield return (lse.View([tokens, spec.Heads, Lanes], [1, tokens, 0], lse.Offset), kept);
            yield break;
        }
        for (int s = 0; s < spec.Segments.Count; s++)
        {
            int queries = spec.Segments.QueryLength[s];
            if (queries == 0) continue;
            yield return (lse.View([1, spec.Heads, queries, Lanes], [0, tokens, 1, 0], lse.Offset + spec.Segments.QueryStart[s]), new AttentionRuns(spec.Segments, s).Statistics(kept));
        }
    }
}

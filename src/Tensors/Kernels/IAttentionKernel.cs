namespace Pure.Tuner.Kernels;

/// <summary>Causal attention over packed rows: softmax(cap(scale · q kᵀ) + mask) v per head, grouped keys.</summary>
/// <param name="Heads">Query heads; query head h reads key head h / (Heads / KvHeads).</param>
/// <param name="KvHeads">Key and value heads.</param>
/// <param name="HeadDim">Elements of a query and key head.</param>
/// <param name="ValueDim">Elements of a value head.</param>
/// <param name="Scale">Factor of the scores.</param>
/// <param name="Window">How many keys back a query sees, itself included; 0 for all.</param>
/// <param name="SoftCap">c in c · tanh(score / c); 0 for none.</param>
/// <param name="HasSinks">One learned logit a head joins the softmax and is dropped.</param>
/// <param name="DType">Dtype of q, k, v, y.</param>
/// <param name="Segments">Which rows belong together.</param>
public readonly record struct AttentionSpec(int Heads, int KvHeads, int HeadDim, int ValueDim, float Scale, int Window, float SoftCap, bool HasSinks, DType DType, Segments Segments)
{
    /// <summary>Throws when the shapes do not fit.</summary>
    public static AttentionSpec Check(string op, Tensor q, Tensor k, Tensor v, Tensor? sinks, Segments segments, float scale, int window, float softCap)
    {
        if (q.Shape.Rank != 3 || k.Shape.Rank != 3 || v.Shape.Rank != 3)
            throw new ArgumentException($"{op}: q, k, v must be [tokens, heads, head_dim]: {q.Shape}, {k.Shape}, {v.Shape}");
        if (k.Shape[0] != v.Shape[0] || k.Shape[1] != v.Shape[1])
            throw new ArgumentException($"{op}: keys and values differ: {k.Shape} and {v.Shape}");
        if (q.Shape[2] != k.Shape[2]) throw new ArgumentException($"{op}: head sizes differ: {q.Shape} and {k.Shape} ({q.Shape[2]} against {k.Shape[2]})");
        if (k.Shape[1] == 0 || q.Shape[1] % k.Shape[1] != 0)
            throw new ArgumentException($"{op}: {q.Shape[1]} heads cannot share {k.Shape[1]} key heads: {q.Shape} and {k.Shape}");
        if (q.DType != k.DType || q.DType != v.DType) throw new ArgumentException($"{op}: dtypes differ: {q.DType.Name}, {k.DType.Name}, {v.DType.Name}");
        if (sinks is not null && (sinks.Shape.Rank != 1 || sinks.Shape[0] != q.Shape[1]))
            throw new ArgumentException($"{op}: one sink a head: {sinks.Shape} for {q.Shape[1]} heads");
        for (int i = 0; i < segments.Count; i++)
            if (segments.QueryStart[i] + segments.QueryLength[i] > q.Shape[0] || segments.KeyStart[i] + segments.KeyLength[i] > k.Shape[0])
                throw new ArgumentException($"{op}: sequence {i} ends outside the rows: queries {segments.QueryStart[i]}+{segments.QueryLength[i]} of {q.Shape[0]}, keys {segments.KeyStart[i]}+{segments.KeyLength[i]} of {k.Shape[0]}");
        return new(q.Shape[1], k.Shape[1], q.Shape[2], v.Shape[2], scale, window, softCap, sinks is not null, q.DType, segments);
    }
}

/// <summary>Attention; never holds a tokens × tokens matrix.</summary>
public interface IAttentionKernel
{
    /// <summary>What it can do: sees dtype, sizes, window, packing, soft cap, sinks.</summary>
    Support Supports(in AttentionSpec spec);

    /// <summary>What its backward wants kept.</summary>
    StateSpec State(in AttentionSpec spec, int tokens);

    /// <summary>q [tokens, heads, d], k [keys, kvHeads, d], v [keys, kvHeads, dv], sinks [heads] or null, y [tokens, heads, dv]; rows outside every sequence become 0.</summary>
    void Forward(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor? sinks, Tensor y, State state);

    /// <summary>Gradients; dsinks F32 [heads].</summary>
    void Backward(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor? sinks, Tensor y, State state, Tensor dy, Into dq, Into dk, Into dv, Into dsinks);
}

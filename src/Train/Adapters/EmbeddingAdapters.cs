namespace Pure.Tuner;

/// <summary>table + s (B A)ᵀ: row id is table[id] + s · B A[:, id].</summary>
internal sealed class LoraEmbeddingAdapter(Parameter a, Parameter b, float scale) : IEmbeddingAdapter
{
    /// <summary>[rank, vocab]</summary>
    internal Parameter A => a;

    /// <summary>[hidden, rank]</summary>
    internal Parameter B => b;

    internal float Scale => scale;

    /// <inheritdoc/>
    public Tensor Forward(Embedding table, ReadOnlySpan<int> ids, Tensor rows)
    {
        Tensor picked = GatherRowsOp.Apply(a.Value.To(rows.DType).Transpose(), Tensor.From(rows.Backend, ids, [ids.Length]), table.Learned(rows.Backend, ids));
        return rows + picked.MatMul(b.Value.To(rows.DType).Transpose()) * scale;
    }

    /// <summary>s (B A)ᵀ, [vocab, hidden].</summary>
    internal Tensor Delta() => a.Value.To(DType.F32).Transpose().MatMul(b.Value.To(DType.F32).Transpose()) * scale;
}

/// <summary>Some rows of the table are replaced by trained ones; a tied head reads the same rows.</summary>
internal sealed class TrainableTokens(Parameter delta, int[] tokens, int vocab) : IEmbeddingAdapter, ILinearAdapter
{
    /// <summary>The new rows, [tokens, hidden], in the order of the list.</summary>
    internal Parameter Delta => delta;

    internal int[] Tokens => tokens;

    /// <inheritdoc/>
    public Tensor Forward(Embedding table, ReadOnlySpan<int> ids, Tensor rows)
    {
        var replaced = new bool[ids.Length];
        var place = new int[ids.Length];
        var learned = new int[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            int at = Array.IndexOf(tokens, ids[i]);
            (replaced[i], place[i], learned[i]) = (at >= 0, Math.Max(0, at), ids[i] == table.PadId ? -1 : at);
        }
        Tensor mask = Tensor.From<bool>(rows.Backend, replaced, [ids.Length, 1]).Expand(rows.Shape);
        Tensor own = GatherRowsOp.Apply(delta.Value.To(rows.DType), Tensor.From<int>(rows.Backend, place, [ids.Length]), Tensor.From<int>(rows.Backend, learned, [ids.Length]));
        return TensorOps.Select(mask, own, rows);
    }

    /// <inheritdoc/>
    public Tensor Forward(Linear layer, Tensor x, ForwardContext context)
    {
        Tensor logits = x.Linear(layer.Weight, layer.Bias);
        var replaced = new bool[vocab];
        var place = new float[tokens.Length * vocab];
        for (int i = 0; i < tokens.Length; i++)
        {
            replaced[tokens[i]] = true;
            place[i * vocab + tokens[i]] = 1;
        }
        Tensor own = x.Linear(delta).MatMul(Tensor.From<float>(x.Backend, place, [tokens.Length, vocab]).To(x.DType));
        return TensorOps.Select(Tensor.From<bool>(x.Backend, replaced, [1, vocab]).Expand(logits.Shape), own, logits);
    }
}

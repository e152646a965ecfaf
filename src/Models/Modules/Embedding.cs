namespace Pure.Tuner;

/// <summary>What is added to an embedding table without touching the module tree.</summary>
public interface IEmbeddingAdapter
{
    /// <summary>The look-up with the adapter at work.</summary>
    /// <param name="table">The table it sits on.</param>
    /// <param name="ids">Ids of the rows.</param>
    /// <param name="rows">The table's own answer, [tokens, hidden].</param>
    Tensor Forward(Embedding table, ReadOnlySpan<int> ids, Tensor rows);
}

/// <summary>The table of token vectors, with one slot for an adapter.</summary>
public sealed class Embedding
{
    private readonly int? _pad;

    internal Embedding(WeightSource w, int vocab, int hidden, int? pad)
    {
        (Path, _pad) = (w.Path, pad);
        Weight = w.Weight("weight", [vocab, hidden]);
    }

    /// <summary>The module's path in the checkpoint's names.</summary>
    public string Path { get; }

    /// <summary>[vocab, hidden]</summary>
    public Weight Weight { get; internal set; }

    /// <summary>The adapter at work, or null.</summary>
    public IEmbeddingAdapter? Adapter { get; set; }

    /// <summary>A vector for each id, [tokens, hidden]. The pad id's row learns nothing from it.</summary>
    internal Tensor Forward(Backend backend, ReadOnlySpan<int> ids)
    {
        Tensor all = Tensor.From(backend, ids, [ids.Length]);
        Tensor rows = TensorOps.Embedding(all, Weight, Weight is Parameter { RequiresGrad: true } ? Learned(backend, ids) : null);
        return Adapter is null ? rows : Adapter.Forward(this, ids, rows);
    }

    /// <summary>The id whose look-up learns nothing, or null.</summary>
    internal int? PadId => _pad;

    /// <summary>The ids with -1 in the place of the pad id; null where there is no pad id.</summary>
    internal Tensor? Learned(Backend backend, ReadOnlySpan<int> ids)
    {
        if (_pad is not { } pad) return null;
        int[] learned = ids.ToArray();
        for (int i = 0; i < learned.Length; i++)
            if (learned[i] == pad) learned[i] = -1;
        return Tensor.From<int>(backend, learned, [learned.Length]);
    }
}

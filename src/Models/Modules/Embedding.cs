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
        Weight = w.Parameter("weight", [vocab, hidden]);
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
        Tensor? learned = Weight is Parameter { RequiresGrad: true } && _pad is { } pad ? WithoutPad(backend, ids, pad) : null;
        Tensor rows = TensorOps.Embedding(all, Weight, learned);
        return Adapter is null ? rows : Adapter.Forward(this, ids, rows);
    }

    private static Tensor WithoutPad(Backend backend, ReadOnlySpan<int> ids, int pad)
    {
        int[] learned = ids.ToArray();
        for (int i = 0; i < learned.Length; i++)
            if (learned[i] == pad) learned[i] = -1;
        return Tensor.From<int>(backend, learned, [learned.Length]);
    }
}

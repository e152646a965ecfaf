namespace Pure.Tuner;

/// <summary>y = x Wᵀ + scale · (drop(x) Aᵀ) Bᵀ + bias. Hu et al. 2021, arXiv:2106.09685.</summary>
internal sealed class LoraAdapter(Parameter a, Parameter b, float scale, float dropout) : ILinearAdapter
{
    /// <summary>[rank, in]</summary>
    internal Parameter A => a;

    /// <summary>[out, rank]</summary>
    internal Parameter B => b;

    /// <summary>alpha / r, or alpha / √r.</summary>
    internal float Scale => scale;

    /// <inheritdoc/>
    public Tensor Forward(Linear layer, Tensor x, ForwardContext context) => Forward(layer, x, context, unread: false);

    /// <inheritdoc/>
    public Tensor ForwardUnread(Linear layer, Tensor x, ForwardContext context) => Forward(layer, x, context, unread: true);

    private Tensor Forward(Linear layer, Tensor x, ForwardContext context, bool unread)
    {
        Tensor y = LoraLinearOp.Apply(x, Dropped(layer, x, context), layer.Weight, a, b, scale, unread);
        return layer.Bias is { } bias ? y + bias.Value.To(y.DType) : y;
    }

    internal Tensor Dropped(Linear layer, Tensor x, ForwardContext context) =>
        context.IsTraining && dropout > 0 ? x.Dropout(context.RandomKey(layer.Path), dropout) : x;

    /// <summary>scale · B A, [out, in].</summary>
    internal Tensor Delta() => b.Value.To(DType.F32).MatMul(a.Value.To(DType.F32)) * scale;
}

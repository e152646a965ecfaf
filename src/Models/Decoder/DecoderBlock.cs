namespace Pure.Tuner;

/// <summary>Pre-norm decoder layer: h = x + attention(norm(x)); y = h + mlp(norm(h)).</summary>
internal sealed class DecoderBlock(DecoderConfig config, int layer, WeightSource w)
{
    private readonly RmsNorm _attentionNorm = new(w.At("input_layernorm"), config.Hidden, config.NormEps);
    private readonly Attention _attention = new(config, layer, w.At("self_attn"));
    private readonly RmsNorm _mlpNorm = new(w.At("post_attention_layernorm"), config.Hidden, config.NormEps);
    private readonly GatedMlp _mlp = new(config, w.At("mlp"));

    internal IEnumerable<Linear> Linears => [.. _attention.Linears, .. _mlp.Linears];

    /// <param name="x">Hidden states of all rows, packed without padding, [tokens, hidden].</param>
    /// <param name="context">Positions, segments, cache.</param>
    internal Tensor Forward(Tensor x, ForwardContext context)
    {
        using var scope = TensorScope.Begin();
        Tensor h = x + _attention.Forward(_attentionNorm.Forward(x), context);
        return scope.Return(h + _mlp.Forward(_mlpNorm.Forward(h), context));
    }
}

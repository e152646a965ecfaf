namespace Pure.Tuner;

/// <summary>Pre-norm decoder layer: h = x + attention(norm(x)); y = h + mlp(norm(h)).</summary>
internal sealed class DecoderBlock(DecoderConfig config, int layer, WeightSource w)
{
    private readonly string _path = w.Path;

    internal RmsNorm AttentionNorm { get; } = new(w.At("input_layernorm"), config.Hidden, config.NormEps);
    internal Attention Attention { get; } = new(config, layer, w.At("self_attn"));
    internal RmsNorm MlpNorm { get; } = new(w.At("post_attention_layernorm"), config.Hidden, config.NormEps);
    internal GatedMlp Mlp { get; } = new(config, w.At("mlp"));

    internal IEnumerable<Linear> Linears => [.. Attention.Linears, .. Mlp.Linears];

    /// <param name="x">Hidden states of all rows, packed without padding, [tokens, hidden].</param>
    /// <param name="context">Positions, segments, cache.</param>
    /// <param name="unread">Whether only gradients are wanted and nobody reads the result.</param>
    internal Tensor Forward(Tensor x, ForwardContext context, bool unread = false)
    {
        using var scope = TensorScope.Begin();
        using ProfileSpan span = Profile.Layer(_path);
        (Tensor h, Tensor normed) = MlpNorm.Forward(x, Attention.Forward(AttentionNorm.Forward(x), context));
        return scope.Return(h + Mlp.Forward(normed, context, unread));
    }
}

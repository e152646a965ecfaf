namespace Pure.Tuner;

/// <summary>Multi-head attention with grouped keys and rotary positions.</summary>
internal sealed class Attention
{
    private readonly DecoderConfig _config;
    private readonly int _layer;
    private readonly Linear _q, _k, _v, _o;
    private readonly RmsNorm? _qNorm, _kNorm;

    internal Attention(DecoderConfig config, int layer, WeightSource w)
    {
        (_config, _layer) = (config, layer);
        int q = config.Heads * config.HeadDim, kv = config.KvHeads * config.HeadDim;
        _q = new Linear(w.At("q_proj"), config.Hidden, q, config.QkvBias);
        _k = new Linear(w.At("k_proj"), config.Hidden, kv, config.QkvBias);
        _v = new Linear(w.At("v_proj"), config.Hidden, kv, config.QkvBias);
        _o = new Linear(w.At("o_proj"), q, config.Hidden, config.OutputBias);
        if (!config.QkNorm) return;
        _qNorm = new RmsNorm(w.At("q_norm"), config.HeadDim, config.NormEps);
        _kNorm = new RmsNorm(w.At("k_norm"), config.HeadDim, config.NormEps);
    }

    internal IEnumerable<Linear> Linears => [_q, _k, _v, _o];

    /// <param name="x">[tokens, hidden].</param>
    /// <param name="context">Positions, segments, cache.</param>
    internal Tensor Forward(Tensor x, ForwardContext context) => _o.Forward(Mix(x, context), context);

    /// <summary>What enters the output projection, [tokens, heads · head size].</summary>
    internal Tensor Mix(Tensor x, ForwardContext context)
    {
        int tokens = x.Shape[0];
        Tensor q = _q.Forward(x, context).Reshape([tokens, _config.Heads, _config.HeadDim]);
        Tensor k = _k.Forward(x, context).Reshape([tokens, _config.KvHeads, _config.HeadDim]);
        Tensor v = _v.Forward(x, context).Reshape([tokens, _config.KvHeads, _config.HeadDim]);
        if (_qNorm is not null) (q, k) = (_qNorm.Forward(q), _kNorm!.Forward(k));
        // The projections are nobody's but ours: no operator keeps what it gave for its backward here.
        q = q.RopeInPlace(context.Cos!, context.Sin!, _config.Rope.Layout);
        k = k.RopeInPlace(context.Cos!, context.Sin!, _config.Rope.Layout);
        if (context.Cache is { } cache) (k, v) = cache.Append(_layer, k, v, context.Segments);
        Tensor y = TensorOps.Attention(q, k, v, context.Segments, _config.AttentionScale, _config.Windows[_layer]);
        return y.Reshape([tokens, _config.Heads * _config.HeadDim]);
    }
}

/// <summary>down(act(gate(x)) · up(x))</summary>
internal sealed class GatedMlp
{
    private readonly DecoderConfig _config;
    private readonly Linear _gate, _up, _down;

    internal GatedMlp(DecoderConfig config, WeightSource w)
    {
        _config = config;
        _gate = new Linear(w.At("gate_proj"), config.Hidden, config.Intermediate, config.MlpBias);
        _up = new Linear(w.At("up_proj"), config.Hidden, config.Intermediate, config.MlpBias);
        _down = new Linear(w.At("down_proj"), config.Intermediate, config.Hidden, config.MlpBias);
    }

    internal IEnumerable<Linear> Linears => [_gate, _up, _down];

    /// <param name="x">[tokens, hidden].</param>
    /// <param name="context">The call.</param>
    /// <param name="unread">Whether only gradients are wanted and nobody reads the result.</param>
    internal Tensor Forward(Tensor x, ForwardContext context, bool unread = false) => _down.Forward(Gated(x, context), context, unread);

    /// <summary>What enters the down projection, [tokens, intermediate].</summary>
    internal Tensor Gated(Tensor x, ForwardContext context) => _gate.Forward(x, context).ActivateGate(_config.Activation, _up.Forward(x, context));
}

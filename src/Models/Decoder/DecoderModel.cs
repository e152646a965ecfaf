namespace Pure.Tuner;

/// <summary>A decoder built by its configuration: embedding, layers, final norm, output head.</summary>
public sealed class DecoderModel : IDisposable
{
    private readonly DecoderBlock[] _layers;
    private readonly RmsNorm _norm;
    private readonly RopeTable _rope;
    private readonly WeightSource _source;

    internal DecoderModel(DecoderConfig config, WeightSource w)
    {
        using ProfileSpan span = Profile.Work("weights");
        (Config, _source) = (config, w);
        _rope = new RopeTable(config.Rope);
        WeightSource body = w.At("model");
        Embedding = new Embedding(body.At("embed_tokens"), config.Vocab, config.Hidden, config.PadId);
        _layers = new DecoderBlock[config.Layers];
        for (int i = 0; i < _layers.Length; i++) _layers[i] = new DecoderBlock(config, i, body.At($"layers.{i}"));
        _norm = new RmsNorm(body.At("norm"), config.Hidden, config.NormEps);
        // A file may hold the head although the configuration says it is tied: then they are the same numbers, as transformers reads it.
        Head = config.TiesHead ?? !w.At("lm_head").Has("weight") ? new Linear("lm_head", Embedding.Weight) : new Linear(w.At("lm_head"), config.Hidden, config.Vocab, bias: false);
    }

    internal DecoderConfig Config { get; }

    /// <summary>The device that holds it.</summary>
    public Backend Backend => _source.Backend;

    /// <summary>All parameters in the order of construction, a tied head once, under the embedding's name. Packed weights are not among them.</summary>
    public IReadOnlyList<Parameter> Parameters => _source.Parameters;

    /// <summary>All parameters and packed weights in the order of construction.</summary>
    public IReadOnlyList<Weight> Weights => _source.Weights;

    /// <summary>The layers, first to last.</summary>
    internal IReadOnlyList<DecoderBlock> Layers => _layers;

    /// <summary>The rotation's tables for a call, for one who runs the layers himself; they live as long as the scope around.</summary>
    internal void Prepare(ForwardContext context) => (context.Cos, context.Sin) = _rope.For(Backend, context.Positions);

    /// <summary>All linear layers of the blocks: layer by layer q, k, v, o, gate, up, down. The head is not among them.</summary>
    public IEnumerable<Linear> Linears => _layers.SelectMany(l => l.Linears);

    /// <summary>The table of token vectors.</summary>
    public Embedding Embedding { get; }

    /// <summary>The output head, [vocab, hidden]; on the embedding's own weight when tied.</summary>
    public Linear Head { get; }

    /// <summary>Largest position the model was made for.</summary>
    public int MaxPositions => Config.MaxPositions;

    /// <summary>Number of ids.</summary>
    public int Vocab => Config.Vocab;

    /// <summary>Loads a checkpoint's decoder.</summary>
    /// <exception cref="CheckpointException">The configuration or a tensor is missing, wrong or not supported.</exception>
    internal static DecoderModel Load(Checkpoint checkpoint, Backend backend)
    {
        System.Text.Json.Nodes.JsonObject json = checkpoint.ReadConfig();
        return Load(checkpoint, backend, json, PackedLayout.Of(checkpoint, json));
    }

    /// <param name="checkpoint">The tensors.</param>
    /// <param name="backend">The device.</param>
    /// <param name="json">The configuration in place of the checkpoint's own.</param>
    /// <param name="layout">Where packed weights stand in it, or null: none are packed.</param>
    /// <param name="expands">Whether packed weights are dequantised, to F32.</param>
    /// <param name="freshSeed">For fresh weights in place of the checkpoint's: the seed.</param>
    internal static DecoderModel Load(Checkpoint checkpoint, Backend backend, System.Text.Json.Nodes.JsonObject json, PackedLayout? layout, bool expands = false, int? freshSeed = null)
    {
        DecoderConfig config = Families.Read(json, checkpoint.ConfigSource);
        WeightSource source = freshSeed is { } seed ? WeightSource.Fresh(backend, seed, config.InitializerRange) : WeightSource.From(checkpoint, backend, layout, expands);
        try { return new DecoderModel(config, source); }
        catch
        {
            foreach (Weight weight in source.Weights) weight.Dispose();
            throw;
        }
    }

    /// <summary>Final hidden states after the last norm, [tokens, hidden].</summary>
    /// <param name="ids">Of all rows, packed without padding.</param>
    /// <param name="context">Positions, segments, cache.</param>
    /// <exception cref="ArgumentException">An id is outside the vocabulary, or the numbers of ids and positions differ.</exception>
    public Tensor Hidden(ReadOnlySpan<int> ids, ForwardContext context)
    {
        if (ids.Length != context.Positions.Length) throw new ArgumentException($"decoder: {ids.Length} ids for {context.Positions.Length} positions");
        foreach (int id in ids)
            if ((uint)id >= (uint)Config.Vocab) throw new ArgumentException($"decoder: id {id} is outside the vocabulary of {Config.Vocab}; the tokenizer does not fit the model");
        using var scope = TensorScope.Begin();
        (Tensor cos, Tensor sin) = _rope.For(Backend, context.Positions);
        (context.Cos, context.Sin) = (scope.Return(cos), scope.Return(sin));      // a layer that is run again in backward reads them
        Tensor x = Embedding.Forward(Backend, ids);
        if (context is { IsTraining: true, EmbeddingNoise: > 0 }) x = x + UniformNoise.Like(x, context.RandomKey($"{Embedding.Path}.noise"), context.EmbeddingNoise);
        for (int i = 0; i < _layers.Length; i++)
        {
            context.OnHidden?.Invoke(i, x);
            DecoderBlock layer = _layers[i];
            x = context.Checkpoints ? Recomputed(layer, x, context) : layer.Forward(x, context);
        }
        context.OnHidden?.Invoke(_layers.Length, x);
        return scope.Return(_norm.Forward(x));
    }

    private static Tensor Recomputed(DecoderBlock layer, Tensor x, ForwardContext context) => ActivationCheckpoint.Run(h => layer.Forward(h, context), x, h => layer.Forward(h, context, unread: true));

    /// <summary>Logits of chosen rows, [rows, vocab].</summary>
    /// <param name="hidden">From <see cref="Hidden"/>.</param>
    /// <param name="context">The same call's.</param>
    /// <param name="rows">Which; all when null.</param>
    public Tensor Logits(Tensor hidden, ForwardContext context, int[]? rows = null)
    {
        using var scope = TensorScope.Begin();
        Tensor x = rows is null ? hidden : hidden.GatherRows(Tensor.From<int>(Backend, rows, [rows.Length]));
        return scope.Return(Head.Forward(x, context));
    }

    /// <summary>Negative log-likelihood of each target, F32 [targets]: rows without a target never reach the head.</summary>
    /// <param name="hidden">From <see cref="Hidden"/>.</param>
    /// <param name="context">The same call's.</param>
    /// <param name="rows">The rows that have a target.</param>
    /// <param name="targets">The id that comes next, one for each of <paramref name="rows"/>.</param>
    /// <param name="smoothing">e in (1-e) · nll + e · the mean of -log p over the vocabulary; 0 for none.</param>
    public Tensor NegativeLogLikelihood(Tensor hidden, ForwardContext context, int[] rows, int[] targets, float smoothing = 0)
    {
        using var scope = TensorScope.Begin();
        Tensor x = hidden.GatherRows(Tensor.From<int>(Backend, rows, [rows.Length]));
        if (Head.Adapter is null && Head.Bias is null)
            return scope.Return(x.LinearCrossEntropy(Head.Weight, Tensor.From<int>(Backend, targets, [targets.Length]), smoothing: smoothing));
        // An adapted head has no weight of its own to fuse with the loss: its logits are made whole.
        Tensor logP = Head.Forward(x, context).LogSoftmax();
        int[] cells = [.. targets.Select((t, i) => i * Vocab + t)];
        Tensor picked = logP.Reshape([cells.Length * Vocab, 1]).GatherRows(Tensor.From<int>(Backend, cells, [cells.Length]));
        picked = picked.Reshape([cells.Length]);
        return scope.Return(smoothing == 0 ? -picked : -(picked * (1 - smoothing) + logP.MeanLast().Reshape([cells.Length]) * smoothing));
    }

    /// <summary>Gives a tied head a weight of its own, a copy of the embedding; does nothing otherwise.</summary>
    internal void UntieHead()
    {
        if (!ReferenceEquals(Head.Weight, Embedding.Weight)) return;
        using (TensorScope.Suspend())
        {
            Tensor copy = Tensor.Empty(Backend, Embedding.Weight.Shape, (Embedding.Weight as Parameter)?.Value.DType ?? DType.F32);
            Embedding.Weight.Read(.., copy);
            Head.Weight = _source.Adopt("lm_head.weight", copy);
        }
    }

    /// <summary>A layer's packed weight becomes a parameter of its own, dequantised; does nothing to a parameter.</summary>
    internal Parameter Expand(Linear layer)
    {
        if (layer.Weight is Parameter dense) return dense;
        Parameter parameter = Expanded(layer.Weight);
        bool ofEmbedding = ReferenceEquals(layer.Weight, Embedding.Weight);
        _source.Replace(layer.Weight, parameter).Dispose();
        if (ofEmbedding) Embedding.Weight = parameter;
        layer.Weight = parameter;
        return parameter;
    }

    /// <summary>Puts another weight into a layer; what was there before becomes the caller's.</summary>
    internal void Replace(Linear layer, Weight by)
    {
        _source.Replace(layer.Weight, by);
        layer.Weight = by;
    }

    /// <summary>The embedding's packed table becomes a parameter, dequantised, and a tied head with it.</summary>
    internal Parameter ExpandEmbedding()
    {
        if (Embedding.Weight is Parameter dense) return dense;
        Parameter parameter = Expanded(Embedding.Weight);
        bool tied = IsTied;
        _source.Replace(Embedding.Weight, parameter).Dispose();
        Embedding.Weight = parameter;
        if (tied) Head.Weight = parameter;
        return parameter;
    }

    /// <summary>Puts another table in the place of the embedding's, and of a tied head's; what was there before becomes the caller's.</summary>
    internal void ReplaceEmbedding(Weight by)
    {
        bool tied = IsTied;
        _source.Replace(Embedding.Weight, by);
        Embedding.Weight = by;
        if (tied) Head.Weight = by;
    }

    private Parameter Expanded(Weight packed)
    {
        using (TensorScope.Suspend())
        {
            Tensor dense = Tensor.Empty(Backend, packed.Shape);
            packed.Read(.., dense);
            return new Parameter(packed.Name, dense);
        }
    }

    /// <summary>Whether head and embedding are one weight.</summary>
    internal bool IsTied => ReferenceEquals(Head.Weight, Embedding.Weight);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Weight weight in Weights) weight.Dispose();
    }
}

using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>A LoRA and all that PEFT trains with it, on one model: layers, embedding, head, whole modules, biases, single tokens.</summary>
internal sealed class AdapterSet : IDisposable
{
    /// <summary>Starts that take a part out of the base.</summary>
    private static readonly string[] s_decomposing = ["olora", "corda", "loftq"];

    private const string Prefix = "base_model.model.";
    private readonly List<AdapterTensor> _tensors = [];
    private readonly List<Action> _attach = [], _detach = [], _merge = [];
    private bool _attached, _lazily;
    private Func<string, RowReader>? _original;

    private AdapterSet(DecoderModel model, AdapterConfig config) => (Model, Config) = (model, config);

    internal DecoderModel Model { get; }
    internal AdapterConfig Config { get; }

    /// <summary>What is trained, by the names in adapter_model.safetensors, in model order.</summary>
    internal IReadOnlyList<AdapterTensor> Tensors => _tensors;

    internal IEnumerable<Parameter> Parameters => _tensors.Select(t => t.Parameter);

    /// <summary>A fresh adapter: A as PEFT draws it from the seed, B zero; the model behaves as before.</summary>
    /// <exception cref="UsageException">No layer fits the targets, or the configuration asks for something not built.</exception>
    /// <param name="model">The base.</param>
    /// <param name="config">The adapter.</param>
    /// <param name="seed">Seed of A.</param>
    /// <param name="original">Gives the rows of a packed layer's weight as they were before rounding: then A and B start as LoftQ's.</param>
    internal static AdapterSet Create(DecoderModel model, AdapterConfig config, long seed, Func<string, RowReader>? original = null)
    {
        var set = new AdapterSet(model, config) { _original = original };
        try { set.Build(new FreshStart(seed, set.LinearTargets())); }
        catch
        {
            set.Dispose();
            throw;
        }
        return set;
    }

    /// <summary>An adapter from a PEFT folder.</summary>
    /// <exception cref="UsageException">A tensor is missing, too many, or of another shape, or the configuration asks for something not built.</exception>
    internal static AdapterSet Load(DecoderModel model, string folder)
    {
        var set = new AdapterSet(model, AdapterConfig.Load(folder));
        using Checkpoint file = Checkpoint.Open(Path.Combine(folder, "adapter_model.safetensors"));
        var source = new StoredStart(file, folder);
        if (s_decomposing.FirstOrDefault(d => set.Config.InitLoraWeights.StartsWith(d, StringComparison.Ordinal)) is { } way)
            throw new UsageException($"{folder}: init_lora_weights: '{set.Config.InitLoraWeights}' changes the base's weights when it is loaded, which is not built yet; convert the adapter to a plain LoRA ({way} conversion when saving) or set init_lora_weights to true when the base is the residual one");
        try
        {
            set.Build(source);
            source.RefuseRest();
        }
        catch (UsageException e) when (!e.Message.StartsWith(folder, StringComparison.Ordinal))   // what a recipe's key would be is a key of the file here
        {
            set.Dispose();
            throw new UsageException($"{Path.Combine(folder, "adapter_config.json")}: {e.Message}", e);
        }
        catch
        {
            set.Dispose();
            throw;
        }
        return set;
    }

    /// <summary>Puts the adapter to work.</summary>
    internal void Attach()
    {
        if (!_attached) foreach (Action action in _attach) action();
        _attached = true;
    }

    /// <summary>Takes the adapter away: the model is the base again.</summary>
    internal void Detach()
    {
        if (_attached) foreach (Action action in Enumerable.Reverse(_detach)) action();
        _attached = false;
    }

    /// <summary>Marks the adapter's tensors as trained and everything else as frozen.</summary>
    internal void TrainOnlyThis()
    {
        foreach (Parameter parameter in Model.Parameters) parameter.RequiresGrad = false;
        foreach (AdapterTensor tensor in _tensors) tensor.Parameter.RequiresGrad = true;
    }

    /// <summary>Adds the adapter to the base's weights and takes it away.</summary>
    /// <param name="lazily">Whether a packed weight keeps its bytes and is added to whenever it is read: for files. This set must then outlive the model.</param>
    internal void Merge(bool lazily = false)
    {
        _lazily = lazily;
        Attach();
        foreach (Action action in _merge) action();
        _attached = false;
    }

    /// <summary>Writes adapter_model.safetensors and adapter_config.json as PEFT does.</summary>
    internal void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        var writer = new SafetensorsWriter();
        foreach (AdapterTensor tensor in _tensors)
            if (tensor.IsSaved) TensorFiles.Add(writer, tensor.Name, tensor.Parameter.Value);
        foreach ((string name, Weight weight) in _savedBases) TensorFiles.Add(writer, weight, name: name);
        writer.Save(Path.Combine(folder, "adapter_model.safetensors"));
        Config.Save(folder);
    }

    public void Dispose()
    {
        Detach();
        foreach (Action action in _dispose) action();
    }

    private readonly List<Action> _dispose = [];
    private readonly List<(string Name, Weight Weight)> _savedBases = [];

    private List<(Linear Layer, int Rank)> LinearTargets()
    {
        List<(Linear, int)> targets = [];
        foreach (Linear layer in Model.Linears)
            if (Config.Targets(layer.Path)) targets.Add((layer, Config.RankOf(layer.Path)));
        if (Config.Targets(Model.Head.Path, isHead: true)) targets.Add((Model.Head, Config.RankOf(Model.Head.Path)));
        return targets;
    }

    private void Build(IStart start)
    {
        if (Config.FanInFanOut) throw new UsageException("fan_in_fan_out: true is for transposed weights, which these models do not have; set it to false");
        if (Config.LoraBias) throw new UsageException("lora_bias: true is not supported yet; train the adapter without it");
        BuildSavedModules(start);
        if (Config.Targets(Model.Embedding.Path, isEmbedding: true)) BuildEmbedding(start);
        BuildTokens(start);
        List<(Linear Layer, int Rank)> targets = LinearTargets();
        foreach ((Linear layer, int rank) in targets) BuildLinear(start, layer, rank);
        if (_tensors.Count == 0)
            throw new UsageException($"target_modules: no module fits {Config.TargetPattern ?? string.Join(", ", Config.TargetModules ?? [])} (known: {string.Join(", ", Model.Linears.Select(l => l.Path.Split('.')[^1]).Distinct())})");
        BuildBiases(start, [.. targets.Select(t => t.Layer)]);
    }

    private Parameter New(IStart start, string name, Shape shape, Func<float[]> fresh)
    {
        Parameter parameter = start.Make(Model.Backend, Prefix + name, shape, fresh);
        _tensors.Add(new AdapterTensor(parameter.Name, parameter));
        _dispose.Add(parameter.Dispose);
        return parameter;
    }

    private void BuildLinear(IStart start, Linear layer, int rank)
    {
        float scale = (float)Config.ScaleOf(layer.Path);
        PissaStart? pissa = PissaStart.Is(Config.InitLoraWeights) ? TakeApart(layer, rank, scale) : null;
        LoftqStart? loftq = _original is not null && layer.Weight is QuantizedTensor packed ? LoftqStart.Of(packed, _original(packed.Name), rank, scale) : null;
        Parameter a = New(start, $"{layer.Path}.lora_A.weight", [rank, layer.In], () => pissa?.A ?? loftq?.A ?? start.NextA());
        Parameter b = New(start, $"{layer.Path}.lora_B.weight", [layer.Out, rank], () => pissa?.B ?? loftq?.B ?? new float[(long)layer.Out * rank]);
        var lora = new LoraAdapter(a, b, scale, (float)Config.LoraDropout);
        ILinearAdapter adapter = lora;
        if (Config.UseDora)
        {
            using var scope = TensorScope.Begin();
            Parameter magnitude = New(start, $"{layer.Path}.lora_magnitude_vector", [layer.Out], () => new DoraAdapter(lora, a).Norm(layer.Weight).ToArray<float>());
            adapter = new DoraAdapter(lora, magnitude);
        }
        if (ReferenceEquals(layer, Model.Head)) KeepBase(start, layer.Path, layer.Weight);
        ILinearAdapter? before = null;
        _attach.Add(() => (before, layer.Adapter) = (layer.Adapter, adapter));
        _detach.Add(() => layer.Adapter = before);
        _merge.Add(() =>
        {
            if (_lazily && layer.Weight is QuantizedTensor packed && !ReferenceEquals(packed, Model.Embedding.Weight)) Model.Replace(layer, MergedWeight.Of(packed, adapter));
            else Merging.Into(Base(layer), adapter);
            layer.Adapter = before;
        });
    }

    /// <summary>Takes the leading part out of the layer's weight while the adapter is at work. Merging adds the trained part to what remains.</summary>
    private PissaStart TakeApart(Linear layer, int rank, float scale)
    {
        if (Config.UseDora) throw new UsageException("use_dora: cannot go together with pissa_init here; keep one of the two");
        if (ReferenceEquals(layer.Weight, Model.Embedding.Weight)) throw new UsageException($"pissa_init: the head {layer.Path} is tied to the embedding, which would be taken apart with it; leave it out of lora_target");
        if (layer.Weight is not Parameter weight) throw new UsageException($"pissa_init: takes a part out of {layer.Weight.Name}, whose packed numbers cannot hold the rest; use pure_tuner.loftq_init with a quantised base, or a base in full precision");
        PissaStart pissa = PissaStart.Of(weight, rank, scale);
        Tensor before = weight.Value.Hold(), rest;
        using (TensorScope.Begin())
            rest = Tensor.From<float>(Model.Backend, pissa.Residual, weight.Shape).To(before.DType).Hold();
        _dispose.Add(before.Dispose);
        _dispose.Add(rest.Dispose);
        _attach.Add(() => weight.Replace(rest.Hold()));
        _detach.Add(() => weight.Replace(before.Hold()));
        return pissa;
    }

    /// <summary>The weight to merge into. A tied head becomes a weight of its own first: the embedding must not change with it.</summary>
    private Parameter Base(Linear layer)
    {
        if (ReferenceEquals(layer, Model.Head) && ReferenceEquals(layer.Weight, Model.Embedding.Weight)) Model.UntieHead();
        return Model.Expand(layer);
    }

    private void BuildEmbedding(IStart start)
    {
        Embedding table = Model.Embedding;
        int rank = Config.RankOf(table.Path), vocab = table.Weight.Shape[0], hidden = table.Weight.Shape[1];
        Parameter a = New(start, $"{table.Path}.lora_embedding_A", [rank, vocab], () => new float[(long)rank * vocab]);
        Parameter b = New(start, $"{table.Path}.lora_embedding_B", [hidden, rank], () => FreshStart.Normal((long)hidden * rank, $"{table.Path}.lora_embedding_B"));
        KeepBase(start, table.Path, table.Weight);
        var lora = new LoraEmbeddingAdapter(a, b, (float)Config.ScaleOf(table.Path));
        DoraEmbeddingAdapter? dora = null;
        if (Config.UseDora)
        {
            using var scope = TensorScope.Begin();
            Parameter magnitude = New(start, $"{table.Path}.lora_magnitude_vector", [hidden], () => new DoraEmbeddingAdapter(lora, a).Norm(table.Weight).ToArray<float>());
            dora = new DoraEmbeddingAdapter(lora, magnitude);
        }
        IEmbeddingAdapter adapter = dora is null ? lora : dora;
        _attach.Add(() => table.Adapter = adapter);
        _detach.Add(() => table.Adapter = null);
        _merge.Add(() =>
        {
            if (ReferenceEquals(Model.Head.Weight, table.Weight)) Model.UntieHead();
            Parameter dense = Model.ExpandEmbedding();
            if (dora is null) Merging.Add(dense, lora.Delta);
            else dora.MergeInto(dense);
            table.Adapter = null;
        });
    }

    /// <summary>PEFT saves the table beside an adapter on it, in case it was resized.</summary>
    private void KeepBase(IStart start, string path, Weight weight)
    {
        string name = $"{Prefix}{path}.base_layer.weight", leaf = path.Split('.')[^1];
        if (start.Optional(Model.Backend, name, weight.Shape) is { } stored)
        {
            // The file brings the whole table, so nothing is kept by leaving it packed.
            Parameter table = path == Model.Embedding.Path || Model.IsTied ? Model.ExpandEmbedding() : Model.Expand(Model.Head);
            Tensor before = table.Value.Hold();
            DType dtype = before.DType;
            _dispose.Add(before.Dispose);
            _dispose.Add(stored.Dispose);
            _savedBases.Add((name, table));
            _attach.Add(() => table.Replace(dtype == stored.DType ? stored.Hold() : TensorFiles.Clone(stored, dtype)));
            _detach.Add(() => table.Replace(before.Hold()));
        }
        else if (start.IsFresh && Config.TrainableTokens.Count == 0 && (Config.TargetPattern is not null || Config.TargetModules?.Contains(leaf) == true)) _savedBases.Add((name, weight));
    }

    private void BuildTokens(IStart start)
    {
        foreach ((string module, int[] tokens) in Config.TrainableTokens)
        {
            Embedding table = Model.Embedding;
            foreach (int token in tokens)
                if ((uint)token >= (uint)Model.Vocab) throw new UsageException($"trainable_token_indices: id {token} is outside the vocabulary of {Model.Vocab}");
            bool ofHead = module == Model.Head.Path && !Model.IsTied;
            if (!ofHead && table.Path != module && !table.Path.EndsWith("." + module, StringComparison.Ordinal))
                throw new UsageException($"trainable_token_indices: only the embedding ({table.Path}) and a head of its own ({Model.Head.Path}) can have them, not '{module}'");
            if (Config.Targets(table.Path, isEmbedding: true) || Config.Targets(Model.Head.Path, isHead: true))
                throw new UsageException("trainable_token_indices: cannot go together with a LoRA on the embedding or the head; keep one of the two");
            if (ofHead)
            {
                BuildHeadTokens(start, tokens);
                continue;
            }
            Parameter delta = New(start, $"{table.Path}.token_adapter.trainable_tokens_delta", [tokens.Length, table.Weight.Shape[1]], () => TensorFiles.Rows(table.Weight, tokens));
            var adapter = new TrainableTokens(delta, tokens, Model.Vocab);
            bool tied = ReferenceEquals(Model.Head.Weight, table.Weight);
            _attach.Add(() => { table.Adapter = adapter; if (tied) Model.Head.Adapter = adapter; });
            _detach.Add(() => { table.Adapter = null; if (tied) Model.Head.Adapter = null; });
            _merge.Add(() =>
            {
                Merging.ReplaceRows(Model.ExpandEmbedding(), delta, tokens);
                table.Adapter = null;
                if (tied) Model.Head.Adapter = null;
            });
        }
    }

    private void BuildHeadTokens(IStart start, int[] tokens)
    {
        Linear head = Model.Head;
        Parameter delta = New(start, $"{head.Path}.token_adapter.trainable_tokens_delta", [tokens.Length, head.In], () => TensorFiles.Rows(head.Weight, tokens));
        var adapter = new TrainableTokens(delta, tokens, Model.Vocab);
        _attach.Add(() => head.Adapter = adapter);
        _detach.Add(() => head.Adapter = null);
        _merge.Add(() =>
        {
            Merging.ReplaceRows(Model.Expand(head), delta, tokens);
            head.Adapter = null;
        });
    }

    /// <summary>Refuses a name of modules_to_save that no module's path ends with.</summary>
    /// <exception cref="UsageException">There is none; the sentence gives the nearest.</exception>
    internal static void RequireModule(DecoderModel model, string name, string where)
    {
        HashSet<string> paths = [model.Head.Path];
        foreach (Parameter parameter in model.Parameters)
            for (int i = parameter.Name.LastIndexOf('.'); i > 0; i = parameter.Name.LastIndexOf('.', i - 1)) paths.Add(parameter.Name[..i]);
        if (name.Length > 0 && paths.Any(p => p.EndsWith(name, StringComparison.Ordinal))) return;
        string[] known = [.. paths.Select(p => p.Split('.')[^1]).Where(p => !char.IsAsciiDigit(p[0])).Distinct().Order(StringComparer.Ordinal)];
        throw new UsageException($"{where}: no module's path ends with '{name}' (known: {string.Join(", ", known)}); did you mean '{RecipeKeys.NearestOf(name, known)}'?");
    }

    private void BuildSavedModules(IStart start)
    {
        if (Config.ModulesToSave is not { Count: > 0 } names) return;
        // PEFT compares the ends of module paths without a dot, so "norm" takes every norm, and "mlp" all that is inside.
        bool Names(string path) => names.Any(n => path.EndsWith(n, StringComparison.Ordinal));
        bool Inside(string path)
        {
            for (int i = path.LastIndexOf('.'); i > 0; i = path.LastIndexOf('.', i - 1))
                if (Names(path[..i])) return true;
            return false;
        }
        // What is trained whole cannot stay packed.
        if (Inside(Model.Embedding.Weight.Name) || Model.IsTied && (Names(Model.Head.Path) || Names(Model.Embedding.Path))) Model.ExpandEmbedding();
        foreach (Linear layer in (IEnumerable<Linear>)[.. Model.Linears, Model.Head])
            if (Inside(layer.Weight.Name)) Model.Expand(layer);
        if (Names(Model.Head.Path) && ReferenceEquals(Model.Head.Weight, Model.Embedding.Weight))
        {
            // On a tied base both copies are trained apart.
            Weight tied = Model.Head.Weight;
            Parameter own = New(start, "lm_head.weight", tied.Shape, () => ((Parameter)tied).Value.To(DType.F32).ToArray<float>());
            _attach.Add(() => Model.Head.Weight = own);
            _detach.Add(() => Model.Head.Weight = tied);
            _merge.Add(() => { Model.Head.Weight = tied; Model.UntieHead(); ((Parameter)Model.Head.Weight).Replace(own.Value.Hold()); });
        }
        else if (Names(Model.Embedding.Path) && Model.IsTied)
        {
            // The embedding alone is copied for training: the head keeps the base's table.
            Weight tied = Model.Head.Weight;
            var frozen = new Parameter("lm_head.weight", TensorFiles.Clone(((Parameter)tied).Value));
            _dispose.Add(frozen.Dispose);
            _attach.Add(() => Model.Head.Weight = frozen);
            _detach.Add(() => Model.Head.Weight = tied);
            _merge.Add(() => { Model.Head.Weight = tied; Model.UntieHead(); ((Parameter)Model.Head.Weight).Replace(frozen.Value.Hold()); });
        }
        foreach (Parameter parameter in Model.Parameters)
            if (Inside(parameter.Name)) Whole(start, parameter, parameter.Name, isSaved: true);
    }

    private void BuildBiases(IStart start, HashSet<Linear> adapted)
    {
        if (Config.Bias is not ("none" or "all" or "lora_only")) throw new UsageException($"bias: '{Config.Bias}' is not none, all or lora_only");
        if (Config.Bias == "none") return;
        foreach (Linear layer in Model.Linears)
        {
            bool isAdapted = adapted.Contains(layer);
            if (layer.Bias is null || !isAdapted && Config.Bias == "lora_only") continue;
            // With lora_only PEFT trains these biases but does not find them when saving.
            Whole(start, layer.Bias, isAdapted ? $"{layer.Path}.base_layer.bias" : layer.Bias.Name, isSaved: Config.Bias == "all");
        }
    }

    /// <summary>A parameter of the base that is trained itself; what it was is kept beside, for taking the adapter away.</summary>
    private void Whole(IStart start, Parameter parameter, string name, bool isSaved)
    {
        Tensor before = TensorFiles.Clone(parameter.Value), after;
        using (TensorScope.Suspend())
            after = (isSaved ? start.Optional(Model.Backend, Prefix + name, parameter.Shape) : null) ?? TensorFiles.Clone(parameter.Value, DType.F32);
        _tensors.Add(new AdapterTensor(Prefix + name, parameter, isSaved));
        _dispose.Add(() => { before.Dispose(); after.Dispose(); });
        _attach.Add(() => parameter.Replace(after.Hold()));
        _detach.Add(() =>
        {
            after.Dispose();
            after = parameter.Value.Hold();
            parameter.Replace(before.Hold());
        });
        _merge.Add(() => { if (parameter.Value.DType != before.DType) parameter.Replace(TensorFiles.Clone(parameter.Value, before.DType)); });
    }
}

/// <summary>One trained tensor of an adapter.</summary>
/// <param name="Name">As in adapter_model.safetensors.</param>
/// <param name="Parameter">Its elements.</param>
/// <param name="IsSaved">Whether the file holds it.</param>
internal sealed record AdapterTensor(string Name, Parameter Parameter, bool IsSaved = true);

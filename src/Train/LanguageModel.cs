using System.Text.Json.Nodes;
using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>A checkpoint on a device with its tokenizer and, when there is one, its adapter: what a library user holds.</summary>
/// <remarks>Calls of one model come from one thread at a time. Trainers and chat clients wait for each other; the other methods do not.</remarks>
public sealed partial class LanguageModel : IDisposable
{
    private readonly Checkpoint _checkpoint;
    private readonly bool _ownsBackend, _isShadow;
    private readonly ModelWishes _wishes;
    private DType? _storedIn;
    private bool _isRounded;
    private AdapterSet? _merged;

    private LanguageModel(string source, Checkpoint checkpoint, Backend backend, ModelWishes wishes, bool ownsBackend)
    {
        using ProfileSpan span = Profile.Work("load");
        (Source, _checkpoint, Backend, _ownsBackend) = (source, checkpoint, backend, ownsBackend);
        _wishes = wishes;
        // The tokenizer is made beside the weights: neither needs the other. Its fault is told first, as if it had been made first.
        Task<Tokenizer> tokenizer = BesideWeights(backend, checkpoint is GgufCheckpoint gguf ? () => Tokenizer.FromGguf(gguf.File.Vocabulary()) : () => Tokenizer.Load(source));
        DecoderModel? decoder = null;
        try
        {
            JsonObject config = checkpoint.ReadConfig();
            decoder = LoadDecoder(backend, wishes.Configure?.Invoke(config) ?? config);
        }
        finally
        {
            try { Tokenizer = tokenizer.GetAwaiter().GetResult(); }
            catch
            {
                decoder?.Dispose();
                throw;
            }
        }
        Decoder = decoder;
    }

    private static Task<Tokenizer> BesideWeights(Backend backend, Func<Tokenizer> make)
    {
        if (backend is not CpuBackend { Threads: 1 }) return Task.Run(make);
        try { return Task.FromResult(make()); }
        catch (Exception e) { return Task.FromException<Tokenizer>(e); }
    }

    /// <summary>The base of another model once more; file and tokenizer stay the other's.</summary>
    private LanguageModel(LanguageModel other, Backend backend, Recipe? recipe)
    {
        (Source, _checkpoint, Backend, Tokenizer, _isShadow) = (other.Source, other._checkpoint, backend, other.Tokenizer, true);
        _wishes = (recipe is null ? other._wishes : other._wishes.As(recipe)) with { Notice = null };
        Decoder = LoadDecoder(backend, other.Decoder.Config.Json);
    }

    private DecoderModel LoadDecoder(Backend backend, JsonObject config)
    {
        PackedLayout? layout = _wishes.Layout(_checkpoint, config);
        _isRounded = layout is RoundingLayout;
        return DecoderModel.Load(_checkpoint, backend, config, layout, _wishes.ExpandsPacked, _wishes.FreshSeed);
    }

    /// <summary>The base without its adapters on another device, for a rehearsal; this model must outlive it.</summary>
    /// <param name="backend">The device.</param>
    /// <param name="recipe">A recipe that may round or expand the base otherwise; null for as this model is.</param>
    internal LanguageModel Shadow(Backend backend, Recipe? recipe = null) => new(this, backend, recipe);

    /// <summary>The folder or file it came from.</summary>
    public string Source { get; }

    /// <summary>The device.</summary>
    public Backend Backend { get; }

    /// <summary>The network.</summary>
    public DecoderModel Decoder { get; }

    /// <summary>Text to ids and back.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Whose turn it is: a trainer and the chat clients of one model wait for each other here.</summary>
    internal SemaphoreSlim Turn { get; } = new(1, 1);

    internal AdapterSet? Adapter { get; private set; }

    /// <summary>Without an adapter: the parameters that are trained, in model order; null for all.</summary>
    internal IReadOnlyList<Parameter>? Chosen { get; set; }

    /// <summary>Loads a folder with safetensors or a GGUF file.</summary>
    /// <param name="path">A folder, a .gguf file, or a hub id that is in a local cache. A folder that <c>train</c> wrote works too: base and adapter.</param>
    /// <param name="device">cpu, reference, null, or npu, npu:1 ... for an Ascend card.</param>
    /// <param name="threads">Threads to use; null for all cores. Never changes a bit of the result.</param>
    /// <exception cref="UsageException">There is no such model or device.</exception>
    /// <exception cref="CheckpointException">A file is damaged or not supported.</exception>
    public static LanguageModel Load(string path, string device = "cpu", int? threads = null) => Load(path, device, threads, new ModelWishes());

    internal static LanguageModel Load(string path, string device, int? threads, ModelWishes wishes)
    {
        Backend backend = OpenBackend(device, threads);
        if (backend is AscendBackend npu) npu.StrictDevice |= wishes.StrictDevice;
        if (backend is CpuBackend cpu) cpu.UsesMatrixUnits &= wishes.UsesMatrixUnits;
        try { return Load(path, backend, wishes, ownsBackend: true); }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    internal static Backend OpenBackend(string device, int? threads)
    {
        Backend backend;
        try { backend = Backends.Open(device, threads); }
        catch (Exception e) when (e is ArgumentException or NotSupportedException) { throw new UsageException($"device: {e.Message}", e); }
        if (backend is CpuBackend cpu) Profile.Current?.Measure(() => MeasuredPeak.Now(cpu.Threads));
        return backend;
    }

    internal static LanguageModel Load(string path, Backend backend, ModelWishes? wishes = null, bool ownsBackend = false)
    {
        wishes ??= new ModelWishes();
        string place = ModelLocator.Find(path, wishes.CacheDir, wishes.Revision);
        if (File.Exists(Path.Combine(place, "adapter_config.json")))
        {
            string root = AdapterConfig.Load(place).BaseModelNameOrPath ?? throw new UsageException($"{place}: adapter_config.json does not name its base; give it with model_name_or_path and the adapter with adapter_name_or_path");
            LanguageModel model = Load(root, backend, wishes, ownsBackend);
            model.LoadAdapter(place);
            return model;
        }
        bool bare = wishes.FreshSeed is not null && Directory.Exists(place) && !Directory.EnumerateFiles(place, "*.safetensors").Any() && !Directory.EnumerateFiles(place, "*.gguf").Any();
        Checkpoint checkpoint = bare ? new BareCheckpoint(place) : Checkpoint.Open(place);
        try
        {
            if (!bare && !wishes.IgnoreMemory && backend is HostBackend { IsMeasuring: false }) MemoryPlan.RequireRoomForWeights(checkpoint, wishes, new MachineMemory());
            return new LanguageModel(place, checkpoint, backend, wishes, ownsBackend);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Stores every weight of the base in this dtype.</summary>
    internal void StoreIn(DType dtype)
    {
        foreach (Parameter parameter in Decoder.Parameters)
            if (parameter.Value.DType != dtype) parameter.Replace(TensorFiles.Clone(parameter.Value, dtype));
        _storedIn = dtype;
    }

    /// <summary>What matrices are written in: what was asked for, else as the base has them, else F32.</summary>
    internal DType FileDType => _storedIn ?? Decoder.Parameters.FirstOrDefault(p => p.Shape.Rank == 2)?.Value.DType ?? DType.F32;

    /// <summary>Whether a weight of the base is packed.</summary>
    public bool IsQuantized => Decoder.Weights.Any(w => w is QuantizedTensor);

    /// <summary>Puts a fresh LoRA on the model; its answers stay the same until it is trained.</summary>
    /// <exception cref="UsageException">No layer fits the targets.</exception>
    public void AddLora(LoraOptions options) => AddAdapter(options.ToConfig(this), options.Seed);

    /// <param name="config">The adapter.</param>
    /// <param name="seed">Seed of its start.</param>
    /// <param name="loftq">Whether it starts as the best low-rank part of what rounding the base took away.</param>
    /// <exception cref="UsageException">No layer fits the targets, or the base was never there unrounded.</exception>
    internal void AddAdapter(AdapterConfig config, long seed, bool loftq = false)
    {
        if (loftq && !_isRounded) throw new UsageException($"pure_tuner.loftq_init: needs the weights as they were before rounding; {Source} holds only rounded ones; leave it out, or take the checkpoint that it was made from");
        Use(() => AdapterSet.Create(Decoder, config, seed, loftq ? path => (row, rows) => _checkpoint.ReadRows(path, row, rows) : null));
    }

    /// <summary>Loads a PEFT folder and puts it to work; an adapter already there is merged into the base first.</summary>
    /// <exception cref="UsageException">The folder holds no adapter for this base.</exception>
    public void LoadAdapter(string folder) => Use(() => AdapterSet.Load(Decoder, folder));

    /// <summary>Writes the adapter as a PEFT folder.</summary>
    /// <exception cref="InvalidOperationException">There is no adapter.</exception>
    public void SaveAdapter(string folder) =>
        (Adapter ?? throw new InvalidOperationException("save adapter: the model has none; call AddLora or LoadAdapter first")).Save(folder);

    /// <summary>Adds the adapter to the base's weights. Does nothing without one.</summary>
    public void MergeAdapter()
    {
        Adapter?.Merge();
        Adapter?.Dispose();
        Adapter = null;
    }

    /// <summary>Adds the adapter to the base for writing it: packed weights are added to while they are read, so that the model is never expanded.</summary>
    internal void MergeAdapterForFiles()
    {
        if (Adapter is null) return;
        Adapter.Merge(lazily: true);
        _merged = Adapter;
        Adapter = null;
    }

    /// <summary>Everything that is trained, by the names it is saved under; without an adapter what was <see cref="Chosen"/>, else the whole model.</summary>
    /// <param name="dtype">What trained tensors are stored in.</param>
    internal IReadOnlyList<(string Name, Parameter Parameter)> Trainables(DType dtype = DType.F32)
    {
        if (Adapter is not null)
        {
            Adapter.TrainOnlyThis();
            return Stored([.. Adapter.Tensors.Select(t => (t.Name, t.Parameter))], dtype);
        }
        IReadOnlyList<Parameter> trained = Chosen ?? Decoder.Parameters;
        foreach (Parameter parameter in Decoder.Parameters) parameter.RequiresGrad = false;
        foreach (Parameter parameter in trained) parameter.RequiresGrad = true;
        return Stored([.. trained.Select(p => (p.Name, p))], dtype);
    }

    private static List<(string Name, Parameter Parameter)> Stored(List<(string Name, Parameter Parameter)> trained, DType dtype)
    {
        foreach ((_, Parameter parameter) in trained)
            if (parameter.Value.DType != dtype) parameter.Replace(TensorFiles.Clone(parameter.Value, dtype));
        return trained;
    }

    /// <summary>Writes the model as a Hugging Face folder: safetensors in shards, config.json, generation_config.json, tokenizer.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="shardBytes">Most bytes of a shard.</param>
    public void Save(string folder, long shardBytes = 5_000_000_000) => Save(folder, shardBytes, null, null);

    /// <summary>The same with packed weights written as they are.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="shardBytes">Most bytes of a shard.</param>
    /// <param name="addPacked">Adds the tensors of a packed weight; null dequantises them.</param>
    /// <param name="quantization">The quantization_config that says how to read them.</param>
    internal void Save(string folder, long shardBytes, Action<SafetensorsWriter, QuantizedTensor>? addPacked, JsonObject? quantization)
    {
        if (Adapter is not null) throw new InvalidOperationException("save: merge or save the adapter first");
        Directory.CreateDirectory(folder);
        var writer = new SafetensorsWriter();
        DType dtype = FileDType;
        foreach (Weight weight in Decoder.Weights)
            if (addPacked is not null && weight is QuantizedTensor packed) addPacked(writer, packed);
            else TensorFiles.Add(writer, weight, dtype);
        writer.SaveFolder(folder, shardBytes);
        var config = (JsonObject)Decoder.Config.Json.DeepClone();
        config["tie_word_embeddings"] = Decoder.IsTied;
        config.Remove("torch_dtype");
        config.Remove("quantization_config");
        if (quantization is not null) config["quantization_config"] = quantization.DeepClone();
        config["dtype"] = dtype switch { DType.BF16 => "bfloat16", DType.F16 => "float16", _ => "float32" };
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), Indented(config));
        AtomicFile.WriteText(Path.Combine(folder, "generation_config.json"), Indented(GenerationConfig()));
        Tokenizer.Save(folder);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Adapter?.Dispose();
        Decoder.Dispose();
        _merged?.Dispose();
        if (!_isShadow) _checkpoint.Dispose();
        if (_ownsBackend) Backend.Dispose();
        Turn.Dispose();
    }

    private void Use(Func<AdapterSet> make)
    {
        MergeAdapter();                          // first: the new one starts from the weights it will sit on
        Adapter = make();
        Adapter.Attach();
    }

    private JsonObject GenerationConfig()
    {
        string own = Path.Combine(Source, "generation_config.json");
        try
        {
            if (File.Exists(own) && JsonText.Nodes(File.ReadAllBytes(own)) is JsonObject stored) return stored;
        }
        catch (System.Text.Json.JsonException e) { throw new CheckpointException($"{own}: not JSON: {e.Message.TrimEnd('.')}: fetch the file again, or take it away", e); }
        var made = new JsonObject { ["_from_model_config"] = true };
        foreach (string key in (string[])["bos_token_id", "eos_token_id", "pad_token_id"])
            if (Decoder.Config.Json[key] is { } value) made[key] = value.DeepClone();
        return made;
    }

    private static string Indented(JsonObject json) => json.ToJsonString(new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
}

/// <summary>A fresh LoRA.</summary>
public sealed record LoraOptions
{
    /// <summary>Rank r.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>Numerator of the scale; null is twice the rank.</summary>
    public double? Alpha { get; init; }

    /// <summary>Share of the inputs dropped in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Leaf names of the layers; null for every linear layer but the head.</summary>
    public IReadOnlyList<string>? Targets { get; init; }

    /// <summary>Scale alpha / √r.</summary>
    public bool UseRslora { get; init; }

    /// <summary>A learned length per output row.</summary>
    public bool UseDora { get; init; }

    /// <summary>Seed of the start.</summary>
    public long Seed { get; init; } = 42;

    internal AdapterConfig ToConfig(LanguageModel model) => new()
    {
        BaseModelNameOrPath = model.Source,
        R = Rank,
        LoraAlpha = Alpha ?? 2 * Rank,
        LoraDropout = Dropout,
        TargetModules = Targets ?? AllLinear(model.Decoder),
        UseRslora = UseRslora,
        UseDora = UseDora,
    };

    /// <exception cref="UsageException">No linear layer has that name.</exception>
    internal static void RequireTarget(DecoderModel model, string target, string where)
    {
        bool Fits(string path) => path == target || path.EndsWith("." + target, StringComparison.Ordinal);
        if (model.Linears.Any(l => Fits(l.Path)) || Fits(model.Head.Path) || Fits(model.Embedding.Path)) return;
        throw new UsageException($"{where}: no layer is called '{target}' (known: {string.Join(", ", AllLinear(model))})");
    }

    /// <summary>Leaf names of every linear layer but the head, in model order.</summary>
    internal static string[] AllLinear(DecoderModel model) => [.. model.Linears.Select(l => l.Path.Split('.')[^1]).Distinct()];
}

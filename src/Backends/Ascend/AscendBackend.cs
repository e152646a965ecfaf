using Pure.Tuner.Ascend;

namespace Pure.Tuner;

/// <summary>An Ascend NPU: the vendor's operators, called through function pointers, on one stream of one card.</summary>
/// <remarks>
/// Every operator has two phases: the first plans on the host and tells the workspace, the second enqueues. Blocks, workspaces included,
/// come from the pool and go back as soon as the launch is handed over, since all work runs in the order of the stream; the card's memory
/// itself is given back only after a wait. What a card has no kernel for is composed of others; what cannot be composed runs on the host,
/// which is counted and with <see cref="StrictDevice"/> an error.
/// </remarks>
public sealed unsafe partial class AscendBackend : Backend
{
    /// <summary>Dimensions that the operators take.</summary>
    internal const int MaxRank = 8;

    /// <summary>Blocks are whole multiples of this: kernels read and write whole lines.</summary>
    private const long Grain = 512;

    private readonly Acl _acl;
    private readonly AclDevice _device;
    private readonly LaunchQueue _queue;
    private readonly OpCall _call;
    private readonly DeviceTimes _times;
    private readonly StagingRing _staging;
    private readonly AscendCapabilities _can;
    private readonly string _source;
    private readonly HashSet<nint> _blocks = [];
    private bool _planOnly, _closing;

    /// <summary>Opens a card with the toolkit of this machine.</summary>
    /// <param name="device">Number among the visible cards.</param>
    /// <exception cref="NotSupportedException">There is no toolkit or no such card; the sentence says what to do.</exception>
    public AscendBackend(int device = 0) : this(AscendOptions.OfEnvironment(device), OpenToolkit()) { }

    private AscendBackend(AscendOptions options, (ISymbols Symbols, string Source) toolkit) : this(toolkit.Symbols, options, toolkit.Source) { }

    /// <summary>Opens a card of a toolkit given by its symbols: a table in the process, or files.</summary>
    internal AscendBackend(ISymbols symbols, AscendOptions options, string source)
    {
        (_acl, _source, StrictDevice) = (Acl.Load(symbols), source, options.StrictDevice);
        try { _device = AclDevice.Open(_acl, options.Device, options.Deterministic); }
        catch (AclException e) { throw new NotSupportedException($"npu:{options.Device} cannot be opened with {source}: {e.Message}", e); }
        _queue = new LaunchQueue(_device, options.Queue, options.Blocking, options.Executors);
        _times = new DeviceTimes(_device, _queue);
        _call = new OpCall(this, _device, _queue, _times);
        _staging = new StagingRing(_device, _queue);
        Card = AscendCard.Of(_device.SocName);
        _can = new AscendCapabilities(Card, IsThere, Probe);
    }

    /// <inheritdoc/>
    public override string Name => "npu";

    /// <inheritdoc/>
    public override string Description
    {
        get
        {
            (long free, long total) = _device.Memory();
            string version = _device.Version() is { } v ? $", runtime {v}" : "";
            string memory = total == 0 ? "" : $", {free >> 20} of {total >> 20} MiB free";
            string order = _device.IsDeterministic ? "" : ", sums in any order";
            string note = order + (Card.IsForTraining ? "" : ", made for inference: f16 and f32, training only by composition");
            string product = Card.CubeMathType(DType.F32) == 0 ? "" : ", products of f32 as three of f16";
            return $"{(Card.SocName.Length == 0 ? "an unnamed card" : Card.SocName)} as npu:{_device.Id}{memory}{version}, {_source}{product}{note}";
        }
    }

    /// <summary>Operators and copies handed to the card so far.</summary>
    public long Launches { get; private set; }

    /// <summary>Operators that were planned so far: phase one.</summary>
    public long PlannedCalls => _queue.Executors.Plans;

    /// <summary>Operators that were launched with what an earlier call had planned.</summary>
    public long ReusedCalls => _queue.Executors.Reuses;

    /// <summary>Bytes copied to the card so far.</summary>
    public long BytesToDevice { get; private set; }

    /// <summary>Bytes copied from the card so far.</summary>
    public long BytesToHost { get; private set; }

    /// <summary>The most bytes of the card's memory that were held at once: tensors, idle blocks, constants and prepared weights.</summary>
    public long MostMemory => _device.MostAllocated;

    /// <summary>What its memory came to, for people.</summary>
    internal string MemoryLine
    {
        get
        {
            long total = 0;
            try { total = _device.Memory().Total; }
            catch (AclException) { }                 // a card that failed does not tell
            return FormattableString.Invariant($"card memory {PeakBytes >> 20} MiB of tensors at most, {MostMemory >> 20} MiB held{(total == 0 ? "" : FormattableString.Invariant($" of {total >> 20}"))}");
        }
    }

    /// <summary>How many operators were planned and how many were not, for people.</summary>
    internal string PlansLine => FormattableString.Invariant($"{PlannedCalls} operators planned, {ReusedCalls} launched as planned before");

    /// <summary>Pieces of work that the host did because the card could not.</summary>
    public long HostFallbacks { get; private set; }

    /// <summary>Whether work that the card cannot do is an error instead of running on the host: --strict-device.</summary>
    public bool StrictDevice { get; set; }

    /// <summary>The card.</summary>
    internal AscendCard Card { get; }

    /// <summary>What it can do.</summary>
    internal AscendCapabilities Capabilities => _can;

    /// <summary>The functions that it calls.</summary>
    internal Acl Library => _acl;

    /// <summary>Where those come from, for people.</summary>
    internal string Source => _source;

    /// <summary>The device below: events for times, memory for a report.</summary>
    internal AclDevice Device => _device;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The card failed; the launches since the last wait are named.</exception>
    public override void Synchronize()
    {
        if (_closing) _queue.Settle();               // whoever waited before has been told; closing has nobody to tell
        else _queue.Synchronize();
        _staging.Past();
        _narrow.Forget();
        try { _times.Read(); }
        catch (AclException) when (_closing) { }
    }

    /// <inheritdoc/>
    protected override nint AllocateBlock(long bytes)
    {
        nint block = _device.Allocate((bytes + Grain - 1) / Grain * Grain);
        _blocks.Add(block);
        return block;
    }

    /// <inheritdoc/>
    /// <remarks>The library frees at once, without waiting for queued work: the pool has waited before it calls this.</remarks>
    protected override void FreeBlock(nint block, long bytes)
    {
        _blocks.Remove(block);
        int status = _device.Free(block);
        if (!_closing && _queue.Fault is null) _device.Check(status, "aclrtFree");
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_closing) return;
        _closing = true;
        _times.Memory($"{MemoryLine}; {PlansLine}");
        base.Dispose();
        foreach (nint block in _blocks) _ = _device.Free(block);       // of tensors that nobody disposed: they are dead now
        _blocks.Clear();
        ForgetPrepared();
        _ropeForth.Dispose();
        _ropeBack.Dispose();
        _constants.Dispose();
        _queue.Dispose();
        _times.Dispose();
        _staging.Dispose();
        _device.Dispose();
        _host?.Dispose();
    }

    /// <summary>Begins a call of an operator.</summary>
    /// <param name="asks">Whether a refusal of phase one is answered with a composition: then it is planned at once.</param>
    /// <param name="isFirst">Whether phase two may be the one that refuses: then it is launched at once.</param>
    private OpCall Begin(bool asks = false, bool isFirst = false) => _call.Begin(asks, isFirst);

    /// <summary>Whether it is only asked whether the library would plan: nothing is launched.</summary>
    internal bool IsPlanOnly => _planOnly;

    /// <summary>Counts a launch.</summary>
    internal void Launched() => Launches++;

    private static (ISymbols, string) OpenToolkit()
    {
        AscendToolkit toolkit = AscendToolkit.Find();
        return (new LibraryFiles(toolkit), $"toolkit {toolkit.Root} (by {toolkit.FoundBy})");
    }

    /// <summary>Whether the toolkit exports what a kernel needs.</summary>
    private bool IsThere(AscendKernel kernel) => kernel switch
    {
        AscendKernel.MatMul or AscendKernel.WideProduct => _acl.aclnnMatmulGetWorkspaceSize != null,
        AscendKernel.Elementwise => _acl.aclnnAddGetWorkspaceSize != null && _acl.aclnnCastGetWorkspaceSize != null,
        AscendKernel.RmsNorm => _acl.aclnnRmsNormGetWorkspaceSize != null && _acl.aclnnRmsNormGradGetWorkspaceSize != null,
        AscendKernel.AddRmsNorm => _acl.aclnnAddRmsNormGetWorkspaceSize != null,
        AscendKernel.Rope => _acl.aclnnRotaryPositionEmbeddingGetWorkspaceSize != null,
        AscendKernel.SwiGlu => _acl.aclnnSwiGluGetWorkspaceSize != null && _acl.aclnnSwiGluGradGetWorkspaceSize != null,
        AscendKernel.FlashAttention => _acl.aclnnFlashAttentionScoreGetWorkspaceSize != null && _acl.aclnnFlashAttentionScoreGradGetWorkspaceSize != null,
        AscendKernel.CrossEntropy => _acl.aclnnCrossEntropyLossGetWorkspaceSize != null && _acl.aclnnCrossEntropyLossGradGetWorkspaceSize != null,
        AscendKernel.Foreach => _acl.aclnnForeachNormGetWorkspaceSize != null && _acl.aclnnForeachMulScalarV2GetWorkspaceSize != null && _acl.aclCreateTensorList != null && _acl.aclDestroyTensorList != null,
        AscendKernel.AdamW => _acl.aclnnApplyAdamWV2GetWorkspaceSize != null,
        AscendKernel.WeightQuant or AscendKernel.WeightQuant8 => _acl.aclnnWeightQuantBatchMatmulV2GetWorkspaceSize != null,
        AscendKernel.Dropout => _acl.aclnnDropoutDoMaskGetWorkspaceSize != null,
        _ => false,
    };

    /// <summary>Whether a tensor is another view of exactly the same elements.</summary>
    private static bool IsSame(Tensor a, Tensor b) =>
        ReferenceEquals(a, b) || ReferenceEquals(a.Storage, b.Storage) && a.Offset == b.Offset && a.DType == b.DType && a.Shape == b.Shape && a.Strides.SequenceEqual(b.Strides);
}

namespace Pure.Tuner;

/// <summary>A run's memory, found by going through the run on a device that only counts.</summary>
/// <remarks>
/// A formula per operator would be a second description of what the operators keep, and would be wrong with the first change of one of
/// them. Here the decoder, the adapter, the optimizer, tape, kernels and pool are those of the run; only blocks have no memory and rows
/// are not computed (<see cref="CpuBackend.Measuring"/>). It takes milliseconds a micro-batch, whatever the model's size.
/// </remarks>
internal sealed class MemoryRehearsal : IDisposable
{
    private readonly CpuBackend _device = CpuBackend.Measuring();
    private long _at;

    /// <param name="backend">The run's device, whose products take other room where they round; null for one that rounds nothing.</param>
    internal MemoryRehearsal(Backend? backend = null)
    {
        if (backend is not CpuBackend cpu) return;
        _device.UsesMatrixUnits = cpu.UsesMatrixUnits;
        _device.ProductType = cpu.ProductType;
        _device.Int8Activations = cpu.Int8Activations;
    }

    /// <summary>The counting device: the model is built on it.</summary>
    internal Backend Device => _device;

    /// <summary>Bytes of the base's weights.</summary>
    internal long Weights { get; private set; }

    /// <summary>Bytes that adapters and converted copies of trained tensors add.</summary>
    internal long Trained { get; private set; }

    /// <summary>Bytes of the form in which frozen weights are kept beside themselves.</summary>
    internal long Panels { get; private set; }

    /// <summary>Bytes of the gradients.</summary>
    internal long Gradients { get; private set; }

    /// <summary>Bytes of the optimizer's state.</summary>
    internal long Optimizer { get; private set; }

    /// <summary>The most bytes beside all of these while an update runs: what forward keeps, temporaries, idle blocks of the pool.</summary>
    internal long Activations { get; private set; }

    /// <summary>The most bytes that were resident at any time, answers before training and conversion of weights counted in.</summary>
    internal long Peak => _device.ResidentPeak;

    /// <summary>Bytes resident when the model was ready to be trained: compared with the process it tells what is not the device's.</summary>
    internal long Ready { get; private set; }

    /// <summary>The base is built.</summary>
    internal void Loaded() => Weights = Step();

    /// <summary>Adapters are on and trained tensors are in their type.</summary>
    internal void Prepared()
    {
        _device.Trim();
        Trained = Step();
        Ready = _device.ResidentBytes;
    }

    /// <summary>Frozen weights are prepared.</summary>
    internal void Kept() => Panels = Step();

    /// <summary>Runs the updates and what is computed beside them.</summary>
    /// <param name="trained">What is trained.</param>
    /// <param name="makeOptimizer">The run's optimizer.</param>
    /// <param name="makeStep">The run's update.</param>
    /// <param name="microBatches">The largest of the run.</param>
    /// <param name="beside">What else uses the model while optimizer and gradients are there: evaluation, answers.</param>
    internal void Train(IReadOnlyList<(string Name, Parameter Parameter)> trained, Func<Optimizer> makeOptimizer, Func<Gradients, Optimizer, SupervisedStep> makeStep,
        IReadOnlyList<Batch> microBatches, Action? beside)
    {
        _at = _device.ResidentBytes;
        using var gradients = new Gradients(trained.Select(t => t.Parameter));
        Gradients = Step();
        using Optimizer optimizer = makeOptimizer();
        Optimizer = Step();
        long before = _device.ResidentBytes, peak = Peak;
        _device.ResetResidentPeak();
        SupervisedStep step = makeStep(gradients, optimizer);
        foreach (Batch batch in microBatches) step.Run([batch]);
        beside?.Invoke();
        Activations = Peak - before;
        _device.RaiseResidentPeak(peak);
    }

    /// <inheritdoc/>
    public void Dispose() => _device.Dispose();

    private long Step()
    {
        long now = _device.ResidentBytes, more = now - _at;
        _at = now;
        return more;
    }
}

namespace Pure.Tuner.Kernels;

/// <summary>The processor's peaks, each measured when first asked for.</summary>
internal sealed class MeasuredPeak(int threads) : IMachineLimits
{
    private double _memory, _flops;

    /// <inheritdoc/>
    public double GBPerSecond => _memory > 0 ? _memory : _memory = MachinePeak.MeasureCopy(threads);

    /// <inheritdoc/>
    public double GFlops => _flops > 0 ? _flops : _flops = threads * MachinePeak.MeasureCoreGflops();

    /// <summary>Both, now; memory at the faster of reading and copying.</summary>
    public static MeasuredPeak Now(int threads) =>
        new(threads) { _memory = Math.Max(MachinePeak.MeasureCopy(threads), MachinePeak.MeasureRead(threads)), _flops = threads * MachinePeak.MeasureCoreGflops() };
}

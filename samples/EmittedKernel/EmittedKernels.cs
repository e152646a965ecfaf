using Pure.Tuner.Kernels;

namespace EmittedKernel;

/// <summary>The entry for <c>pure-tuner ops check --op rms_norm --kernels EmittedKernel.dll</c>.</summary>
public sealed class EmittedKernels : IKernelPlugin
{
    public void Register(Backend backend)
    {
        if (backend is CpuBackend && EmittedNorm.IsSupported) backend.Use<IRmsNormKernel>(new EmittedNorm(backend.Find<IRmsNormKernel>()!));
    }
}

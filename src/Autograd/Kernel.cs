using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Finds the kernel an operator runs on.</summary>
public static class Kernel
{
    /// <summary>The backend's kernel for a contract when it can do what is asked: forward, and backward too under a tape. Else the portable one, else null: the definition.</summary>
    public static TKernel? For<TKernel>(Tensor x, Func<TKernel, Support> supports, Func<Backend, TKernel>? portable = null) where TKernel : class
    {
        Support needed = Tape.Current is null ? Support.Forward : Support.Both;
        if (x.Backend.Find<TKernel>() is { } kernel && (supports(kernel) & needed) == needed) return kernel;
        if (portable is null || x.Backend.RunsDefinitions) return null;
        kernel = portable(x.Backend);
        return (supports(kernel) & needed) == needed ? kernel : null;
    }
}

using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Finds the kernel an operator runs on.</summary>
public static class Kernel
{
    [ThreadStatic] private static List<KernelChoice>? s_watch;

    /// <summary>The backend's kernel for a contract when it can do what is asked: forward, and backward too under a tape. Else the portable one, else null: the definition.</summary>
    public static TKernel? For<TKernel>(Tensor x, Func<TKernel, Support> supports, Func<Backend, TKernel>? portable = null) where TKernel : class =>
        For(x, supports, static (kernel, ask) => ask(kernel), portable);

    /// <summary>The same without a closure: the question gets the spec that it asks about.</summary>
    public static TKernel? For<TKernel, TSpec>(Tensor x, in TSpec spec, Func<TKernel, TSpec, Support> supports, Func<Backend, TKernel>? portable = null) where TKernel : class
    {
        Support needed = Tape.Current is null ? Support.Forward : Support.Both;
        if (x.Backend.Find<TKernel>() is { } kernel && (supports(kernel, spec) & needed) == needed) return Chosen(KernelChoice.Kernel, kernel);
        if (portable is null || x.Backend.RunsDefinitions) return Chosen<TKernel>(KernelChoice.Composition, null);
        kernel = portable(x.Backend);
        return (supports(kernel, spec) & needed) == needed ? Chosen(KernelChoice.Portable, kernel) : Chosen<TKernel>(KernelChoice.Composition, null);
    }

    /// <summary>Notes down what the operators run by an action on this thread were given.</summary>
    internal static IReadOnlyList<KernelChoice> Watch(Action action)
    {
        List<KernelChoice>? before = s_watch;
        List<KernelChoice> choices = s_watch = [];
        try { action(); }
        finally { s_watch = before; }
        return choices;
    }

    private static TKernel? Chosen<TKernel>(KernelChoice choice, TKernel? kernel) where TKernel : class
    {
        s_watch?.Add(choice);
        return kernel;
    }
}

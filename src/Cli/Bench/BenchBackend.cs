namespace Pure.Tuner.Cli;

/// <summary>The processor as a measurement wants it.</summary>
internal static class BenchBackend
{
    /// <exception cref="UsageException">Products are to be bf16 and no matrix unit serves.</exception>
    public static Backend Open(BenchOptions o)
    {
        Backend backend = LanguageModel.OpenBackend("cpu", o.Threads);
        if (!o.RoundsProducts) return backend;
        if (backend.Multiplies(DType.BF16))
        {
            backend.ProductType = DType.BF16;
            return backend;
        }
        string state = ((CpuBackend)backend).MatrixUnitState;
        backend.Dispose();
        throw new UsageException($"bench: {o.Kind}: products: {state}; leave it out, or take a machine with AMX or AVX512-BF16");
    }
}

using Pure.Tuner.Kernels;

namespace Pure.Tuner.Cli;

/// <summary>The processor as a measurement wants it.</summary>
internal static class BenchBackend
{
    /// <exception cref="UsageException">Products are to be bf16 or of integers and no matrix unit serves.</exception>
    public static Backend Open(BenchOptions o)
    {
        Backend backend = LanguageModel.OpenBackend("cpu", o.Threads);
        if (o.Int8Activations)
        {
            var cpu = (CpuBackend)backend;
            cpu.Int8Activations = true;
            if (cpu.Integers is not null) return backend;
            string why = cpu.Int8State;
            backend.Dispose();
            throw new UsageException($"bench: {o.Kind}: int8_activations: {why}; leave it out, or take a machine with AMX, AVX512-VNNI or AVX-VNNI");
        }
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

    /// <summary>With rows rounded to integers: whether a format has codes for them to meet.</summary>
    public static bool HasCodes(string? format) => format is not null && PackedSample.Find(format) is { } sample && Int8Reader.For(sample.Format) is not null;

    /// <exception cref="UsageException">Rows are to be rounded, and the weights have no codes for them to meet.</exception>
    public static void CheckCodes(BenchOptions o, string? format)
    {
        if (o.Int8Activations && !HasCodes(format)) throw new UsageException($"bench: {o.Kind}: int8_activations: rows are rounded for weights in Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K or IQ4_NL, not in {format ?? "f32"}; leave it out{(o.File is null ? ", or say dtype=Q4_1" : "")}");
    }
}

namespace Pure.Tuner.Tests;

/// <summary>What is asked of results when products round their operands (GOLDEN_PRODUCTS): a bound for the distance of each group, beside the tolerances of the cases, which hold for F32.</summary>
internal static class RoundedProducts
{
    /// <summary>Kinds whose results are floats of a model.</summary>
    private static readonly string[] s_kinds = ["causal_lm", "generation", "train_trace"];

    /// <summary>Operands of 8 bits: what was seen on the simulated card (docs/ascend.md), times about one and a half. The rate is no product.</summary>
    private static readonly Dictionary<string, double> s_bf16 = new()
    {
        [""] = 0.04,
        ["grad"] = 0.08,
        ["loss"] = 0.004,
        ["grad_norm"] = 0.015,
        ["at_checkpoint"] = 0.006,
        ["state"] = 0.025,
        ["lr"] = 1e-9,
    };

    /// <summary>Operands of 11 bits. A step of Adam follows a gradient's sign: where one is nearly 0 a finer product helps its weight little.</summary>
    private static readonly Dictionary<string, double> s_f16 = new()
    {
        [""] = 0.005,
        ["grad"] = 0.012,
        ["loss"] = 0.0003,
        ["grad_norm"] = 0.0015,
        ["final"] = 0.008,
        ["at_checkpoint"] = 0.003,
        ["state"] = 0.003,
        ["lr"] = 1e-9,
    };

    /// <summary>Kinds whose weights are packed as such.</summary>
    private static readonly string[] s_packedKinds = ["gguf_causal_lm", "real_model"];

    /// <summary>Rows of integers of 8 bits: what was seen with the kernel of AVX2 (docs/emitted-kernels.md), times about one and a half.</summary>
    private static readonly Dictionary<string, double> s_int8 = new() { [""] = 0.1, ["logits"] = 0.03, ["dequantized"] = 0, ["mean_nll"] = 0.01 };

    /// <summary>The distances of a case; null while products round nothing.</summary>
    internal static GoldenDistances? Of() => GoldenBackend.RoundsRows ? new GoldenDistances(s_int8) : GoldenBackend.Products switch
    {
        DType.BF16 => new GoldenDistances(s_bf16),
        DType.F16 => new GoldenDistances(s_f16),
        _ => null,
    };

    /// <summary>Why a kind is not judged so, or null.</summary>
    internal static string? SkipReason(string kind) =>
        GoldenBackend.RoundsRows ? s_packedKinds.Contains(kind) ? null : $"{kind}: only {string.Join(", ", s_packedKinds)} are measured with rounded rows"
        : GoldenBackend.Products == DType.F32 || s_kinds.Contains(kind) ? null : $"{kind}: only {string.Join(", ", s_kinds)} are measured with rounded products";

    /// <summary>Judges the distances, and writes them down where GOLDEN_DISTANCES names a file.</summary>
    internal static void Finish(GoldenCase golden)
    {
        if (golden.Distances is not { } distances) return;
        if (Environment.GetEnvironmentVariable("GOLDEN_DISTANCES") is { Length: > 0 } file)
            File.AppendAllLines(file, distances.All.Select(d => FormattableString.Invariant($"{golden.Kind}\t{golden.Area}/{golden.Name}\t{d.Group}\t{d.Distance:G3}")));
        distances.Check();
    }
}

using BenchmarkDotNet.Attributes;

namespace Pure.Tuner.Bench;

/// <summary>An operator of the table on the processor: its kernel, its definition, and forward with backward.</summary>
[MemoryDiagnoser]                                  // nothing allocated that grows with the tensor
public abstract class KernelBenchmarks(string op)
{
    private Backend _backend = null!;
    private PreparedCase _case = null!;

    /// <summary>Rows of the activation: tokens.</summary>
    public abstract int Rows { get; set; }

    /// <summary>Length of a row.</summary>
    public abstract int Hidden { get; set; }

    /// <summary>Checks, then warms: a wrong kernel has no time.</summary>
    [GlobalSetup]
    public void Setup()
    {
        OpCase row = OpCases.Get(op);
        using (Backend oracle = Backends.Open("reference"), tested = Backends.Open("cpu")) OpCheck.FusedAgainstComposed(row, tested, oracle);
        _backend = Backends.Open("cpu");
        _case = row.Prepare(_backend, Rows, Hidden);
        _case.RunFused();
        _case.RunBackward();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _case.Dispose();
        _backend.Dispose();
    }

    [Benchmark(Baseline = true)] public void Composed() => _case.RunComposed();
    [Benchmark] public void Fused() => _case.RunFused();
    [Benchmark] public void ForwardAndBackward() => _case.RunBackward();
}

/// <summary>x · rsqrt(mean(x²) + eps) · weight.</summary>
public class RmsNormBenchmarks() : KernelBenchmarks("rms_norm")
{
    [Params(1, 512)] public override int Rows { get; set; }
    [Params(896, 4096)] public override int Hidden { get; set; }
}

/// <summary>softmax(x).</summary>
public class SoftmaxBenchmarks() : KernelBenchmarks("softmax")
{
    [Params(1, 512)] public override int Rows { get; set; }
    [Params(896, 4096)] public override int Hidden { get; set; }
}

/// <summary>silu(gate) · up.</summary>
public class SwiGluBenchmarks() : KernelBenchmarks("gated_activation")
{
    [Params(1, 512)] public override int Rows { get; set; }
    [Params(4864, 11008)] public override int Hidden { get; set; }
}

/// <summary>x Wᵀ: the matrix multiply. A primitive: composed and fused are the same code.</summary>
public class MatMulBenchmarks() : KernelBenchmarks("linear")
{
    [Params(1, 512)] public override int Rows { get; set; }
    [Params(896, 2048)] public override int Hidden { get; set; }
}

/// <summary>Causal attention, heads of 64, one key head for several query heads.</summary>
public class AttentionBenchmarks() : KernelBenchmarks("attention")
{
    [Params(128, 512)] public override int Rows { get; set; }
    [Params(896, 2048)] public override int Hidden { get; set; }
}

/// <summary>Head and loss in one; the vocabulary is eight rows' lengths.</summary>
public class LinearCrossEntropyBenchmarks() : KernelBenchmarks("linear_cross_entropy")
{
    [Params(64, 512)] public override int Rows { get; set; }
    [Params(896)] public override int Hidden { get; set; }
}

/// <summary>Queries or keys turned by their positions, heads of 64.</summary>
public class RopeBenchmarks() : KernelBenchmarks("rope")
{
    [Params(1, 512)] public override int Rows { get; set; }
    [Params(896, 4096)] public override int Hidden { get; set; }
}

/// <summary>x Wᵀ + s (x Aᵀ) Bᵀ, rank 16.</summary>
public class LoraLinearBenchmarks() : KernelBenchmarks("lora_linear")
{
    [Params(1, 512)] public override int Rows { get; set; }
    [Params(576, 896)] public override int Hidden { get; set; }
}

using BenchmarkDotNet.Attributes;

namespace Pure.Tuner.Bench;

/// <summary>The products of training, as <c>pure-tuner bench gemm --dtype f32</c> times them beside others.</summary>
[MemoryDiagnoser]                                  // a product allocates nothing
public class GemmBenchmarks
{
    private Backend _backend = null!;
    private Tensor _a = null!, _b = null!, _left = null!, _right = null!, _y = null!;

    /// <summary>Layers and directions, and squares.</summary>
    public static IEnumerable<string> Names => GemmShape.All.Select(s => s.Name);

    [ParamsSource(nameof(Names))] public string Shape { get; set; } = "";

    /// <summary>What the weight is stored in.</summary>
    [Params("f32", "bf16")] public string Type { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _backend = Backends.Open("cpu");
        GemmShape shape = GemmShape.All.First(s => s.Name == Shape);
        (_a, _b, _left, _right, _y) = GemmBench.Operands(_backend, shape, Type == "bf16" ? DType.BF16 : DType.F32);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (Tensor t in (Tensor[])[_left, _right, _a, _b, _y]) t.Dispose();
        _backend.Dispose();
    }

    [Benchmark] public void Product() => _backend.MatMul(_left, _right, _y);
}

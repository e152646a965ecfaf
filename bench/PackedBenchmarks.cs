using BenchmarkDotNet.Attributes;

namespace Pure.Tuner.Bench;

/// <summary>Products with a weight in F32 and packed: x Wᵀ and dy W.</summary>
[MemoryDiagnoser]                                  // a product allocates nothing
public class PackedBenchmarks
{
    private Backend _backend = null!;
    private QuantizedTensor _packed = null!;
    private Tensor _dense = null!, _turned = null!, _x = null!, _y = null!;

    [Params("nf4-64-dq", "Q4_1", "Q8_0", "affine4-g128", "int8")] public string Format { get; set; } = "";

    /// <summary>1 is decoding, 512 a prompt or a training step.</summary>
    [Params(1, 512)] public int Rows { get; set; }

    /// <summary>Rows and columns of the weight.</summary>
    [Params(576, 4096)] public int Hidden { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _backend = Backends.Open("cpu");
        _packed = PackedSample.Find(Format)!.Make(_backend, [Hidden, Hidden], 1);
        _dense = Tensor.Empty(_backend, [Hidden, Hidden]);
        _packed.Read(.., _dense);
        _turned = _dense.View([Hidden, Hidden], [1, Hidden], 0);
        _x = Tensor.Full(_backend, [Rows, Hidden], 0.5f);
        _y = Tensor.Zeros(_backend, [Rows, Hidden]);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (Tensor t in (Tensor[])[_turned, _dense, _x, _y]) t.Dispose();
        _packed.Dispose();
        _backend.Dispose();
    }

    [Benchmark(Baseline = true)] public void Dense() => _backend.MatMul(_x, _turned, _y);
    [Benchmark] public void Packed() => _packed.MatMul(_x, false, _y, 1, false);
    [Benchmark] public void DenseGradient() => _backend.MatMul(_x, _dense, _y);
    [Benchmark] public void PackedGradient() => _packed.MatMul(_x, true, _y, 1, false);
}

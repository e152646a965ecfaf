using System.Diagnostics;
using Pure.Tuner.Kernels;
using Xunit.Abstractions;

namespace Pure.Tuner.Tests;

/// <summary>Figures, not checks: <c>PURE_TUNER_SPEED=1 dotnet test -c Release tests/Backends --filter MatMulSpeed --logger "console;verbosity=detailed"</c>.</summary>
/// <remarks>On one thread; the best run by the clock and the mean by processor time, which other processes disturb less.</remarks>
[Trait("Category", "Speed")]
public class MatMulSpeed(ITestOutputHelper output)
{
    private static readonly (int M, int N, int K, string Layout, DType DType)[] s_cases =
    [
        (1024, 1024, 1024, "nn", DType.F32), (1024, 1024, 1024, "nt", DType.F32), (1024, 1024, 1024, "nt", DType.BF16), (1024, 1024, 1024, "tn", DType.F32),
        (512, 1536, 576, "nt", DType.F32), (512, 576, 1536, "nn", DType.F32), (1536, 576, 512, "tn", DType.F32),
        (512, 8, 576, "nt", DType.F32), (512, 16, 576, "nt", DType.F32), (512, 576, 8, "nn", DType.F32), (8, 576, 512, "tn", DType.F32), (576, 8, 512, "tn", DType.F32), (512, 8, 576, "nn", DType.F32),
        (64, 64, 64, "nn", DType.F32), (1, 4096, 4096, "nt", DType.F32), (1, 4096, 4096, "nt", DType.BF16), (1, 4096, 4096, "nn", DType.F32),
        (4, 4096, 4096, "nt", DType.F32), (8, 4096, 1024, "nt", DType.F32), (16, 4096, 1024, "nt", DType.F32), (32, 4096, 1024, "nt", DType.F32), (64, 4096, 1024, "nt", DType.F32),
    ];

    [SkippableFact]
    public void Figures()
    {
        Skip.If(Environment.GetEnvironmentVariable("PURE_TUNER_SPEED") is null, "set PURE_TUNER_SPEED to measure");
        double peak = MachinePeak.MeasureCoreGflops();
        output.WriteLine($"one core: {peak:F1} GFLOP/s, copy {MachinePeak.MeasureCopy(1):F1} GB/s, read {MachinePeak.MeasureRead(1):F1} GB/s, {Blocking.Default}");
        using var cpu = new CpuBackend(1);
        foreach ((int m, int n, int k, string layout, DType dtype) in s_cases)
        {
            using Tensor a = TestTensors.Make(cpu, [m, k], DType.F32, LayoutOf(layout[0]), 1), b = TestTensors.Make(cpu, [k, n], dtype, LayoutOf(layout[1]), 2), y = Tensor.Zeros(cpu, [m, n]);
            for (int i = 0; i < 3; i++) cpu.MatMul(a, b, y);
            double best = double.MaxValue;
            int runs = 0;
            var clock = Stopwatch.StartNew();
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            for (; clock.ElapsedMilliseconds < 500; runs++)
            {
                long start = Stopwatch.GetTimestamp();
                cpu.MatMul(a, b, y);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
            double mean = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds / runs, flops = 2.0 * m * n * k * 1e-9;
            output.WriteLine($"[{m}, {k}] x [{k}, {n}] {layout} {dtype.Name}: best {best * 1e6:F0} us {flops / best:F1} GFLOP/s {flops / best / peak:P0}, mean of processor time {flops / mean / peak:P0}; b at {(double)n * k * dtype.Size / best * 1e-9:F1} GB/s");
        }
    }

    private static TestTensors.Layout LayoutOf(char c) => c == 't' ? TestTensors.Layout.Transposed : TestTensors.Layout.Contiguous;
}

using System.Diagnostics;

namespace Pure.Tuner;

/// <summary>One product, dense and packed.</summary>
/// <param name="DenseMs">Medians of the F32 matrix: x Wᵀ and dy W.</param>
/// <param name="PackedMs">Of the packed one; null where only F32 was asked for.</param>
internal sealed record GemmBenchResult((double Forward, double Backward) DenseMs, (double Forward, double Backward)? PackedMs);

/// <summary>Times products of dense matrices, and products with a weight, in F32 and packed, one after the other in turn: what else the machine does then meets both.</summary>
internal static class GemmBench
{
    /// <summary>Arithmetic of one measurement: small products are repeated within it.</summary>
    private const double LeastFlops = 2e9;

    /// <summary>Median milliseconds of one product.</summary>
    /// <param name="backend">The processor.</param>
    /// <param name="shape">Sizes and how the operands lie.</param>
    /// <param name="weight">What the weight is stored in; activations and their gradients are F32.</param>
    /// <param name="runs">Runs that count.</param>
    /// <param name="warmupMs">How long it is multiplied before, at least once.</param>
    internal static double RunDense(Backend backend, GemmShape shape, DType weight, int runs, int warmupMs)
    {
        (Tensor a, Tensor b, Tensor left, Tensor right, Tensor y) = Operands(backend, shape, weight);
        int repeats = Math.Max(1, (int)Math.Min(LeastFlops / shape.Flops, 100_000));
        var times = new double[runs];
        OpBench.Warm(() => backend.MatMul(left, right, y), warmupMs);
        for (int run = 0; run < runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < repeats; i++) backend.MatMul(left, right, y);
            backend.Synchronize();
            times[run] = Stopwatch.GetElapsedTime(start).TotalMilliseconds / repeats;
        }
        foreach (Tensor t in (Tensor[])[left, right, a, b, y]) t.Dispose();
        return times.Order().ElementAt(runs / 2);
    }

    /// <summary>Both operands as they lie in memory and as they are multiplied, and the result's place.</summary>
    internal static (Tensor A, Tensor B, Tensor Left, Tensor Right, Tensor Y) Operands(Backend backend, GemmShape shape, DType weight)
    {
        (int m, int n, int k) = (shape.M, shape.N, shape.K);
        bool turnsLeft = shape.Layout == GemmLayout.Weight, turnsRight = shape.Layout == GemmLayout.Forward;
        Tensor a = Tensor.Full(backend, turnsLeft ? [k, m] : [m, k], 0.5), b = Tensor.Full(backend, turnsRight ? [n, k] : [k, n], 0.01, turnsLeft ? DType.F32 : weight);
        return (a, b, turnsLeft ? a.View([m, k], [1, m], 0) : a.Hold(), turnsRight ? b.View([k, n], [1, k], 0) : b.Hold(), Tensor.Zeros(backend, [m, n]));
    }

    /// <param name="backend">The processor.</param>
    /// <param name="shape">[out, in].</param>
    /// <param name="rows">Rows of x.</param>
    /// <param name="packed">The format, or null for F32 alone.</param>
    /// <param name="runs">Runs that count.</param>
    internal static GemmBenchResult Run(Backend backend, Shape shape, int rows, PackedSample? packed, int runs)
    {
        using QuantizedTensor? w = packed?.Make(backend, shape, 1);
        using Tensor dense = Tensor.Full(backend, shape, 0.01f), turned = dense.View([shape[1], shape[0]], [1, shape[1]], 0);
        w?.Read(.., dense);
        using Tensor x = Tensor.Full(backend, [rows, shape[1]], 0.5f), y = Tensor.Zeros(backend, [rows, shape[0]]), dx = Tensor.Zeros(backend, [rows, shape[1]]);
        var times = new double[4, runs];
        for (int run = -2; run < runs; run++)
        {
            Time(0, () => backend.MatMul(x, turned, y));
            if (w is not null) Time(1, () => w.MatMul(x, false, y, 1, false));
            Time(2, () => backend.MatMul(y, dense, dx));
            if (w is not null) Time(3, () => w.MatMul(y, true, dx, 1, false));

            void Time(int what, Action product)
            {
                long start = Stopwatch.GetTimestamp();
                product();
                backend.Synchronize();
                if (run >= 0) times[what, run] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }
        return new((Median(0), Median(2)), w is null ? null : (Median(1), Median(3)));

        double Median(int what) => Enumerable.Range(0, runs).Select(r => times[what, r]).Order().ElementAt(runs / 2);
    }
}

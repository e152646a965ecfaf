using System.Diagnostics;

namespace Pure.Tuner;

/// <summary>Times an operator on made-up inputs: forward alone, and the backward that follows a forward under a tape.</summary>
internal static class OperatorTimes
{
    /// <summary>Runs before those that count take so long: the runtime compiles a loop well only after it has been called often.</summary>
    internal const int WarmupMs = 1500;

    /// <summary>Median milliseconds of the forward without a tape, of the forward under one, which may do a part of the gradient's work already, and of the backward.</summary>
    /// <param name="backend">The processor.</param>
    /// <param name="inputs">Parameters whose gradients begin anew each time.</param>
    /// <param name="forward">The operator.</param>
    /// <param name="runs">Runs that count.</param>
    /// <param name="warmupMs">How long it is run before.</param>
    internal static (double Forward, double Taped, double Backward) Run(Backend backend, IReadOnlyList<Parameter> inputs, Func<Tensor> forward, int runs, int warmupMs = WarmupMs)
    {
        double[] ahead = new double[runs], taped = new double[runs], back = new double[runs];
        OpBench.Warm(() => Once(-1), warmupMs);
        for (int run = 0; run < runs; run++) Once(run);
        return (Median(ahead), Median(taped), Median(back));

        void Once(int run)
        {
            long start = Stopwatch.GetTimestamp();
            using (TensorScope.Begin())
            {
                forward();
                backend.Synchronize();
            }
            if (run >= 0) ahead[run] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            foreach (Parameter parameter in inputs) parameter.GradBegun = false;
            using var tape = Tape.Begin();
            using var scope = TensorScope.Begin();
            start = Stopwatch.GetTimestamp();
            Tensor y = forward();
            backend.Synchronize();
            if (run >= 0) taped[run] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            Tensor dy = Tensor.Full(backend, y.Shape, 1, y.DType);
            backend.Synchronize();
            start = Stopwatch.GetTimestamp();
            tape.Backward(y, dy);
            backend.Synchronize();
            if (run >= 0) back[run] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
    }

    /// <summary>Numbers near 0 of a fixed seed, [shape].</summary>
    internal static Parameter Numbers(Backend backend, string name, Shape shape, DType dtype = DType.F32, bool trained = true)
    {
        ulong key = Kernels.CounterRandom.Key(6, 0, 0, name);
        var pool = new float[1 << 16];
        for (int i = 0; i < pool.Length; i++) pool[i] = (Kernels.CounterRandom.Word(key, i) / (float)uint.MaxValue - 0.5f) * 0.1f;
        Tensor y = Tensor.Empty(backend, shape, dtype);
        for (long at = 0; at < shape.Count; at += pool.Length)
        {
            int count = (int)Math.Min(pool.Length, shape.Count - at);
            using Tensor part = Tensor.From<float>(backend, pool.AsSpan(0, count), [count]), place = y.View([count], [1], at);
            backend.Copy(part, place);
        }
        return new Parameter(name, y) { RequiresGrad = trained };
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}

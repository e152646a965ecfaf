using System.Diagnostics;

namespace Pure.Tuner;

/// <summary>Times operators.</summary>
public static class OpBench
{
    /// <summary>Rows and row lengths that are measured when none are named: one token and a batch, a small model's width and a large one's.</summary>
    public static IReadOnlyList<(int Rows, int Width)> Sizes { get; } = [(1, 896), (512, 896), (512, 4096)];

    /// <summary>Forward and backward of an operator at a size: the median of repeats after a warm-up.</summary>
    /// <param name="op">The operator; one without bench shape is not measured.</param>
    /// <param name="backend">Where.</param>
    /// <param name="rows">Rows of the sample.</param>
    /// <param name="width">Length of a row.</param>
    /// <param name="limits">What the machine can do, or null.</param>
    /// <param name="repeat">Runs that count.</param>
    /// <param name="warmupMs">How long to run before.</param>
    public static IEnumerable<OpMeasurement> Measure(OpCase op, Backend backend, int rows, int width, IMachineLimits? limits = null, int repeat = 50, int warmupMs = 200)
    {
        ArgumentNullException.ThrowIfNull(op);
        if (op.Bench is null) yield break;
        using PreparedCase prepared = op.Prepare(backend, rows, width);
        OpCost cost = prepared.Cost(op.IsDifferentiable);

        long start = 0;
        double[] times = Times(() =>
        {
            start = Stopwatch.GetTimestamp();
            prepared.RunFused();
            return Stopwatch.GetElapsedTime(start);
        }, repeat, warmupMs);
        yield return Result("forward", times, cost.Flops, cost.Bytes);
        if (!op.IsDifferentiable) yield break;

        times = Times(() =>
        {
            prepared.RunBackward(afterForward: () => start = Stopwatch.GetTimestamp());
            return Stopwatch.GetElapsedTime(start);
        }, repeat, warmupMs);
        yield return Result("backward", times, cost.BackwardFlops, cost.BackwardBytes);

        OpMeasurement Result(string direction, double[] us, double flops, double bytes)
        {
            double median = us[us.Length / 2], gBPerSecond = bytes / median / 1e3, gFlops = flops / median / 1e3;
            double limit = (cost.IsArithmetic ? limits?.GFlops : limits?.GBPerSecond) ?? 0;
            double? share = limit > 0 ? (cost.IsArithmetic ? gFlops : gBPerSecond) / limit : null;
            return new(op.Name, direction, prepared.Sample.Name, prepared.Sample.Narrowest, backend.Name, median, us.Length, gBPerSecond, gFlops, share, cost.IsArithmetic);
        }
    }

    /// <summary>Runs until the runtime has compiled the loops as well as it can: it does so in the background, after a pause, when code has been called often; on one core it needs the pauses to come to it at all.</summary>
    /// <param name="run">What will be measured; called at least once.</param>
    /// <param name="ms">How long in all.</param>
    internal static void Warm(Action run, int ms)
    {
        const int Rounds = 4, PauseMs = 120;
        bool pauses = ms >= Rounds * PauseMs;
        long begin = Stopwatch.GetTimestamp();
        for (int round = 0; round < Rounds && (round == 0 || Stopwatch.GetElapsedTime(begin).TotalMilliseconds < ms); round++)
        {
            long start = Stopwatch.GetTimestamp();
            do run();
            while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < ms / Rounds - (pauses ? PauseMs : 0));
            if (pauses) Thread.Sleep(PauseMs);
        }
    }

    private static double[] Times(Func<TimeSpan> run, int repeat, int warmupMs)
    {
        Warm(() => run(), warmupMs);
        var us = new double[Math.Max(1, repeat)];
        for (int i = 0; i < us.Length; i++) us[i] = run().TotalMicroseconds;
        Array.Sort(us);
        return us;
    }
}

using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pure.Tuner.Kernels;

/// <summary>What this machine can do at most, measured: the denominators of every share of peak.</summary>
internal static unsafe class MachinePeak
{
    private const int Repeats = 5;
    private const long CopyBytes = 64 << 20;                // beyond the last-level cache of one core

    /// <summary>Multiply-adds in independent chains of the widest vectors, on one core: GFLOP/s, two a multiply-add. The best of some short runs.</summary>
    public static double MeasureCoreGflops() => RunFma(1).Best;

    /// <summary>Copying memory on a number of threads: GB/s, bytes read plus bytes written.</summary>
    public static double MeasureCopy(int threads) => RunCopy(threads).Best;

    /// <summary>Reading memory on a number of threads: GB/s.</summary>
    public static double MeasureRead(int threads) => RunRead(threads).Best;

    /// <summary>The chains of multiply-adds on a number of threads at once.</summary>
    public static PeakRuns RunFma(int threads, int repeats = Repeats)
    {
        using var pool = new WorkerPool(threads);
        var flops = new long[threads];
        var ms = new double[repeats];
        for (int i = 0; i < repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            pool.Run(threads, 1, new EachChain(flops));
            ms[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        return new PeakRuns(flops.Sum(), ms);
    }

    /// <inheritdoc cref="MeasureCopy"/>
    public static PeakRuns RunCopy(int threads, int repeats = Repeats) => RunMemory(threads, repeats, 2, static (x, y, bytes) => Buffer.MemoryCopy((void*)x, (void*)y, bytes, bytes));

    /// <inheritdoc cref="MeasureRead"/>
    public static PeakRuns RunRead(int threads, int repeats = Repeats) => RunMemory(threads, repeats, 1, static (x, y, bytes) => *(float*)y = Sum((float*)x, bytes / sizeof(float)));

    private readonly struct EachChain(long[] flops) : IRangeBody
    {
        public void Invoke(int first, int end)
        {
            const int Rounds = 400_000;
            for (int i = first; i < end; i++)
            {
                (float sum, flops[i]) =
                    Vector512.IsHardwareAccelerated ? Chains512(Rounds) :
                    Vector256.IsHardwareAccelerated ? Chains256(Rounds) :
                    Vector128.IsHardwareAccelerated ? Chains128(Rounds) : ChainsScalar(Rounds);
                if (float.IsNaN(sum)) throw new InvalidOperationException("peak: the chains became NaN");   // also keeps the sums alive
            }
        }
    }

    private delegate void Pass(nint x, nint y, long bytes);

    private static PeakRuns RunMemory(int threads, int repeats, int bytesPerByte, Pass pass)
    {
        void* x = NativeMemory.AlignedAlloc((nuint)(CopyBytes * threads), 64), y = NativeMemory.AlignedAlloc((nuint)(CopyBytes * threads), 64);
        try
        {
            NativeMemory.Clear(x, (nuint)(CopyBytes * threads));
            NativeMemory.Clear(y, (nuint)(CopyBytes * threads));
            using var pool = new WorkerPool(threads);
            var ms = new double[repeats];
            for (int i = 0; i < repeats; i++)
            {
                long start = Stopwatch.GetTimestamp();
                pool.Run(threads, 1, new EachThread((nint)x, (nint)y, pass));
                ms[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
            return new PeakRuns((double)CopyBytes * threads * bytesPerByte, ms);
        }
        finally
        {
            NativeMemory.AlignedFree(x);
            NativeMemory.AlignedFree(y);
        }
    }

    private readonly struct EachThread(nint x, nint y, Pass pass) : IRangeBody
    {
        public void Invoke(int first, int end)
        {
            for (int i = first; i < end; i++) pass(x + (nint)(i * CopyBytes), y + (nint)(i * CopyBytes), CopyBytes);
        }
    }

    private static float Sum(float* x, long count)
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
        for (float* end = x + count; x < end; x += 64)
        {
            s0 += Vector512.Load(x);
            s1 += Vector512.Load(x + 16);
            s2 += Vector512.Load(x + 32);
            s3 += Vector512.Load(x + 48);
        }
        return Vector512.Sum(s0 + s1 + (s2 + s3));
    }

    // Twelve chains: more than latency times issue width of any machine so far, fewer than the registers.

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static (float, long) Chains512(int rounds)
    {
        Vector512<float> m = Vector512.Create(0.999f), a = Vector512.Create(1e-3f);
        Vector512<float> x0 = m, x1 = m, x2 = m, x3 = m, x4 = m, x5 = m, x6 = m, x7 = m, x8 = m, x9 = m, xa = m, xb = m;
        for (int i = 0; i < rounds; i++)
        {
            x0 = Vector512.MultiplyAddEstimate(x0, m, a);
            x1 = Vector512.MultiplyAddEstimate(x1, m, a);
            x2 = Vector512.MultiplyAddEstimate(x2, m, a);
            x3 = Vector512.MultiplyAddEstimate(x3, m, a);
            x4 = Vector512.MultiplyAddEstimate(x4, m, a);
            x5 = Vector512.MultiplyAddEstimate(x5, m, a);
            x6 = Vector512.MultiplyAddEstimate(x6, m, a);
            x7 = Vector512.MultiplyAddEstimate(x7, m, a);
            x8 = Vector512.MultiplyAddEstimate(x8, m, a);
            x9 = Vector512.MultiplyAddEstimate(x9, m, a);
            xa = Vector512.MultiplyAddEstimate(xa, m, a);
            xb = Vector512.MultiplyAddEstimate(xb, m, a);
        }
        return (Vector512.Sum(x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + xa + xb), rounds * 12L * 16 * 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static (float, long) Chains256(int rounds)
    {
        Vector256<float> m = Vector256.Create(0.999f), a = Vector256.Create(1e-3f);
        Vector256<float> x0 = m, x1 = m, x2 = m, x3 = m, x4 = m, x5 = m, x6 = m, x7 = m, x8 = m, x9 = m, xa = m, xb = m;
        for (int i = 0; i < rounds; i++)
        {
            x0 = Vector256.MultiplyAddEstimate(x0, m, a);
            x1 = Vector256.MultiplyAddEstimate(x1, m, a);
            x2 = Vector256.MultiplyAddEstimate(x2, m, a);
            x3 = Vector256.MultiplyAddEstimate(x3, m, a);
            x4 = Vector256.MultiplyAddEstimate(x4, m, a);
            x5 = Vector256.MultiplyAddEstimate(x5, m, a);
            x6 = Vector256.MultiplyAddEstimate(x6, m, a);
            x7 = Vector256.MultiplyAddEstimate(x7, m, a);
            x8 = Vector256.MultiplyAddEstimate(x8, m, a);
            x9 = Vector256.MultiplyAddEstimate(x9, m, a);
            xa = Vector256.MultiplyAddEstimate(xa, m, a);
            xb = Vector256.MultiplyAddEstimate(xb, m, a);
        }
        return (Vector256.Sum(x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + xa + xb), rounds * 12L * 8 * 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static (float, long) Chains128(int rounds)
    {
        Vector128<float> m = Vector128.Create(0.999f), a = Vector128.Create(1e-3f);
        Vector128<float> x0 = m, x1 = m, x2 = m, x3 = m, x4 = m, x5 = m, x6 = m, x7 = m, x8 = m, x9 = m, xa = m, xb = m;
        for (int i = 0; i < rounds; i++)
        {
            x0 = Vector128.MultiplyAddEstimate(x0, m, a);
            x1 = Vector128.MultiplyAddEstimate(x1, m, a);
            x2 = Vector128.MultiplyAddEstimate(x2, m, a);
            x3 = Vector128.MultiplyAddEstimate(x3, m, a);
            x4 = Vector128.MultiplyAddEstimate(x4, m, a);
            x5 = Vector128.MultiplyAddEstimate(x5, m, a);
            x6 = Vector128.MultiplyAddEstimate(x6, m, a);
            x7 = Vector128.MultiplyAddEstimate(x7, m, a);
            x8 = Vector128.MultiplyAddEstimate(x8, m, a);
            x9 = Vector128.MultiplyAddEstimate(x9, m, a);
            xa = Vector128.MultiplyAddEstimate(xa, m, a);
            xb = Vector128.MultiplyAddEstimate(xb, m, a);
        }
        return (Vector128.Sum(x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + xa + xb), rounds * 12L * 4 * 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static (float, long) ChainsScalar(int rounds)
    {
        const float M = 0.999f, A = 1e-3f;
        float x0 = M, x1 = M, x2 = M, x3 = M, x4 = M, x5 = M, x6 = M, x7 = M;
        for (int i = 0; i < rounds; i++)
        {
            x0 = x0 * M + A;
            x1 = x1 * M + A;
            x2 = x2 * M + A;
            x3 = x3 * M + A;
            x4 = x4 * M + A;
            x5 = x5 * M + A;
            x6 = x6 * M + A;
            x7 = x7 * M + A;
        }
        return (x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7, rounds * 8L * 2);
    }
}

/// <summary>The same work, timed several times.</summary>
/// <param name="Work">Floating-point operations or bytes of one run.</param>
/// <param name="Ms">Each run.</param>
internal readonly record struct PeakRuns(double Work, double[] Ms)
{
    /// <summary>10⁹ a second in the fastest run: what else the machine did can only have slowed the others.</summary>
    public double Best => Work / Ms.Min() * 1e-6;

    public double MedianMs => Ms.Order().ElementAt(Ms.Length / 2);
}

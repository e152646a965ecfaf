using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests.Fused;

/// <summary>What every test of a fused kernel does: poisoned memory, guarded blocks, 1, 2 and 3 threads with the same bits, nothing left behind.</summary>
internal static class FusedCheck
{
    /// <summary>Sums of F32 products in another order than the oracle's, and functions a few units in the last place off.</summary>
    public const double F32 = 2e-5;

    /// <summary>Half a unit of the 8 bits of a BF16, and some for inputs of the rounding.</summary>
    public const double BF16 = 6e-3;

    public static float[] Random(int seed, long count, double scale = 1)
    {
        var random = new Random(seed);
        var x = new float[count];
        for (long i = 0; i < count; i++) x[i] = (float)((random.NextDouble() * 2 - 1) * scale);
        return x;
    }

    public static Tensor Put(Backend backend, float[] x, params int[] shape) => Tensor.From<float>(backend, x, new Shape(shape));

    /// <summary>In another dtype; the oracle reads back what was rounded.</summary>
    public static Tensor Put(Backend backend, DType dtype, float[] x, params int[] shape)
    {
        Tensor f = Put(backend, x, shape);
        if (dtype == DType.F32) return f;
        Tensor y = Tensor.EmptyLike(f, dtype);
        backend.Copy(f, y);
        return y;
    }

    public static float[] Get(Tensor x)
    {
        if (x.DType == DType.F32) return x.ToArray<float>();
        Tensor f = Tensor.EmptyLike(x, DType.F32);
        x.Backend.Copy(x, f);
        return f.ToArray<float>();
    }

    public static float[] Rounded(DType dtype, float[] x) => dtype switch
    {
        DType.BF16 => Array.ConvertAll(x, v => (float)(BFloat16)v),
        DType.F16 => Array.ConvertAll(x, v => (float)(Half)v),
        _ => x,
    };

    /// <summary>A destination: begun with these elements and added to, or undefined.</summary>
    public static Into Begin(Backend backend, float[]? begun, DType dtype, params int[] shape) =>
        begun is null ? new(Tensor.Empty(backend, new Shape(shape), dtype), false) : new(Put(backend, dtype, begun, shape), true);

    public static float[][] SameForAllThreads(Func<CpuBackend, float[][]> run)
    {
        float[][]? first = null;
        foreach (int threads in (int[])[1, 2, 3])
        {
            using var backend = new CpuBackend(threads) { Poison = true };
            float[][] results;
            using (TensorScope.Begin()) results = run(backend);
            Assert.Equal(0, backend.LiveBlocks);
            if (first is null) first = results;
            else
                for (int i = 0; i < first.Length; i++)
                    Assert.True(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(first[i]).SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(results[i])), $"result {i} differs on {threads} threads");
        }
        return first!;
    }

    /// <summary>|actual - expected| within tolerance of the larger of 1 and the largest expected.</summary>
    public static void Close(double[] expected, float[] actual, double tolerance, string what = "")
    {
        Assert.Equal(expected.Length, actual.Length);
        double size = Math.Max(1, expected.Length == 0 ? 1 : expected.Max(Math.Abs));
        for (int i = 0; i < expected.Length; i++)
            if (!(Math.Abs(expected[i] - actual[i]) <= tolerance * size))
                Assert.Fail($"{what}[{i}]: {actual[i]:R} instead of {expected[i]:R}");
    }

    public static double[] Plus(double[] x, float[]? begun) => begun is null ? x : [.. x.Select((v, i) => v + begun[i])];
}

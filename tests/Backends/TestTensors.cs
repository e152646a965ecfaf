using System.Runtime.InteropServices;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Tests;

/// <summary>The same random elements on two backends, under any layout.</summary>
internal static class TestTensors
{
    /// <summary>Layouts of the last two dimensions that a test goes through.</summary>
    public enum Layout { Contiguous, Transposed, Padded, Broadcast, Strided }

    public static float[] Random(long count, int seed, float scale = 1)
    {
        var random = new Random(seed);
        var x = new float[count];
        for (int i = 0; i < x.Length; i++) x[i] = (float)(random.NextDouble() * 2 - 1) * scale;
        return x;
    }

    /// <summary>A tensor of random elements; the same elements for the same seed on every backend.</summary>
    public static Tensor Make(Backend backend, Shape shape, DType dtype, Layout layout, int seed, float scale = 1)
    {
        int rank = shape.Rank;
        int[] lengths = shape.Lengths.ToArray();
        switch (layout)
        {
            case Layout.Transposed when rank >= 2:
                {
                    (lengths[^1], lengths[^2]) = (lengths[^2], lengths[^1]);
                    using Tensor block = Block(backend, new Shape(lengths), dtype, seed, scale);
                    int[] strides = block.Strides.ToArray();
                    (strides[^1], strides[^2]) = (strides[^2], strides[^1]);
                    return block.View(shape, strides, 0);
                }
            case Layout.Padded when rank >= 1:
                {
                    lengths[^1] += 3;
                    using Tensor block = Block(backend, new Shape(lengths), dtype, seed, scale);
                    return block.View(shape, block.Strides.ToArray(), Math.Min(2, block.Shape.Count));
                }
            case Layout.Strided when rank >= 1:
                {
                    lengths[^1] *= 2;
                    using Tensor block = Block(backend, new Shape(lengths), dtype, seed, scale);
                    int[] strides = block.Strides.ToArray();
                    strides[^1] = 2;
                    return block.View(shape, strides, 0);
                }
            case Layout.Broadcast when rank >= 2:
                {
                    using Tensor block = Block(backend, new Shape(lengths[^1]), dtype, seed, scale);
                    var strides = new int[rank];
                    strides[^1] = 1;
                    return block.View(shape, strides, 0);
                }
            default:
                return Block(backend, shape, dtype, seed, scale);
        }
    }

    private static Tensor Block(Backend backend, Shape shape, DType dtype, int seed, float scale)
    {
        float[] x = Random(shape.Count, seed, scale);
        using Tensor wide = Tensor.From<float>(backend, x, shape);
        if (dtype == DType.F32) return wide.View(shape);
        Tensor y = Tensor.Empty(backend, shape, dtype);
        for (long i = 0; i < x.Length; i++) Rows.StoreAt(y, i, dtype.IsFloat ? x[i] : dtype == DType.Bool ? (x[i] > 0 ? 1 : 0) : Math.Truncate(x[i] * 50));
        return y;
    }

    public static double[] Doubles(Tensor x)
    {
        var y = new double[x.Shape.Count];
        for (long i = 0; i < y.Length; i++) y[i] = Rows.Load(x, i);
        return y;
    }

    public static void Close(Tensor expected, Tensor actual, double abs, double rel, string what)
    {
        double[] e = Doubles(expected), a = Doubles(actual);
        for (int i = 0; i < e.Length; i++)
        {
            if (e[i].Equals(a[i])) continue;
            Assert.True(Math.Abs(e[i] - a[i]) <= abs + rel * Math.Abs(e[i]), $"{what}: element {i} of {actual} is {a[i]:R}, expected {e[i]:R}");
        }
    }

    public static byte[] Bytes(Tensor x)
    {
        using Tensor packed = Tensor.Empty(x.Backend, x.Shape, x.DType);
        for (long i = 0; i < x.Shape.Count; i++) Rows.StoreAt(packed, i, Rows.Load(x, i));
        var bytes = new byte[x.Shape.Count * x.DType.Size];
        x.Backend.Download(packed, bytes);
        return bytes;
    }

    /// <summary>A cpu whose blocks start as NaN and end in a guard.</summary>
    public static CpuBackend Cpu(int threads = 2) => new(threads) { Poison = true };
}

using System.Buffers;
using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Uniform random numbers as a function of a key and the element: recomputation, resumption and every device get the same.</summary>
internal static class UniformNoise
{
    /// <summary>Numbers from -size to size in the shape, dtype and place of x; made on the host and sent.</summary>
    internal static Tensor Like(Tensor x, ulong key, double size)
    {
        int count = checked((int)x.Shape.Count);
        float[] values = ArrayPool<float>.Shared.Rent((count + 3) / 4 * 4);
        try
        {
            double scale = 2 * size / 4294967296.0;
            for (int i = 0; i < count; i += 4)
            {
                (uint a, uint b, uint c, uint d) = CounterRandom.Philox(key, (ulong)i >> 2);
                values[i] = (float)(a * scale - size);
                values[i + 1] = (float)(b * scale - size);
                values[i + 2] = (float)(c * scale - size);
                values[i + 3] = (float)(d * scale - size);
            }
            return Tensor.From<float>(x.Backend, values.AsSpan(0, count), x.Shape).To(x.DType);
        }
        finally { ArrayPool<float>.Shared.Return(values); }
    }
}

namespace Pure.Tuner;

/// <summary>Numbers in blocks of 8-bit codes and one F32 each: code = nearest of the map to x / max |x|, back as map[code] · max |x|.</summary>
/// <remarks>Dettmers et al. 2022, arXiv:2110.02861: states of optimizers, and the absmax of 4-bit weights.</remarks>
internal static class Blockwise8Bit
{
    /// <summary>Blocks of so many numbers.</summary>
    internal static int Blocks(long count, int blockSize) => checked((int)((count + blockSize - 1) / blockSize));

    /// <summary>Rounds whole blocks; the last may be short.</summary>
    /// <param name="x">The numbers.</param>
    /// <param name="blockSize">Numbers of a block.</param>
    /// <param name="map">What the codes mean.</param>
    /// <param name="codes">One for each number.</param>
    /// <param name="absmax">One for each block.</param>
    internal static void Quantize(ReadOnlySpan<float> x, int blockSize, DynamicMap map, Span<byte> codes, Span<float> absmax)
    {
        for (int block = 0; x.Length > 0; block++)
        {
            int n = Math.Min(blockSize, x.Length);
            float max = MathF.Abs(TensorPrimitives.MaxMagnitude(x[..n])), inverse = max == 0 ? 0 : 1 / max;
            absmax[block] = max;
            for (int i = 0; i < n; i++) codes[i] = map.Nearest(x[i] * inverse);
            x = x[n..];
            codes = codes[n..];
        }
    }

    /// <summary>The numbers that codes stand for.</summary>
    internal static void Dequantize(ReadOnlySpan<byte> codes, ReadOnlySpan<float> absmax, int blockSize, DynamicMap map, Span<float> y)
    {
        ReadOnlySpan<float> values = map.Values;
        for (int i = 0; i < codes.Length; i++) y[i] = values[codes[i]];
        for (int block = 0; y.Length > 0; block++)
        {
            int n = Math.Min(blockSize, y.Length);
            TensorPrimitives.Multiply(y[..n], absmax[block], y[..n]);
            y = y[n..];
        }
    }
}

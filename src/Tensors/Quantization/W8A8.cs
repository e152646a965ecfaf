namespace Pure.Tuner;

/// <summary>Weights and activations both in 8 bits: symmetric rows, asymmetric rows, smoothing.</summary>
/// <remarks>Xiao et al. 2022, arXiv:2211.10438 (smoothing). Rounding is half to even; sums are exact.</remarks>
internal static class W8A8
{
    /// <summary>s = max |x|^alpha / max |w|^(1 - alpha) of each input channel: x / s and w · s are easier to round.</summary>
    /// <param name="x">[tokens, width].</param>
    /// <param name="w">[out, width].</param>
    /// <param name="width">Input channels.</param>
    /// <param name="alpha">How much of the difficulty goes to the weight.</param>
    internal static float[] SmoothScale(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int width, float alpha)
    {
        float[] ofX = Largest(x, width), ofW = Largest(w, width);
        var s = new float[width];
        for (int c = 0; c < width; c++)
        {
            float scale = (float)(Math.Pow(ofX[c], alpha) / Math.Pow(ofW[c], 1 - alpha));
            s[c] = scale > 0 && float.IsFinite(scale) ? scale : 1;      // a channel that is 0 on either side has nothing to smooth
        }
        return s;

        static float[] Largest(ReadOnlySpan<float> m, int width)
        {
            var largest = new float[width];
            for (int i = 0; i < m.Length; i++) largest[i % width] = MathF.Max(largest[i % width], MathF.Abs(m[i]));
            return largest;
        }
    }

    /// <summary>scale = max |x| / 127, code = clamp(round(x / scale), ±127), for each group of neighbours.</summary>
    /// <param name="x">The numbers.</param>
    /// <param name="group">How many share a scale: a row, or all.</param>
    /// <param name="codes">One for each number.</param>
    /// <returns>The scales.</returns>
    internal static float[] Quantize(ReadOnlySpan<float> x, int group, Span<sbyte> codes)
    {
        var scales = new float[x.Length / group];
        for (int g = 0; g < scales.Length; g++)
        {
            ReadOnlySpan<float> row = x.Slice(g * group, group);
            float scale = scales[g] = MathF.Abs(TensorPrimitives.MaxMagnitude(row)) / 127;
            for (int i = 0; i < group; i++) codes[g * group + i] = scale == 0 ? (sbyte)0 : (sbyte)Math.Clamp(MathF.Round(row[i] / scale), -127, 127);
        }
        return scales;
    }

    /// <summary>scale = (max - min) / 255 with 0 in between, zero = round(-min / scale) - 128, code = clamp(round(x / scale) + zero, -128, 127), for each row.</summary>
    internal static (float[] Scales, int[] Zeros) QuantizeAsymmetric(ReadOnlySpan<float> x, int width, Span<sbyte> codes)
    {
        int rows = x.Length / width;
        (float[] scales, int[] zeros) = (new float[rows], new int[rows]);
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> row = x.Slice(r * width, width);
            float low = MathF.Min(0, TensorPrimitives.Min(row)), high = MathF.Max(0, TensorPrimitives.Max(row));
            float scale = scales[r] = (high - low) / 255;
            int zero = zeros[r] = scale == 0 ? -128 : (int)MathF.Round(-low / scale) - 128;
            for (int i = 0; i < width; i++) codes[r * width + i] = scale == 0 ? (sbyte)zero : (sbyte)Math.Clamp((int)MathF.Round(row[i] / scale) + zero, -128, 127);
        }
        return (scales, zeros);
    }

    /// <summary>sums[i, j] -= zero[i] · Σ w[j]: what the zero points of x added.</summary>
    /// <param name="sums">[tokens, out].</param>
    /// <param name="zeros">[tokens].</param>
    /// <param name="w">[out, width].</param>
    /// <param name="width">Length of a row.</param>
    internal static void TakeZeros(Span<int> sums, ReadOnlySpan<int> zeros, ReadOnlySpan<sbyte> w, int width)
    {
        int outer = w.Length / width;
        for (int j = 0; j < outer; j++)
        {
            int sum = 0;
            foreach (sbyte code in w.Slice(j * width, width)) sum += code;
            for (int i = 0; i < zeros.Length; i++) sums[i * outer + j] -= zeros[i] * sum;
        }
    }

    /// <summary>y = sums · scale of the row of x · scale of the row of W; one scale stands for all rows.</summary>
    internal static float[] Dequantize(ReadOnlySpan<int> sums, ReadOnlySpan<float> xScales, ReadOnlySpan<float> wScales, int outer)
    {
        var y = new float[sums.Length];
        for (int i = 0; i < y.Length; i++) y[i] = sums[i] * xScales[xScales.Length == 1 ? 0 : i / outer] * wScales[wScales.Length == 1 ? 0 : i % outer];
        return y;
    }
}

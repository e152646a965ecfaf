using System.Numerics;

namespace Pure.Tuner;

/// <summary>y = x Wᵀ with whole numbers: rows of x and W in 8 bits, columns of x that hold outliers apart.</summary>
/// <remarks>
/// Dettmers et al. 2022, arXiv:2208.07339. This is the definition of what LLM.int8 does on a GPU; models here multiply by the dequantised
/// weight instead, which loses nothing of the activations.
/// </remarks>
internal static class Int8Linear
{
    /// <summary>codes = round(row · (127 / max)), half to even; a row of zeros gives zeros.</summary>
    /// <param name="row">The numbers.</param>
    /// <param name="codes">From -127 to 127.</param>
    /// <param name="threshold">Numbers from this magnitude on are outliers: they do not count in the maximum and get the code 0. Off at 0.</param>
    /// <returns>The largest magnitude.</returns>
    internal static float QuantizeRow(ReadOnlySpan<float> row, Span<sbyte> codes, float threshold = 0)
    {
        float max = 0;
        foreach (float x in row)
            if (threshold <= 0 || MathF.Abs(x) < threshold) max = MathF.Max(max, MathF.Abs(x));
        float scale = max == 0 ? 0 : 127 / max;
        for (int i = 0; i < row.Length; i++)
            codes[i] = threshold > 0 && MathF.Abs(row[i]) >= threshold ? (sbyte)0 : (sbyte)Math.Clamp(MathF.Round(row[i] * scale), -127, 127);
        return max;
    }

    /// <summary>Columns of x that hold a number of at least the threshold's magnitude, ascending; none when it is 0.</summary>
    /// <param name="x">[tokens, width].</param>
    /// <param name="width">Length of a row.</param>
    /// <param name="threshold">What an outlier is.</param>
    internal static int[] OutlierColumns(ReadOnlySpan<float> x, int width, float threshold)
    {
        if (threshold <= 0) return [];
        var found = new bool[width];
        for (int i = 0; i < x.Length; i++) found[i % width] |= MathF.Abs(x[i]) >= threshold;
        return [.. Enumerable.Range(0, width).Where(c => found[c])];
    }

    /// <summary>y[i, j] = Σ a[i, k] · b[j, k], exact.</summary>
    /// <param name="a">[rows, width].</param>
    /// <param name="b">[columns, width].</param>
    /// <param name="width">Length of a row.</param>
    /// <param name="y">[rows, columns].</param>
    internal static void Multiply(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b, int width, Span<int> y)
    {
        int rows = a.Length / width, columns = b.Length / width;
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) y[i * columns + j] = Dot(a.Slice(i * width, width), b.Slice(j * width, width));
    }

    /// <summary>The parts of a product, for looking at.</summary>
    /// <param name="Outliers">Columns that were left out.</param>
    /// <param name="Scales">SCA: of each row of x.</param>
    /// <param name="Codes">CA: of x, outlier columns 0.</param>
    /// <param name="Sums">CA · CBᵀ.</param>
    /// <param name="Y">The result.</param>
    internal sealed record Product(int[] Outliers, float[] Scales, sbyte[] Codes, int[] Sums, float[] Y);

    /// <summary>y = sums · SCA · SCB / 127² + x[:, outliers] · W[:, outliers]ᵀ + bias.</summary>
    /// <param name="x">[tokens, width].</param>
    /// <param name="codes">Of the weight, [out, width].</param>
    /// <param name="scales">Of the weight, [out].</param>
    /// <param name="width">Length of a row.</param>
    /// <param name="bias">[out], or empty.</param>
    /// <param name="threshold">From which magnitude on an activation is an outlier; 0 for none.</param>
    internal static Product Multiply(ReadOnlySpan<float> x, ReadOnlySpan<sbyte> codes, ReadOnlySpan<float> scales, int width, ReadOnlySpan<float> bias, float threshold)
    {
        int tokens = x.Length / width, outer = scales.Length;
        int[] outliers = OutlierColumns(x, width, threshold);
        var xScales = new float[tokens];
        var xCodes = new sbyte[x.Length];
        for (int i = 0; i < tokens; i++)
        {
            Span<sbyte> row = xCodes.AsSpan(i * width, width);
            xScales[i] = QuantizeRow(x.Slice(i * width, width), row, threshold);
            foreach (int c in outliers) row[c] = 0;
        }
        var sums = new int[tokens * outer];
        Multiply(xCodes, codes, width, sums);
        var y = new float[sums.Length];
        for (int i = 0; i < tokens; i++)
            for (int j = 0; j < outer; j++)
            {
                double apart = 0;
                foreach (int c in outliers) apart += (double)x[i * width + c] * (codes[j * width + c] * scales[j] * Int8RowFormat.Unit);
                y[i * outer + j] = (float)(sums[i * outer + j] * ((double)xScales[i] * scales[j] / (127.0 * 127)) + apart + (bias.IsEmpty ? 0 : bias[j]));
            }
        return new Product(outliers, xScales, xCodes, sums, y);
    }

    private static int Dot(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b)
    {
        int sum = 0, i = 0;
        if (Vector.IsHardwareAccelerated)
        {
            Vector<int> sums = Vector<int>.Zero;
            for (; i <= a.Length - Vector<sbyte>.Count; i += Vector<sbyte>.Count)
            {
                Vector.Widen(new Vector<sbyte>(a[i..]), out Vector<short> a0, out Vector<short> a1);
                Vector.Widen(new Vector<sbyte>(b[i..]), out Vector<short> b0, out Vector<short> b1);
                Vector.Widen(a0 * b0, out Vector<int> s0, out Vector<int> s1);      // 128 · 128 fits 16 bits
                Vector.Widen(a1 * b1, out Vector<int> s2, out Vector<int> s3);
                sums += s0 + s1 + (s2 + s3);
            }
            sum = Vector.Sum(sums);
        }
        for (; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}

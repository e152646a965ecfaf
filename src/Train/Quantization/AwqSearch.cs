using System.Numerics.Tensors;

namespace Pure.Tuner;

/// <summary>Settings of AWQ, named as in quant_config.</summary>
internal sealed record AwqOptions
{
    /// <summary>4 in files.</summary>
    public int Bits { get; init; } = 4;

    /// <summary>Columns of a group; 0 for the whole row.</summary>
    public int GroupSize { get; init; } = 128;

    /// <summary>Whether a group's grid reaches from its smallest to its largest weight; else it is symmetric.</summary>
    public bool HasZeroPoint { get; init; } = true;

    /// <summary>Whether scales look at weights as well as at inputs.</summary>
    public bool IsDuo { get; init; } = true;

    /// <summary>Ratios that are tried.</summary>
    public int Ratios { get; init; } = 20;

    /// <summary>Clips that are tried, each a twentieth smaller.</summary>
    public int Clips { get; init; } = 10;
}

/// <summary>Scales of input channels and clips of groups by which rounding changes a layer's outputs least.</summary>
/// <remarks>
/// Lin et al. 2023, arXiv:2306.00978, as AutoAWQ searches. Its losses are mean squared differences of outputs; here they are computed from Xᵀ X, which is the same
/// number without keeping X.
/// </remarks>
internal sealed class AwqSearch(AwqOptions options)
{
    private const double LeastScale = 1e-4, LeastRange = 1e-5;

    /// <summary>What a search over ratios found.</summary>
    /// <param name="Losses">Mean squared difference of the outputs, for each ratio.</param>
    /// <param name="Best">The first of the smallest.</param>
    /// <param name="Scales">One for each input.</param>
    internal sealed record Found(double[] Losses, int Best, double[] Scales);

    private readonly int _top = options.HasZeroPoint ? (1 << options.Bits) - 1 : (1 << options.Bits - 1) - 1;

    /// <summary>Mean over rows of |w| / (max |w| of its group + 1e-6), [columns].</summary>
    internal double[] WeightMeans(float[] w, int rows, int columns)
    {
        var sum = new double[columns];
        int size = Size(columns);
        var row = new double[columns];
        for (int r = 0; r < rows; r++)
        {
            for (int i = 0; i < columns; i++) row[i] = Math.Abs((double)w[r * columns + i]);
            for (int g = 0; g < columns; g += size)
            {
                Span<double> group = row.AsSpan(g, Math.Min(size, columns - g));
                TensorPrimitives.Divide(group, TensorPrimitives.Max<double>(group) + 1e-6, group);
            }
            TensorPrimitives.Add(sum, row, sum);
        }
        TensorPrimitives.Divide(sum, Math.Max(1, rows), sum);
        return sum;
    }

    /// <summary>Tries the ratios on layers that share their inputs.</summary>
    /// <param name="w">Their weights one under another, [rows, columns].</param>
    /// <param name="rows">Outputs of all of them.</param>
    /// <param name="hessian">Of their inputs.</param>
    /// <param name="energy">The same on a device.</param>
    internal Found Scales(float[] w, int rows, Hessian hessian, OutputEnergy energy)
    {
        int columns = hessian.Width;
        double[] x = hessian.MeanAbsolute(), means = WeightMeans(w, rows, columns);
        var losses = new double[options.Ratios];
        double[]? best = null;
        int at = 0;
        var difference = new float[w.Length];
        for (int r = 0; r < options.Ratios; r++)
        {
            double[] scales = Candidate(x, means, (double)r / options.Ratios);
            Parallel.For(0, rows, row =>
            {
                var scaled = new double[columns];
                for (int i = 0; i < columns; i++) scaled[i] = w[row * columns + i] * scales[i];
                RoundRow(scaled, scaled);
                for (int i = 0; i < columns; i++) difference[row * columns + i] = (float)(scaled[i] / scales[i] - w[row * columns + i]);
            });
            losses[r] = energy.Of(difference) / rows;
            if (best is null || losses[r] < losses[at]) (best, at) = (scales, r);
        }
        return new Found(losses, at, best!);
    }

    /// <summary>Clips each group where that makes its part of the outputs less wrong.</summary>
    /// <param name="w">Scaled weights, [rows, columns]; clipped in place.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="hessian">Of the inputs before they were divided by the scales.</param>
    /// <param name="scales">The scales.</param>
    /// <returns>The smallest error of each group, [rows, groups]: the mean squared difference of its part of the output.</returns>
    internal double[] Clip(double[] w, int rows, Hessian hessian, double[] scales)
    {
        int columns = hessian.Width, size = Size(columns), groups = (columns + size - 1) / size;
        double[][] forms = [.. Enumerable.Range(0, groups).Select(g => Form(hessian, scales, g * size, Math.Min(size, columns - g * size)))];
        var errors = new double[rows * groups];
        Parallel.For(0, rows, row =>
        {
            double[] clipped = new double[size], rounded = new double[size];
            for (int g = 0; g < groups; g++)
            {
                int width = Math.Min(size, columns - g * size);
                Span<double> group = w.AsSpan(row * columns + g * size, width), y = clipped.AsSpan(0, width), q = rounded.AsSpan(0, width);
                double most = 0, least = double.PositiveInfinity, bestMost = 0;
                foreach (double v in group) most = Math.Max(most, Math.Abs(v));
                for (int t = 0; t < options.Clips; t++)
                {
                    double limit = most * (1 - (double)t / options.Ratios);
                    for (int i = 0; i < width; i++) y[i] = Math.Clamp(group[i], -limit, limit);
                    RoundGroup(y, q);
                    for (int i = 0; i < width; i++) q[i] -= group[i];
                    double error = 0;
                    for (int i = 0; i < width; i++) error += q[i] * TensorPrimitives.Dot(forms[g].AsSpan(i * width, width), q);
                    if (error < least) (least, bestMost) = (error, limit);
                }
                errors[row * groups + g] = least;
                for (int i = 0; i < width; i++) group[i] = Math.Clamp(group[i], -bestMost, bestMost);
            }
        });
        return errors;
    }

    /// <summary>Rounds scaled weights to codes.</summary>
    internal AffineCodes Quantize(double[] w, int rows, int columns)
    {
        var y = new AffineCodes(rows, columns, options.Bits, options.GroupSize);
        int size = Size(columns);
        Parallel.For(0, rows, row =>
        {
            for (int g = 0; g < y.Groups; g++)
            {
                int width = Math.Min(size, columns - g * size);
                ReadOnlySpan<double> group = w.AsSpan(row * columns + g * size, width);
                (double exact, _) = Grid(TensorPrimitives.Min(group), TensorPrimitives.Max(group));
                float scale = AffineGrid.Stored(exact);
                int zero = options.HasZeroPoint ? AffineGrid.Zeroed(TensorPrimitives.Min(group), scale, _top) : 1 << options.Bits - 1;
                var grid = new AffineGrid(scale, (byte)zero, (1 << options.Bits) - 1);
                (y.Scales[row * y.Groups + g], y.Zeros[row * y.Groups + g]) = (scale, (byte)zero);
                for (int i = 0; i < width; i++) y.Codes[row * columns + g * size + i] = grid.Code(group[i]);
            }
        });
        return y;
    }

    /// <summary>The number nearest to each on the group's grid, for a whole row.</summary>
    internal void RoundRow(ReadOnlySpan<double> w, Span<double> y)
    {
        int size = Size(w.Length);
        for (int g = 0; g < w.Length; g += size) RoundGroup(w.Slice(g, Math.Min(size, w.Length - g)), y.Slice(g, Math.Min(size, w.Length - g)));
    }

    private void RoundGroup(ReadOnlySpan<double> w, Span<double> y)
    {
        (double scale, double zero) = Grid(TensorPrimitives.Min(w), TensorPrimitives.Max(w));
        (double low, double high) = options.HasZeroPoint ? (0, _top) : (-_top - 1, _top);
        for (int i = 0; i < w.Length; i++) y[i] = (Math.Clamp(Math.Round(w[i] / scale) + zero, low, high) - zero) * scale;
    }

    private (double Scale, double Zero) Grid(double least, double most)
    {
        if (!options.HasZeroPoint) return (Math.Max(Math.Max(-least, most), LeastRange) / _top, 0);
        double scale = Math.Max(most - least, LeastRange) / _top;
        return (scale, Math.Clamp(-Math.Round(least / scale), 0, _top));
    }

    private double[] Candidate(double[] x, double[] means, double ratio)
    {
        var s = new double[x.Length];
        for (int i = 0; i < s.Length; i++) s[i] = Math.Max(options.IsDuo ? Math.Pow(x[i], ratio) / (Math.Pow(means[i], 1 - ratio) + LeastScale) : Math.Pow(x[i], ratio), LeastScale);
        double middle = Math.Sqrt(TensorPrimitives.Max<double>(s) * TensorPrimitives.Min<double>(s));
        TensorPrimitives.Divide(s, middle, s);
        return s;
    }

    /// <summary>Xᵀ X / n of a group's columns of X / s.</summary>
    private static double[] Form(Hessian hessian, double[] scales, int first, int width)
    {
        var form = new double[width * width];
        double factor = 1.0 / Math.Max(1, hessian.Rows);
        for (int i = 0; i < width; i++)
            for (int j = 0; j < width; j++) form[i * width + j] = factor * hessian[first + i, first + j] / (scales[first + i] * scales[first + j]);
        return form;
    }

    private int Size(int columns) => options.GroupSize == 0 ? columns : options.GroupSize;
}

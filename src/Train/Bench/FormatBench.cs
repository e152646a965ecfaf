namespace Pure.Tuner;

/// <summary>What a format costs and keeps.</summary>
/// <param name="BitsPerWeight">All parts counted, as they lie in memory.</param>
/// <param name="Error">‖W - Q‖ / ‖W‖ on normal numbers.</param>
/// <param name="RowMs">One row times the weights of <see cref="RowWeights"/>.</param>
/// <param name="RowWeights">Weights that the row met.</param>
/// <param name="ManyMs">512 rows times the matrix.</param>
/// <param name="DenseMs">The same in F32.</param>
internal sealed record FormatBenchResult(double BitsPerWeight, double Error, double RowMs, long RowWeights, double ManyMs, double DenseMs);

/// <summary>Measures formats on a matrix of normal numbers, on one thread.</summary>
/// <remarks>Times are the least of several runs, in processor time: what else the machine does meanwhile can only add.</remarks>
internal static class FormatBench
{
    /// <summary>Side of the matrix, and rows of the second product.</summary>
    internal const int Side = 4096, Rows = 512;

    /// <summary>A row meets copies of the matrix one after another, so many bytes in all: more than caches hold, as when a model answers.</summary>
    private const long Beyond = 192L << 20;

    /// <param name="backend">The processor, with one thread.</param>
    /// <param name="format">The format; null for F32 itself.</param>
    /// <param name="runs">Runs, of which the best counts.</param>
    /// <param name="side">Side of the matrix.</param>
    internal static FormatBenchResult Run(Backend backend, StorageFormat? format, int runs, int side = Side)
    {
        float[] numbers = Normal((long)side * side, seed: 42);
        Shape shape = [side, side];
        using var dense = new Parameter("f32", Tensor.From<float>(backend, numbers, shape));
        using Weight w = format is null ? new Parameter("f32", Tensor.From<float>(backend, numbers, shape)) : Store(backend, format, shape, numbers);
        double error = Relative(w, numbers);
        int copies = (int)Math.Clamp(Beyond / w.Bytes, 1, 64);
        Weight[] all = [w, .. Enumerable.Range(1, copies - 1).Select(_ => Copy(w))];
        using Tensor row = Tensor.Full(backend, [1, side], 0.5f), rowY = Tensor.Zeros(backend, [1, side]);
        double rowMs = Best(runs, () => { foreach (Weight copy in all) copy.MatMul(row, false, rowY, 1, false); });
        foreach (Weight copy in all[1..]) copy.Dispose();
        using Tensor x = Tensor.Full(backend, [Rows, side], 0.5f), y = Tensor.Zeros(backend, [Rows, side]);
        double denseMs = double.MaxValue, manyMs = double.MaxValue;
        for (int run = 0; run < runs; run++)          // in turn: what is slow for a while is slow for both
        {
            denseMs = Math.Min(denseMs, Best(1, () => dense.MatMul(x, false, y, 1, false)));
            manyMs = Math.Min(manyMs, Best(1, () => w.MatMul(x, false, y, 1, false)));
        }
        return new FormatBenchResult(8.0 * w.Bytes / w.Shape.Count, error, rowMs, copies * w.Shape.Count, manyMs, denseMs);
    }

    /// <summary>‖W - Q‖ / ‖W‖ over the linear layers of a model that fit the format, and the share of their weights that do; the head is none of them.</summary>
    internal static (double Relative, double Share) ErrorOn(DecoderModel model, StorageFormat format)
    {
        double error = 0, size = 0;
        long fitting = 0, all = 0;
        foreach (Weight weight in model.Linears.Where(l => !ReferenceEquals(l, model.Head)).Select(l => l.Weight))
        {
            all += weight.Shape.Count;
            if (weight.Shape[1] % format.Grain != 0) continue;
            fitting += weight.Shape.Count;
            float[] numbers = Matrices.Read(weight);
            using Weight packed = Store(weight.Backend, format, weight.Shape, numbers);
            (double e, double s) = Squares(packed, numbers);
            error += e;
            size += s;
        }
        return (size > 0 ? Math.Sqrt(error / size) : 0, (double)fitting / Math.Max(1, all));
    }

    /// <summary>Numbers of a bell curve, the same on every machine: Box and Muller.</summary>
    internal static float[] Normal(long count, ulong seed)
    {
        var numbers = new float[count];
        Parallel.For(0, (count + 1) / 2, i =>
        {
            (uint a, uint b, _, _) = Kernels.CounterRandom.Philox(seed, (ulong)i);
            double radius = Math.Sqrt(-2 * Math.Log((a + 0.5) / 4294967296.0)), angle = 2 * Math.PI * b / 4294967296.0;
            numbers[2 * i] = (float)(radius * Math.Cos(angle));
            if (2 * i + 1 < count) numbers[2 * i + 1] = (float)(radius * Math.Sin(angle));
        });
        return numbers;
    }

    /// <summary>A matrix in a format.</summary>
    internal static Weight Store(Backend backend, StorageFormat format, Shape shape, float[] numbers)
    {
        if (format.Quantizer is { } quantizer) return quantizer.Quantize(backend, format.Name, shape, (first, y) => numbers.AsSpan(first * shape[1], y.Length).CopyTo(y));
        using var scope = TensorScope.Begin();
        return new Parameter(format.Name, Tensor.From<float>(backend, numbers, shape).To(format.Plain!.Value));
    }

    /// <summary>‖W - Q‖ / ‖W‖</summary>
    internal static double Relative(Weight w, float[] numbers)
    {
        (double error, double size) = Squares(w, numbers);
        return size > 0 ? Math.Sqrt(error / size) : 0;
    }

    private static (double Error, double Size) Squares(Weight w, float[] numbers)
    {
        float[] q = Matrices.Read(w);
        double error = 0, size = 0;
        for (int i = 0; i < q.Length; i++)
        {
            double d = (double)numbers[i] - q[i];
            error += d * d;
            size += (double)numbers[i] * numbers[i];
        }
        return (error, size);
    }

    private static Weight Copy(Weight w)
    {
        if (w is Parameter p) return new Parameter(p.Name, Copy(p.Value));
        var packed = (QuantizedTensor)w;
        QuantizedTensor copy = QuantizedTensor.Empty(packed.Backend, packed.Name, packed.Shape, packed.Format);
        for (int i = 0; i < packed.Parts.Count; i++) packed.Backend.Copy(packed.Parts[i], copy.Parts[i]);
        return copy;
    }

    private static Tensor Copy(Tensor x)
    {
        Tensor y = Tensor.EmptyLike(x);
        x.Backend.Copy(x, y);
        return y;
    }

    /// <summary>The shortest processor time of the runs, in milliseconds; the first one is for the compiler.</summary>
    private static double Best(int runs, Action work)
    {
        double best = double.MaxValue;
        if (runs > 1) work();
        for (int run = 0; run < runs; run++)
        {
            TimeSpan start = Environment.CpuUsage.TotalTime;
            work();
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - start).TotalMilliseconds);
        }
        return best;
    }
}

namespace Pure.Tuner;

public sealed partial class CpuBackend : IDropoutKernel
{
    Support IDropoutKernel.Supports(in DropoutSpec spec) => spec.Rate is >= 0 and < 1 ? Support.Both : Support.None;

    void IDropoutKernel.Apply(in DropoutSpec spec, Tensor x, Into y)
    {
        if (y.IsEmpty) return;
        using var scope = TensorScope.Begin();
        Tensor target = y.Target, xs = x.WithUnitRows();
        bool flat = xs.IsContiguous && target.IsContiguous;
        long count = x.Shape.Count;
        int d = flat ? (int)Math.Min(count, DropoutRow.FlatLength) : x.Shape.Last;
        if (count == 0) return;
        ForRows(checked((int)((count + d - 1) / d)), new DropoutRow(spec, xs, y, d, flat, count), 16L * d);
    }
}

/// <summary>A row, or a piece of a flat tensor; elements keep their row-major number either way.</summary>
internal readonly struct DropoutRow(DropoutSpec spec, Tensor x, Into y, int d, bool flat, long count) : IRowBody
{
    public const int FlatLength = 4096;

    public void Invoke(int row)
    {
        long first = (long)row * d;
        int n = (int)Math.Min(d, count - first);
        Tensor target = y.Target;
        long from = flat ? first : RowOffset(x, row, d), to = flat ? first : RowOffset(target, row, d);
        ReadOnlySpan<float> xs = ReadPart(x, from, n, Scratch.Floats(0, n));
        Span<float> ys = OpenPart(target, to, n, y.Accumulate, Scratch.Floats(1, n));
        Span<float> factors = Scratch.Floats(2, n);
        Factors(spec.Key, first, CounterRandom.DropBelow(spec.Rate), 1 / (1 - spec.Rate), factors);
        if (y.Accumulate) TensorPrimitives.MultiplyAdd(xs, factors, ys, ys);
        else TensorPrimitives.Multiply(xs, factors, ys);
        WritePart(ys, target, to);
    }

    /// <summary>0 or the scale for elements first, first + 1, ...: four to a counter, as <see cref="CounterRandom.Word"/>.</summary>
    private static void Factors(ulong key, long first, uint below, float scale, Span<float> y)
    {
        int i = 0;
        for (; i < y.Length && (first + i) % 4 != 0; i++) y[i] = CounterRandom.Word(key, first + i) >= below ? scale : 0;
        for (; i + 8 <= y.Length; i += 8)                                    // two counters at a time: their multiplications overlap
        {
            ulong counter = (ulong)(first + i) >> 2;
            (uint a, uint b, uint c, uint e) = CounterRandom.Philox(key, counter);
            (uint f, uint g, uint h, uint k) = CounterRandom.Philox(key, counter + 1);
            Span<float> part = y.Slice(i, 8);
            part[0] = a >= below ? scale : 0;
            part[1] = b >= below ? scale : 0;
            part[2] = c >= below ? scale : 0;
            part[3] = e >= below ? scale : 0;
            part[4] = f >= below ? scale : 0;
            part[5] = g >= below ? scale : 0;
            part[6] = h >= below ? scale : 0;
            part[7] = k >= below ? scale : 0;
        }
        for (; i < y.Length; i++) y[i] = CounterRandom.Word(key, first + i) >= below ? scale : 0;
    }
}

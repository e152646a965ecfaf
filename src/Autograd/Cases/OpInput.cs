using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>One input of a sample: what it is called, its shape, what it is filled with and how it lies in memory.</summary>
/// <param name="Name">As in the operator's signature.</param>
/// <param name="Shape">Lengths that the operator sees.</param>
public sealed record OpInput(string Name, Shape Shape)
{
    /// <summary>Elements added around a <see cref="OpLayout.Sliced"/> input: NaN, so that a kernel that reads them is found out.</summary>
    private const int Margin = 3;

    /// <summary>Dtype that the operator sees.</summary>
    public DType DType { get; init; } = DType.F32;

    /// <summary>What it is filled with.</summary>
    public OpValues Values { get; init; }

    /// <summary>How it lies in memory.</summary>
    public OpLayout Layout { get; init; }

    /// <summary>Whether the operator takes it as a <see cref="Parameter"/>: stays contiguous, keeps its dtype when the activations change theirs.</summary>
    public bool IsWeight { get; init; }

    /// <summary>Whether no gradient is wanted.</summary>
    public bool IsFrozen { get; init; }

    /// <summary>Bound of <see cref="OpValues.Ids"/>.</summary>
    public int Below { get; init; }

    /// <summary>A float input that follows the dtype and layout of the sample.</summary>
    public bool IsActivation => !IsWeight && DType.IsFloat && Values is not (OpValues.Cosine or OpValues.Sine);

    /// <summary>Whether its gradient is compared.</summary>
    public bool WantsGrad => DType.IsFloat && !IsFrozen;

    /// <summary>Shape of the parameter that holds it.</summary>
    internal Shape StoredShape
    {
        get
        {
            int[] lengths = [.. Shape.Lengths];
            if (Layout == OpLayout.Transposed) (lengths[^1], lengths[^2]) = (lengths[^2], lengths[^1]);
            if (Layout == OpLayout.Sliced)
            {
                lengths[^1] += 2 * Margin;
                if (lengths.Length > 1) lengths[0] += 2 * Margin;
            }
            return new(lengths);
        }
    }

    /// <summary>The elements that the operator sees, in row-major order: a function of the name alone.</summary>
    internal double[] Generate(string key)
    {
        ulong stream = CounterRandom.Key(1, 0, 0, $"{key}/{Name}");
        double Random(long i) => CounterRandom.Word(stream, i) / 4294967296.0;
        var y = new double[Shape.Count];
        for (int i = 0; i < y.Length; i++)
        {
            double r = Random(i);
            y[i] = Values switch
            {
                OpValues.Signed => 2 * r - 1,
                OpValues.Positive => 0.5 + 1.5 * r,
                OpValues.AwayFromZero => r < 0.5 ? -0.2 - 2 * r : 2 * r - 0.8,
                OpValues.Even => 0.2 * (Math.Floor(r * 11) - 5),
                OpValues.Odd => 0.2 * (Math.Floor(r * 11) - 5) + 0.1,
                OpValues.Cosine => Math.Cos(0.37 * i),
                OpValues.Sine => Math.Sin(0.37 * i),
                OpValues.Ids => Math.Floor(r * Below),
                OpValues.Truth => r < 0.5 ? 0 : 1,
                _ => r,
            };
        }
        if (Values == OpValues.Distinct) Rank(y, Shape.Last);
        return y;
    }

    /// <summary>Row-major elements as the parameter stores them.</summary>
    internal double[] Arrange(ReadOnlySpan<double> elements, double margin)
    {
        if (Layout == OpLayout.Contiguous) return elements.ToArray();
        Shape stored = StoredShape;
        int[] strides = stored.ContiguousStrides();
        long offset = 0;
        if (Layout == OpLayout.Transposed) (strides[^1], strides[^2]) = (strides[^2], strides[^1]);
        else
        {
            offset = Margin * strides[^1];
            if (strides.Length > 1) offset += Margin * strides[0];
        }
        var y = new double[stored.Count];
        Array.Fill(y, margin);
        for (int i = 0; i < elements.Length; i++)
        {
            long at = offset, rest = i;
            for (int d = strides.Length - 1; d >= 0; d--)
            {
                (rest, long index) = Math.DivRem(rest, Shape[d]);
                at += index * strides[d];
            }
            y[at] = elements[i];
        }
        return y;
    }

    /// <summary>What the operator sees, through operators, so that the gradient finds its way back.</summary>
    internal Tensor View(Parameter stored)
    {
        Tensor x = stored.Value;
        if (Layout == OpLayout.Transposed) return x.Transpose();
        if (Layout == OpLayout.Sliced)
        {
            if (Shape.Rank > 1) x = x.Slice(0, Margin, Shape[0]);
            return x.Slice(Shape.Rank - 1, Margin, Shape.Last);
        }
        // A parameter's gradient is F32: seen through a view, a narrow activation gets one of its own dtype, as between layers.
        return DType == DType.F32 || IsWeight ? x : PermuteOp.Apply(x, [.. Enumerable.Range(0, Shape.Rank)]);
    }

    /// <summary>Replaces the elements of each row by their rank, spread over -2 to 2.</summary>
    private static void Rank(double[] y, int n)
    {
        for (int start = 0; n > 0 && start < y.Length; start += n)
        {
            int[] order = [.. Enumerable.Range(0, n)];
            Array.Sort(y.AsSpan(start, n).ToArray(), order);
            for (int i = 0; i < n; i++) y[start + order[i]] = 4.0 * i / n - 2;
        }
    }
}

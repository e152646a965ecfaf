namespace Pure.Tuner;

/// <summary>What an operator must at least do: additions and multiplications, and bytes read and written once.</summary>
/// <param name="Flops">Of the forward.</param>
/// <param name="Bytes">Of the forward.</param>
/// <param name="BackwardFlops">Of the backward.</param>
/// <param name="BackwardBytes">Of the backward.</param>
public readonly record struct OpCost(double Flops, double Bytes, double BackwardFlops, double BackwardBytes)
{
    /// <summary>Flops to a byte from which arithmetic, not memory, is the limit: between a machine's two peaks, far from both.</summary>
    private const double Balance = 8;

    /// <summary>One operation for each of a number of elements; backward is twice that, and moves twice as much.</summary>
    public static OpCost Moving(double elements, double bytes) => new(elements, bytes, 2 * elements, 2 * bytes);

    /// <summary>A product of matrices [m, k] x [k, n]; each gradient that is wanted is one more.</summary>
    /// <param name="m">Rows of the first.</param>
    /// <param name="k">Length of the sums.</param>
    /// <param name="n">Columns of the second.</param>
    /// <param name="bytes">Of both and of the result.</param>
    /// <param name="gradients">How many of its operands want one.</param>
    public static OpCost Product(double m, double k, double n, double bytes, int gradients)
    {
        double flops = 2 * m * k * n;
        return new(flops, bytes, gradients * flops, gradients * bytes);
    }

    /// <summary>Bytes of the elements that a tensor has: one that is stretched over a dimension counts once.</summary>
    public static double BytesOf(Tensor x)
    {
        double bytes = x.DType.Size;
        for (int i = 0; i < x.Shape.Rank; i++)
            if (x.Strides[i] != 0) bytes *= x.Shape[i];
        return bytes;
    }

    /// <summary>Both, one after the other.</summary>
    public static OpCost operator +(OpCost a, OpCost b) =>
        new(a.Flops + b.Flops, a.Bytes + b.Bytes, a.BackwardFlops + b.BackwardFlops, a.BackwardBytes + b.BackwardBytes);

    /// <summary>Backward alone where forward is left out.</summary>
    internal OpCost Unless(bool leftOut) => leftOut ? this with { Flops = 0, Bytes = 0 } : this;

    /// <summary>Whether arithmetic is the limit, so that flops are the measure.</summary>
    public bool IsArithmetic => Flops > Balance * Bytes;
}

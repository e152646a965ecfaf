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

    /// <summary>Elements read and written once, and as often again with their gradients.</summary>
    /// <param name="elements">Elements of inputs and output together.</param>
    /// <param name="size">Bytes an element.</param>
    public static OpCost Moving(double elements, int size = 4) => new(elements, elements * size, 2 * elements, 2 * elements * size);

    /// <summary>A product of matrices [m, k] x [k, n]; backward is two of them.</summary>
    public static OpCost Product(double m, double k, double n, int size = 4)
    {
        double bytes = size * (m * k + k * n + m * n);
        return new(2 * m * k * n, bytes, 4 * m * k * n, 2 * bytes);
    }

    /// <summary>Both, one after the other.</summary>
    public static OpCost operator +(OpCost a, OpCost b) =>
        new(a.Flops + b.Flops, a.Bytes + b.Bytes, a.BackwardFlops + b.BackwardFlops, a.BackwardBytes + b.BackwardBytes);

    /// <summary>Whether arithmetic is the limit, so that flops are the measure.</summary>
    public bool IsArithmetic => Flops > Balance * Bytes;
}

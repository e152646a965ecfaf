namespace Pure.Tuner;

/// <summary>
/// How far a result may be from its definition where products of matrices round their operands (<see cref="Backend.ProductType"/>) in both: by the norm of the
/// tensor, since one operand that falls to the other side of a half moves one element by much more than the rest.
/// </summary>
/// <remarks>
/// What a device makes itself before it rounds it (probabilities, the low-rank part, gradients between products) differs from the definition's by some 2⁻²⁴ and may then round
/// otherwise: the operand is off by one unit of its rounding, 2⁻⁸ of itself for BF16, 2⁻¹¹ for F16. That bounds the whole.
/// Where rounding moves nothing in the definition, the tolerance is that of F32; a device whose sums may come back rounded (<see cref="Backend.MayRoundSums"/>) may be off by as much again, and cannot be told from one that rounds nothing.
/// </remarks>
internal static class ProductTolerance
{
    /// <summary>Of BF16: a unit of rounding.</summary>
    private const double Bound = 4e-3;

    /// <summary>The same where rounding happens elsewhere than in the definition: attention rounds probabilities before they are divided by their sum, the definition after; few rows meet packed weights that are not rounded.</summary>
    private const double WideBound = 8e-3;

    /// <summary>The same where tensors are stored in 16 bits, which rounds each of them once more.</summary>
    private const double NarrowBound = 2e-2;

    /// <summary>
    /// Rounding moves a result about as far as the bounds, so they alone would also hold for a device that rounds nothing. Where all is F32 a product must be nearer to
    /// the rounded definition than this share of what rounding moves; attention, which rounds in another place, is told apart by tests of its own.
    /// </summary>
    private const double Share = 0.02;

    /// <summary>Where terms cancel, as in the gradient of a sink, rounding moves a result by more than the bounds, and roundings elsewhere move it about as far again.</summary>
    private const double Cancelled = 1.5;

    /// <summary>One element may be off by so many bounds of its own size or, where it is small, of the root mean square of all: the norm of many does not show a single wrong one.</summary>
    private const double OneElement = 25;

    /// <summary>Below this rounding moves so little that a share of it says nothing.</summary>
    private const double Felt = 1e-4;

    /// <summary>How far rounding may move a gradient along a direction of all elements, by its norm: the wide bound for the products of forward and those of backward.</summary>
    public static double Gradient(DType products) => products == DType.F32 ? 0 : 2 * WideBound * Unit(products);

    /// <summary>The bound for a sample.</summary>
    public static double Of(OpCase op, OpSample sample, DType products) =>
        sample.Narrowest != DType.F32 ? NarrowBound * Math.Max(Unit(products), Unit(sample.Narrowest))
        : (op.Name is "attention" or "linear" or "lora_linear" ? WideBound : Bound) * Unit(products);

    /// <summary>Whether a sample tells rounding from none, given how far rounding moves its definition.</summary>
    public static bool Tells(OpCase op, OpSample sample, DType products, double moved) =>
        op.Name is "matmul" or "linear" or "lora_linear" && sample is { IsF32: true, Packed: null } && moved > Felt * Unit(products);

    /// <summary>The error in units of the tolerance, and what is wrong.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="backend">The device.</param>
    /// <param name="what">The tensor, for the message.</param>
    /// <param name="actual">The device's.</param>
    /// <param name="expected">The definition's, rounded too.</param>
    /// <param name="exact">The definition's without rounding.</param>
    /// <param name="factor">How often the definition's was added.</param>
    public static (double Worst, string? Fault) Compare(OpCase op, OpSample sample, Backend backend, string what, double[] actual, double[] expected, double[] exact, double factor)
    {
        DType products = backend.ProductType;
        double moved = Distance(exact, expected);
        if (moved == 0 || actual.Length != expected.Length) return OpTolerance.Compare(what, actual, expected, sample.Narrowest, factor);
        double distance = Distance(expected, actual, factor), bound = Math.Max(Of(op, sample, products) * (backend.MayRoundSums(products) ? 2 : 1), Cancelled * moved);
        if (!(distance <= bound)) return (double.IsNaN(distance) ? double.PositiveInfinity : distance / bound, $"{what} is {distance:G3} of its norm from the definition with products of {products.Name} (bound {bound:G3}; rounding moves it by {moved:G3})");
        if (WorstElement(expected, actual, factor) is var (at, off) && !(off <= OneElement * bound))
            return (double.IsFinite(off) ? off / (OneElement * bound) : double.PositiveInfinity, $"{what}[{at}] is {actual[at]:G6}, expected {factor * expected[at]:G6} with products of {products.Name}: off by {off:G3} of its size or the tensor's (bound {OneElement * bound:G3})");
        if (!backend.MayRoundSums(products) && Tells(op, sample, products, moved) && distance > Share * moved)
            return (distance / (Share * moved), $"{what} is {distance:G3} of its norm from the definition with products of {products.Name}, which rounding moves by {moved:G3} alone: its operands are not rounded to {products.Name}");
        return (distance / bound, null);
    }

    /// <summary>‖actual - factor · expected‖ as a share of ‖factor · expected‖, over what is finite; the rest must be equal, or it is not finite.</summary>
    public static double Distance(double[] expected, double[] actual, double factor = 1)
    {
        double size = 0, off = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double e = factor * expected[i], d = actual[i] - e;
            if (actual[i].Equals(e) && !double.IsFinite(e)) continue;
            size += double.IsFinite(e) ? e * e : 0;
            off += d * d;
        }
        return off == 0 ? 0 : Math.Sqrt(off) / Math.Max(Math.Sqrt(size), 1e-6);
    }

    /// <summary>The element that is furthest off as a share of its own size or of the root mean square of all, whichever is larger.</summary>
    private static (int At, double Off) WorstElement(double[] expected, double[] actual, double factor)
    {
        double rms = Math.Max(Math.Sqrt(expected.Where(double.IsFinite).Select(e => factor * e * factor * e).DefaultIfEmpty(0).Average()), 1e-6);
        (int At, double Off) worst = (0, 0);
        for (int i = 0; i < expected.Length; i++)
        {
            double e = factor * expected[i];
            if (actual[i].Equals(e)) continue;
            double off = Math.Abs(actual[i] - e) / Math.Max(rms, double.IsFinite(e) ? Math.Abs(e) : 0);
            if (!(off <= worst.Off)) worst = (i, off);
        }
        return worst;
    }

    /// <summary>The unit of a type's rounding, in those of BF16.</summary>
    private static double Unit(DType type) => type == DType.F16 ? 1.0 / 8 : 1;
}

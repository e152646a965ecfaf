using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>y = f(a, b), element by element; lengths of 1 and missing leading dimensions are stretched, as NumPy does.</summary>
public sealed class BinaryOp(BinaryKind kind) : Op
{
    /// <param name="kind">The function.</param>
    /// <param name="a">Any shape.</param>
    /// <param name="b">A shape that fits a's.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or the dtypes differ.</exception>
    public static Tensor Apply(BinaryKind kind, Tensor a, Tensor b)
    {
        if (a.DType != b.DType) throw new ArgumentException($"{Called(kind)}: dtypes differ: {a} and {b}; convert one with To");
        return new BinaryOp(kind).Run(a, b);
    }

    internal override string Name => Called(kind);

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        Shape shape = Broadcast(kind, x[0], x[1]);
        y[0] = Tensor.Empty(x[0].Backend, shape, kind.IsComparison ? DType.Bool : x[0].DType);
        x[0].Backend.Binary(kind, ExpandOp.Stretch(x[0], shape), ExpandOp.Stretch(x[1], shape), y[0]);
        if (kind is BinaryKind.Mul or BinaryKind.Div)
        {
            SaveIf(Wants(1), x[0]);
            SaveIf(Wants(0) || kind == BinaryKind.Div, x[1]);
        }
        else if (kind is BinaryKind.Max or BinaryKind.Min or BinaryKind.Pow) Save(x[0], x[1]);
        (_a, _b) = (x[0].Shape, x[1].Shape);
    }

    private Shape _a, _b;

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx)
    {
        Tensor g = dy[0]!;
        switch (kind)
        {
            case BinaryKind.Add:
                dx.PassReduced(0, g, _a);
                dx.PassReduced(1, g, _b);
                break;
            case BinaryKind.Sub:
                dx.PassReduced(0, g, _a);
                if (dx.Wants(1)) dx.PassReduced(1, -g, _b);
                break;
            case BinaryKind.Mul:
                if (dx.Wants(0)) dx.PassReduced(0, g * Saved(1), _a);
                if (dx.Wants(1)) dx.PassReduced(1, g * Saved(0), _b);
                break;
            case BinaryKind.Div:
                Tensor quotient = g / Saved(1);
                if (dx.Wants(0)) dx.PassReduced(0, quotient, _a);
                if (dx.Wants(1)) dx.PassReduced(1, -(quotient * Saved(0) / Saved(1)), _b);
                break;
            case BinaryKind.Max or BinaryKind.Min:
                Tensor second = Apply(kind == BinaryKind.Max ? BinaryKind.Less : BinaryKind.Greater, Saved(0), Saved(1));
                Tensor zero = Tensor.Zeros(g.Backend, g.Shape, g.DType);
                if (dx.Wants(0)) dx.PassReduced(0, SelectOp.Apply(second, zero, g), _a);
                if (dx.Wants(1)) dx.PassReduced(1, SelectOp.Apply(second, g, zero), _b);
                break;
            case BinaryKind.Pow:
                Tensor a = Saved(0), b = Saved(1);
                if (dx.Wants(0)) dx.PassReduced(0, g * b * Apply(kind, a, b - 1), _a);
                if (dx.Wants(1)) dx.PassReduced(1, g * Apply(kind, a, b) * a.Log(), _b);
                break;
            default:
                throw new InvalidOperationException($"{Called(kind)} has no derivative");
        }
    }

    internal static string Called(BinaryKind kind) => kind.ToString().ToLowerInvariant();

    private static Shape Broadcast(BinaryKind kind, Tensor a, Tensor b)
    {
        if (a.Shape == b.Shape) return a.Shape;
        int rank = Math.Max(a.Shape.Rank, b.Shape.Rank);
        var lengths = new int[rank];
        for (int i = 1; i <= rank; i++)
        {
            int la = i <= a.Shape.Rank ? a.Shape[^i] : 1, lb = i <= b.Shape.Rank ? b.Shape[^i] : 1;
            if (la != lb && la != 1 && lb != 1) throw new ArgumentException($"{Called(kind)}: shapes do not fit: {a.Shape} and {b.Shape} ({la} against {lb})");
            lengths[rank - i] = la == 1 ? lb : la;
        }
        return new Shape(lengths);
    }
}

/// <summary>y = f(x, number), element by element.</summary>
public sealed class ScalarOp(BinaryKind kind, double number) : Op
{
    /// <param name="kind">The function.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="number">The second argument.</param>
    public static Tensor Apply(BinaryKind kind, Tensor x, double number) => new ScalarOp(kind, number).Run(x);

    internal override string Name => $"{BinaryOp.Called(kind)}_number";

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        y[0] = Tensor.EmptyLike(x[0], kind.IsComparison ? DType.Bool : x[0].DType);
        x[0].Backend.Binary(kind, x[0], number, y[0]);
        if (kind is BinaryKind.Max or BinaryKind.Min or BinaryKind.Pow) Save(x[0]);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx)
    {
        Tensor g = dy[0]!;
        dx.Pass(0, kind switch
        {
            BinaryKind.Add or BinaryKind.Sub => g,
            BinaryKind.Mul => g * number,
            BinaryKind.Div => g / number,
            BinaryKind.Max => SelectOp.Apply(Apply(BinaryKind.Less, Saved(0), number), Tensor.Zeros(g.Backend, g.Shape, g.DType), g),
            BinaryKind.Min => SelectOp.Apply(Apply(BinaryKind.Greater, Saved(0), number), Tensor.Zeros(g.Backend, g.Shape, g.DType), g),
            BinaryKind.Pow => g * (Apply(BinaryKind.Pow, Saved(0), number - 1) * number),
            _ => throw new InvalidOperationException($"{BinaryOp.Called(kind)} has no derivative"),
        });
    }
}

/// <summary>y = condition ? a : b, element by element, all of one shape.</summary>
public sealed class SelectOp : Op
{
    /// <param name="condition">Bool, the shape of a and b.</param>
    /// <param name="a">Taken where the condition holds.</param>
    /// <param name="b">Taken elsewhere.</param>
    /// <exception cref="ArgumentException">Shapes or dtypes differ.</exception>
    public static Tensor Apply(Tensor condition, Tensor a, Tensor b)
    {
        if (condition.DType != DType.Bool || a.DType != b.DType || a.Shape != b.Shape || condition.Shape != a.Shape)
            throw new ArgumentException($"select: needs bool, x, x of one shape: {condition}, {a}, {b}");
        return new SelectOp().Run(condition, a, b);
    }

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        y[0] = Tensor.EmptyLike(x[1]);
        x[0].Backend.Select(x[0], x[1], x[2], y[0]);
        Save(x[0]);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx)
    {
        Tensor g = dy[0]!, zero = Tensor.Zeros(g.Backend, g.Shape, g.DType);
        if (dx.Wants(1)) dx.Pass(1, Apply(Saved(0), g, zero));
        if (dx.Wants(2)) dx.Pass(2, Apply(Saved(0), zero, g));
    }
}

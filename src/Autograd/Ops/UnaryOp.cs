using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>y = f(x), element by element, for the functions of <see cref="UnaryKind"/>.</summary>
public sealed class UnaryOp(UnaryKind kind) : Op
{
    /// <param name="kind">The function.</param>
    /// <param name="x">Any shape, a float dtype.</param>
    /// <exception cref="ArgumentException">x is not of a float dtype.</exception>
    public static Tensor Apply(UnaryKind kind, Tensor x)
    {
        if (!x.DType.IsFloat) throw new ArgumentException($"{kind.ToString().ToLowerInvariant()}: needs a float tensor, not {x}");
        return new UnaryOp(kind).Run(x);
    }

    /// <summary>Whether the derivative is simpler from the result than from the argument.</summary>
    private bool UsesResult => kind is UnaryKind.Sqrt or UnaryKind.Rsqrt or UnaryKind.Reciprocal or UnaryKind.Exp or UnaryKind.Tanh or UnaryKind.Sigmoid;

    internal override string Name => kind.ToString().ToLowerInvariant();

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        y[0] = Tensor.EmptyLike(x[0]);
        x[0].Backend.Unary(kind, x[0], y[0]);
        if (kind != UnaryKind.Neg) Save(UsesResult ? y[0] : x[0]);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx)
    {
        Tensor g = dy[0]!;
        if (kind == UnaryKind.Neg)
        {
            dx.Pass(0, -g);
            return;
        }
        Tensor s = Saved(0);                                    // x, or y where UsesResult
        dx.Pass(0, g * (kind switch
        {
            UnaryKind.Abs => Apply(UnaryKind.Sign, s),
            UnaryKind.Sign => Tensor.Zeros(s.Backend, s.Shape, s.DType),
            UnaryKind.Square => s * 2,
            UnaryKind.Sqrt => Apply(UnaryKind.Reciprocal, s) * 0.5,
            UnaryKind.Rsqrt => s * s * s * -0.5,
            UnaryKind.Reciprocal => s * s * -1,
            UnaryKind.Exp => s,
            UnaryKind.Log => Apply(UnaryKind.Reciprocal, s),
            UnaryKind.Tanh => s * s * -1 + 1,
            UnaryKind.Sigmoid => s * (s * -1 + 1),
            UnaryKind.Erf => Apply(UnaryKind.Exp, s * s * -1) * (2 / Math.Sqrt(Math.PI)),
            UnaryKind.Sin => Apply(UnaryKind.Cos, s),
            UnaryKind.Cos => -Apply(UnaryKind.Sin, s),
            _ => throw new InvalidOperationException($"{kind} has no derivative here"),
        }));
    }
}

namespace Pure.Tuner.Kernels;

/// <summary>y = x · rsqrt(mean(x²) + eps) · weight over the last dimension.</summary>
/// <param name="Rows">Rows of x.</param>
/// <param name="Width">Length of a row and of weight.</param>
/// <param name="Epsilon">Added to the mean inside the root.</param>
/// <param name="DType">Dtype of x and y.</param>
/// <param name="WeightDType">Dtype of weight.</param>
public readonly record struct RmsNormSpec(int Rows, int Width, float Epsilon, DType DType, DType WeightDType)
{
    /// <summary>The spec of an application; throws when the shapes do not fit.</summary>
    public static RmsNormSpec Check(string op, Tensor x, Tensor weight, float eps)
    {
        if (x.Shape.Rank == 0 || weight.Shape.Rank != 1 || weight.Shape[0] != x.Shape.Last)
            throw new ArgumentException($"{op}: the scale does not fit the rows: {x.Shape} by {weight.Shape} ({x.Shape.Last} against {(weight.Shape.Rank == 1 ? weight.Shape[0] : weight.Shape.Rank)})");
        return new(x.Shape.Rows, x.Shape.Last, eps, x.DType, weight.DType);
    }
}

/// <summary>Root mean square normalisation.</summary>
public interface IRmsNormKernel
{
    /// <summary>What it can do.</summary>
    Support Supports(in RmsNormSpec spec);

    /// <summary>What its backward wants kept.</summary>
    StateSpec State(in RmsNormSpec spec);

    /// <summary>x [rows, width], weight [width], y [rows, width]; any leading shape, last stride 1.</summary>
    void Forward(in RmsNormSpec spec, Tensor x, Tensor weight, Tensor y, State state);

    /// <summary>h = x + r, and y the norm of h. A kernel that does not do both in one pass leaves it at this.</summary>
    void ForwardAdd(in RmsNormSpec spec, Tensor x, Tensor r, Tensor weight, Tensor h, Tensor y, State state)
    {
        ArgumentNullException.ThrowIfNull(x);
        x.Backend.Binary(BinaryKind.Add, x, r, h);
        Forward(spec, h, weight, y, state);
    }

    /// <summary>dx like x; dweight F32 [width].</summary>
    void Backward(in RmsNormSpec spec, Tensor x, Tensor weight, State state, Tensor dy, Into dx, Into dweight);
}

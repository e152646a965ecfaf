namespace Pure.Tuner.Kernels;

/// <summary>y = x Wᵀ + scale · (u Aᵀ) Bᵀ, u being x or x after dropout.</summary>
/// <param name="Tokens">Rows of x.</param>
/// <param name="In">Inputs.</param>
/// <param name="Out">Outputs.</param>
/// <param name="Rank">Rows of A.</param>
/// <param name="Scale">alpha / r, or alpha / √r.</param>
/// <param name="Drops">Whether u is another tensor than x.</param>
/// <param name="DType">Dtype of x and y.</param>
public readonly record struct LoraLinearSpec(int Tokens, int In, int Out, int Rank, float Scale, bool Drops, DType DType);

/// <summary>A frozen linear layer and its low-rank addition.</summary>
public interface ILoraLinearKernel
{
    /// <summary>What it can do.</summary>
    Support Supports(in LoraLinearSpec spec);

    /// <summary>What its backward wants kept.</summary>
    StateSpec State(in LoraLinearSpec spec);

    /// <summary>x, u [tokens, in], w [out, in], a [rank, in], b [out, rank], y [tokens, out].</summary>
    void Forward(in LoraLinearSpec spec, Tensor x, Tensor u, Weight w, Tensor a, Tensor b, Tensor y, State state);

    /// <summary>What Forward keeps, bit for bit; nobody reads what is left in y.</summary>
    void Keep(in LoraLinearSpec spec, Tensor x, Tensor u, Weight w, Tensor a, Tensor b, Tensor y, State state) => Forward(spec, x, u, w, a, b, y, state);

    /// <summary>dx and du like x (the same place when u is x: then only dx is given), da and db F32.</summary>
    void Backward(in LoraLinearSpec spec, Tensor u, Weight w, Tensor a, Tensor b, State state, Tensor dy, Into dx, Into du, Into da, Into db);
}

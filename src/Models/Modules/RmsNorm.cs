namespace Pure.Tuner;

/// <summary>Root mean square normalisation with its scale.</summary>
internal sealed class RmsNorm
{
    private readonly float _eps;

    internal RmsNorm(WeightSource w, int width, float eps)
    {
        _eps = eps;
        Weight = w.Parameter("weight", [width]);
    }

    /// <summary>[width]</summary>
    internal Parameter Weight { get; }

    /// <param name="x">[..., width].</param>
    internal Tensor Forward(Tensor x) => x.RmsNorm(Weight, _eps);

    /// <summary>x + residual, and the norm of that.</summary>
    internal (Tensor Sum, Tensor Normed) Forward(Tensor x, Tensor residual) => x.AddRmsNorm(residual, Weight, _eps);
}

namespace Pure.Tuner;

/// <summary>What is added to a linear layer without touching the module tree: LoRA and its family.</summary>
public interface ILinearAdapter
{
    /// <summary>The layer's output with the adapter at work.</summary>
    /// <param name="layer">The layer it sits in.</param>
    /// <param name="x">[tokens, in].</param>
    /// <param name="context">The call: training or not, randomness.</param>
    Tensor Forward(Linear layer, Tensor x, ForwardContext context);
}

/// <summary>y = x Wᵀ + bias, with one slot for an adapter.</summary>
public sealed class Linear
{
    internal Linear(WeightSource w, int inputs, int outputs, bool bias)
    {
        Path = w.Path;
        Weight = w.Parameter("weight", [outputs, inputs]);
        if (bias) Bias = w.Parameter("bias", [outputs]);
    }

    /// <summary>The module's path in the checkpoint's names.</summary>
    public string Path { get; }

    /// <summary>[out, in], dense or packed.</summary>
    public Weight Weight { get; internal set; }

    /// <summary>[out], or null.</summary>
    public Parameter? Bias { get; internal set; }

    /// <summary>Inputs.</summary>
    public int In => Weight.Shape[1];

    /// <summary>Outputs.</summary>
    public int Out => Weight.Shape[0];

    /// <summary>The adapter at work, or null.</summary>
    public ILinearAdapter? Adapter { get; set; }

    /// <param name="x">[tokens, in].</param>
    /// <param name="context">The call.</param>
    public Tensor Forward(Tensor x, ForwardContext context) => Adapter is null ? x.Linear(Weight, Bias) : Adapter.Forward(this, x, context);
}

/// <summary>Root mean square normalisation with its scale.</summary>
public sealed class RmsNorm
{
    private readonly float _eps;

    internal RmsNorm(WeightSource w, int width, float eps)
    {
        _eps = eps;
        Weight = w.Parameter("weight", [width]);
    }

    /// <summary>[width]</summary>
    public Parameter Weight { get; }

    /// <param name="x">[..., width].</param>
    public Tensor Forward(Tensor x) => x.RmsNorm(Weight, _eps);
}

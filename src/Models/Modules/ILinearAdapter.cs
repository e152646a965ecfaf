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

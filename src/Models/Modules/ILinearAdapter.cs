namespace Pure.Tuner;

/// <summary>What is added to a linear layer without touching the module tree: LoRA and its family.</summary>
public interface ILinearAdapter
{
    /// <summary>The layer's output with the adapter at work.</summary>
    /// <param name="layer">The layer it sits in.</param>
    /// <param name="x">[tokens, in].</param>
    /// <param name="context">The call: training or not, randomness.</param>
    Tensor Forward(Linear layer, Tensor x, ForwardContext context);

    /// <summary>The same for gradients alone: what is only there for the elements of the result may be left out.</summary>
    Tensor ForwardUnread(Linear layer, Tensor x, ForwardContext context) => Forward(layer, x, context);
}

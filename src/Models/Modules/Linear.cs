namespace Pure.Tuner;

/// <summary>y = x Wᵀ + bias, with one slot for an adapter.</summary>
public sealed class Linear
{
    internal Linear(WeightSource w, int inputs, int outputs, bool bias) : this(w.Path, w.Weight("weight", [outputs, inputs]))
    {
        if (bias) Bias = w.Parameter("bias", [outputs]);
    }

    /// <summary>A layer on a weight that another module owns too: a tied head.</summary>
    internal Linear(string path, Weight weight) => (Path, Weight) = (path, weight);

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
    public Tensor Forward(Tensor x, ForwardContext context) => Forward(x, context, unread: false);

    /// <summary>With <paramref name="unread"/> the result has a shape and gradients, and its elements no meaning.</summary>
    internal Tensor Forward(Tensor x, ForwardContext context, bool unread) =>
        Adapter is null ? LinearOp.Apply(x, Weight, Bias, unread) : unread ? Adapter.ForwardUnread(this, x, context) : Adapter.Forward(this, x, context);
}

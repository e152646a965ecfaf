namespace Pure.Tuner.Kernels;

/// <summary>Activation functions.</summary>
public enum Activation
{
    /// <summary>x · sigmoid(x)</summary>
    Silu,
    /// <summary>x/2 · (1 + erf(x/√2))</summary>
    Gelu,
    /// <summary>x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))</summary>
    GeluTanh,
    /// <summary>x · sigmoid(1.702 x)</summary>
    GeluQuick,
    /// <summary>max(x, 0)</summary>
    Relu,
    /// <summary>max(x, 0)²</summary>
    ReluSquared,
    /// <summary>1/(1 + e⁻ˣ)</summary>
    Sigmoid,
    /// <summary>Hyperbolic tangent.</summary>
    Tanh,
    /// <summary>x</summary>
    Identity,
}

/// <summary>y = act(gate) · up; without <paramref name="HasUp"/> y = act(gate).</summary>
public readonly record struct GatedActivationSpec(Activation Activation, bool HasUp, DType DType);

/// <summary>SwiGLU and its relatives in one pass.</summary>
public interface IGatedActivationKernel
{
    /// <summary>What it can do.</summary>
    Support Supports(in GatedActivationSpec spec);

    /// <summary>gate, up, y of one shape, rows with last stride 1.</summary>
    void Forward(in GatedActivationSpec spec, Tensor gate, Tensor? up, Tensor y);

    /// <summary>dgate = dy · up · act'(gate), dup = dy · act(gate).</summary>
    void Backward(in GatedActivationSpec spec, Tensor gate, Tensor? up, Tensor dy, Into dgate, Into dup);
}

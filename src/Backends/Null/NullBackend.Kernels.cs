namespace Pure.Tuner;

/// <summary>Every fused kernel, empty: the graph is the one the cpu runs.</summary>
public sealed partial class NullBackend :
    IAdamW8BitKernel, IAdamWKernel, IAttentionKernel, IDropoutKernel, IGatedActivationKernel, IGradientsKernel, ILinearCrossEntropyKernel, ILoraLinearKernel, IPackedKernel, IRmsNormKernel, IRopeKernel, ISoftmaxKernel, ITopKernel
{
    void IAdamW8BitKernel.Step(in AdamWSpec spec, Tensor p, Tensor g, Tensor state1, Tensor absmax1, Tensor state2, Tensor absmax2) { }
    void IAdamWKernel.Step(in AdamWSpec spec, Tensor p, Tensor g, Tensor m, Tensor v, Tensor? maxV) { }

    Support IAttentionKernel.Supports(in AttentionSpec spec) => Support.Both;
    StateSpec IAttentionKernel.State(in AttentionSpec spec, int tokens) => StateSpec.None;
    void IAttentionKernel.Forward(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor? sinks, Tensor y, State state) { }
    void IAttentionKernel.Backward(in AttentionSpec spec, Tensor q, Tensor k, Tensor v, Tensor? sinks, Tensor y, State state, Tensor dy, Into dq, Into dk, Into dv, Into dsinks) { }

    Support IDropoutKernel.Supports(in DropoutSpec spec) => Support.Both;
    void IDropoutKernel.Apply(in DropoutSpec spec, Tensor x, Into y) { }

    Support IGatedActivationKernel.Supports(in GatedActivationSpec spec) => Support.Both;
    void IGatedActivationKernel.Forward(in GatedActivationSpec spec, Tensor gate, Tensor? up, Tensor y) { }
    void IGatedActivationKernel.Backward(in GatedActivationSpec spec, Tensor gate, Tensor? up, Tensor dy, Into dgate, Into dup) { }

    void IGradientsKernel.SquaredNorm(IReadOnlyList<Tensor> blocks, Tensor sum) { }
    void IGradientsKernel.Scale(IReadOnlyList<Tensor> blocks, float factor) { }

    Support ILinearCrossEntropyKernel.Supports(in LinearCrossEntropySpec spec) => Support.Both;
    StateSpec ILinearCrossEntropyKernel.State(in LinearCrossEntropySpec spec) => StateSpec.None;
    void ILinearCrossEntropyKernel.Forward(in LinearCrossEntropySpec spec, Tensor x, Weight w, Tensor targets, Tensor nll, State state) { }
    void ILinearCrossEntropyKernel.Backward(in LinearCrossEntropySpec spec, Tensor x, Weight w, Tensor targets, State state, Tensor dnll, Into dx, Into dw) { }

    Support ILoraLinearKernel.Supports(in LoraLinearSpec spec) => Support.Both;
    StateSpec ILoraLinearKernel.State(in LoraLinearSpec spec) => StateSpec.None;
    void ILoraLinearKernel.Forward(in LoraLinearSpec spec, Tensor x, Tensor u, Weight w, Tensor a, Tensor b, Tensor y, State state) { }
    void ILoraLinearKernel.Backward(in LoraLinearSpec spec, Tensor u, Weight w, Tensor a, Tensor b, State state, Tensor dy, Into dx, Into du, Into da, Into db) { }

    void IPackedKernel.MatMul(QuantizedTensor w, Tensor x, bool transposed, Tensor y, float alpha, bool accumulate) { }
    void IPackedKernel.Rows(QuantizedTensor w, Tensor ids, Tensor y) { }
    void IPackedKernel.Read(QuantizedTensor w, int firstRow, Tensor y) { }

    Support IRmsNormKernel.Supports(in RmsNormSpec spec) => Support.Both;
    StateSpec IRmsNormKernel.State(in RmsNormSpec spec) => StateSpec.None;
    void IRmsNormKernel.Forward(in RmsNormSpec spec, Tensor x, Tensor weight, Tensor y, State state) { }
    void IRmsNormKernel.Backward(in RmsNormSpec spec, Tensor x, Tensor weight, State state, Tensor dy, Into dx, Into dweight) { }

    Support IRopeKernel.Supports(in RopeSpec spec) => Support.Both;
    void IRopeKernel.Rotate(in RopeSpec spec, Tensor x, Tensor cos, Tensor sin, Into y) { }

    Support ISoftmaxKernel.Supports(in SoftmaxSpec spec) => Support.Both;
    void ISoftmaxKernel.Forward(in SoftmaxSpec spec, Tensor x, Tensor y) { }
    void ISoftmaxKernel.Backward(in SoftmaxSpec spec, Tensor y, Tensor dy, Into dx) { }

    bool ITopKernel.Finds(int n, int k) => true;
    void ITopKernel.Top(Tensor x, int k, Tensor y) { }
}

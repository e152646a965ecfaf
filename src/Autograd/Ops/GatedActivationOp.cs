using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>y = act(gate) · up, or act(gate) alone.</summary>
/// <remarks>Shazeer 2020, arXiv:2002.05202. GELU: Hendrycks and Gimpel 2016, arXiv:1606.08415.</remarks>
public sealed class GatedActivationOp(IGatedActivationKernel kernel, GatedActivationSpec spec) : Op
{
    /// <param name="activation">The function.</param>
    /// <param name="gate">Any shape.</param>
    /// <param name="up">The same shape, or null for 1.</param>
    /// <exception cref="ArgumentException">Shapes or dtypes differ.</exception>
    public static Tensor Apply(Activation activation, Tensor gate, Tensor? up = null)
    {
        if (up is not null && (up.Shape != gate.Shape || up.DType != gate.DType))
            throw new ArgumentException($"gated_activation: gate and up differ: {gate} and {up}");
        GatedActivationSpec spec = new(activation, up is not null, gate.DType);
        if (Kernel.For<IGatedActivationKernel, GatedActivationSpec>(gate, spec, static (k, s) => k.Supports(s)) is not { } kernel) return Compose(activation, gate, up);
        var op = new GatedActivationOp(kernel, spec);
        return up is null ? op.Run(gate) : op.Run(gate, up);
    }

    /// <summary>The definition.</summary>
    public static Tensor Compose(Activation activation, Tensor gate, Tensor? up)
    {
        Tensor x = gate.To(DType.F32);
        Tensor y = activation switch
        {
            Activation.Silu => x * x.Sigmoid(),
            Activation.Gelu => x * 0.5 * ((x * Math.Sqrt(0.5)).Erf() + 1),
            Activation.GeluTanh => x * 0.5 * (((x + x * x * x * 0.044715) * Math.Sqrt(2 / Math.PI)).Tanh() + 1),
            Activation.GeluQuick => x * (x * 1.702).Sigmoid(),
            Activation.Relu => x.Maximum(0),
            Activation.ReluSquared => x.Maximum(0).Square(),
            Activation.Sigmoid => x.Sigmoid(),
            Activation.Tanh => x.Tanh(),
            Activation.Identity => x,
            _ => throw new ArgumentException($"gated_activation: no function {activation}"),
        };
        return (up is null ? y : y * up.To(DType.F32)).To(gate.DType);
    }

    /// <inheritdoc/>
    protected override OpCost Cost(ReadOnlySpan<Tensor> x, ReadOnlySpan<Tensor> y)
    {
        double elements = y[0].Shape.Count, bytes = OpCost.BytesOf(y[0]);
        return spec.HasUp ? new(6 * elements, 3 * bytes, 12 * elements, 5 * bytes) : new(5 * elements, 2 * bytes, 8 * elements, 3 * bytes);
    }

    /// <inheritdoc/>
    protected override void Forward(ReadOnlySpan<Tensor> x, Span<Tensor> y)
    {
        Tensor gate = x[0].WithUnitRows();
        Tensor? up = spec.HasUp ? x[1].WithUnitRows() : null;
        y[0] = Tensor.EmptyLike(gate);
        kernel.Forward(spec, gate, up, y[0]);
        Save(gate);
        if (up is not null) Save(up);
    }

    /// <inheritdoc/>
    protected override void Backward(ReadOnlySpan<Tensor?> dy, Grads dx) =>
        kernel.Backward(spec, Saved(0), spec.HasUp ? Saved(1) : null, dy[0]!, dx.Into(0), spec.HasUp ? dx.Into(1) : default);
}

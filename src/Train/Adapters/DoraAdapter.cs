namespace Pure.Tuner;

/// <summary>y = m / ‖W + s B A‖ · (x Wᵀ + s (x Aᵀ) Bᵀ) + bias, the norm taken along each output row and a constant for the gradient.</summary>
/// <remarks>Liu et al. 2024, arXiv:2402.09353. With dropout the frozen part keeps the whole x, as PEFT does.</remarks>
internal sealed class DoraAdapter(LoraAdapter lora, Parameter magnitude) : ILinearAdapter
{
    private const int NormRows = 1024;

    internal LoraAdapter Lora => lora;

    /// <summary>[out]</summary>
    internal Parameter Magnitude => magnitude;

    /// <inheritdoc/>
    public Tensor Forward(Linear layer, Tensor x, ForwardContext context)
    {
        Tensor ratio = magnitude.Value.To(DType.F32) / Norm(layer.Weight).Detach();
        Tensor u = lora.Dropped(layer, x, context);
        Tensor y;
        if (ReferenceEquals(u, x)) y = LoraLinearOp.Apply(x, x, layer.Weight, lora.A, lora.B, lora.Scale) * ratio;
        else
        {
            // What was dropped is missing from the direction, but the base's own part is not.
            Tensor kept = LoraLinearOp.Apply(u, u, layer.Weight, lora.A, lora.B, lora.Scale) * ratio;
            y = kept + (x - u).Linear(layer.Weight);
        }
        return layer.Bias is { } bias ? y + bias.Value.To(y.DType) : y;
    }

    /// <summary>‖W + s B A‖ of each output row, [out], a thousand rows at a time.</summary>
    internal Tensor Norm(Weight weight)
    {
        using var scope = TensorScope.Begin();
        Backend backend = magnitude.Value.Backend;
        int rows = weight.Shape[0], inputs = weight.Shape[1];
        Tensor norm = Tensor.Empty(backend, [rows]);
        Tensor a = lora.A.Value.Detach().To(DType.F32), b = lora.B.Value.Detach().To(DType.F32);
        for (int first = 0; first < rows; first += NormRows)
        {
            using var part = TensorScope.Begin();
            int count = Math.Min(NormRows, rows - first);
            Tensor w = Tensor.Empty(backend, [count, inputs]);
            weight.Read(first..(first + count), w);
            backend.MatMul(b.Slice(0, first, count), a, w, lora.Scale, accumulate: true);
            Tensor target = norm.Slice(0, first, count);
            backend.Reduce(Kernels.ReduceKind.SumSquares, w, target);
            backend.Unary(Kernels.UnaryKind.Sqrt, target, target);
        }
        return scope.Return(norm);
    }
}

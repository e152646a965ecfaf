using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>m / ‖E + s (B A)ᵀ‖ · (E[id] + s (B A)[:, id]), the norm taken down each hidden column and a constant for the gradient.</summary>
/// <remarks>Liu et al. 2024, arXiv:2402.09353, as PEFT applies it to a table.</remarks>
internal sealed class DoraEmbeddingAdapter(LoraEmbeddingAdapter lora, Parameter magnitude) : IEmbeddingAdapter
{
    /// <inheritdoc/>
    public Tensor Forward(Embedding table, ReadOnlySpan<int> ids, Tensor rows) =>
        lora.Forward(table, ids, rows) * (magnitude.Value.To(rows.DType) / Norm(table.Weight).Detach().To(rows.DType));

    /// <summary>‖E + s (B A)ᵀ‖ of each column, [hidden].</summary>
    internal Tensor Norm(Weight table)
    {
        using var scope = TensorScope.Begin();
        Tensor sum = Sum(table);
        Tensor norm = Tensor.Empty(sum.Backend, [sum.Shape[1]]);
        sum.Backend.Reduce(ReduceKind.SumSquares, sum.Transpose(), norm);
        sum.Backend.Unary(UnaryKind.Sqrt, norm, norm);
        return scope.Return(norm);
    }

    internal void MergeInto(Parameter table)
    {
        using var scope = TensorScope.Begin();
        Tensor ratio = magnitude.Value.Detach().To(DType.F32) / Norm(table);
        table.Value.Backend.Copy(Sum(table) * ratio, table.Value);
    }

    private Tensor Sum(Weight table)
    {
        Tensor w = Tensor.Empty(magnitude.Value.Backend, table.Shape);
        table.Read(.., w);
        return w + lora.Delta().Detach();
    }
}

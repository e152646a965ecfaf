namespace Pure.Tuner.Kernels;

/// <summary>What a backend does with packed weights. Shapes are checked already.</summary>
public interface IPackedKernel
{
    /// <summary>y = alpha · x Wᵀ (+ y), or with <paramref name="transposed"/> alpha · x W (+ y). The sum runs in F32, as <see cref="Backend.MatMul"/>'s does.</summary>
    /// <param name="w">[out, in].</param>
    /// <param name="x">[tokens, in]; with <paramref name="transposed"/> [tokens, out].</param>
    /// <param name="transposed">The direction of the gradient.</param>
    /// <param name="y">[tokens, out]; with <paramref name="transposed"/> [tokens, in].</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="accumulate">Whether to add to y.</param>
    void MatMul(QuantizedTensor w, Tensor x, bool transposed, Tensor y, float alpha, bool accumulate);

    /// <summary>y[i] = W[ids[i]]; ids I32 [n], y [n, in].</summary>
    void Rows(QuantizedTensor w, Tensor ids, Tensor y);

    /// <summary>y = W[firstRow ...], dequantised; y [rows, in].</summary>
    void Read(QuantizedTensor w, int firstRow, Tensor y);
}

using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Packed weights by their definition: the whole matrix in F32, then the product of matrices.</summary>
public sealed partial class ReferenceBackend : IPackedKernel
{
    void IPackedKernel.MatMul(QuantizedTensor w, Tensor x, bool transposed, Tensor y, float alpha, bool accumulate)
    {
        using var scope = TensorScope.Begin();
        Tensor dense = Tensor.Empty(this, w.Shape);
        ((IPackedKernel)this).Read(w, 0, dense);
        MatMul(x, transposed ? dense : dense.Transposed(), y, alpha, accumulate);
    }

    void IPackedKernel.Rows(QuantizedTensor w, Tensor ids, Tensor y)
    {
        var numbers = new int[ids.Shape[0]];
        ids.CopyTo<int>(numbers);
        for (int i = 0; i < numbers.Length; i++)
        {
            if ((uint)numbers[i] >= (uint)w.Shape[0]) throw PrimitiveChecks.IdOutside("rows", numbers[i], i, w.Shape[0]);
            ((IPackedKernel)this).Read(w, numbers[i], y.Slice(i, 1));
        }
    }

    void IPackedKernel.Read(QuantizedTensor w, int firstRow, Tensor y)
    {
        using var scope = TensorScope.Begin();
        int width = w.Shape[1];
        Tensor wide = Tensor.Empty(this, y.Shape);
        for (int row = 0; row < y.Shape[0]; row++) w.Format.Expand(w, firstRow + row, 0, HostMemory.Elements<float>(wide).Slice(row * width, width));
        Copy(wide, y);
    }
}

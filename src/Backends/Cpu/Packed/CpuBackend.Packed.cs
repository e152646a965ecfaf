using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Packed weights: panels of matrix multiply are expanded where they are packed, so that the matrix never exists in F32.</summary>
/// <remarks>
/// The sums are those of the same matrix in F32, bit for bit, where that is multiplied by panels or, with two to eight rows, as dot products. Where operands are rounded
/// to BF16, at most eight rows are rounded and meet the weight's own numbers: rounding those too would cost decoding its speed. More than eight rows may be rounded to integers
/// and meet its codes, where that is asked for.
/// </remarks>
public sealed unsafe partial class CpuBackend : IPackedKernel
{
    void IPackedKernel.MatMul(QuantizedTensor w, Tensor x, bool transposed, Tensor y, float alpha, bool accumulate)
    {
        int m = x.Shape[0], n = y.Shape[1], k = x.Shape[1];
        if (m == 0 || n == 0) return;
        if (y.DType != DType.F32)
        {
            using var scope = TensorScope.Begin();
            Tensor wide = Tensor.Empty(this, y.Shape);
            if (accumulate) Copy(y, wide);
            ((IPackedKernel)this).MatMul(w, x, transposed, wide, alpha, accumulate);
            Copy(wide, y);
            return;
        }
        using ProfileSpan span = Profile.Product(m, n, k, x, w);
        Matrix a = Matrix.Of(x, 0), target = Matrix.Of(y, 0);
        nint yStep = n == 1 && m > 1 ? y.Strides[^2] : target.RowStep;
        var source = new PackedSource(w, isTurned: transposed);
        if (!transposed && TakesIntegers(w, m)) MultiplyInt8(Integers!, a, w, target.Floats, yStep, m, n, k, alpha, accumulate);
        else if (RoundsOperands && (transposed || m > FewRows)) MultiplyPanels(Panels!, a, default, source, target.Floats, yStep, m, n, k, alpha, accumulate, shared: true);
        else if (!transposed && m == 1 && Int16Activations && source.Decoder.HasCodes16) MultiplyInt16(source, a, target.Floats, n, k, alpha, accumulate);
        else if (!transposed && m <= FewRows) PackedDots(source, n, a, m, target.Floats, yStep, k, alpha, accumulate);
        else
            switch (Blocking.Tile)
            {
                case TileKind.V512: MultiplyPacked<Kernel14x32>(a, default, target.Floats, yStep, m, n, k, alpha, accumulate, shared: true, source); break;
                case TileKind.V256: MultiplyPacked<Kernel6x16>(a, default, target.Floats, yStep, m, n, k, alpha, accumulate, shared: true, source); break;
                case TileKind.V128Wide: MultiplyPacked<Kernel8x8>(a, default, target.Floats, yStep, m, n, k, alpha, accumulate, shared: true, source); break;
                case TileKind.V128: MultiplyPacked<Kernel4x8>(a, default, target.Floats, yStep, m, n, k, alpha, accumulate, shared: true, source); break;
                default: MultiplyPacked<Kernel2x4>(a, default, target.Floats, yStep, m, n, k, alpha, accumulate, shared: true, source); break;
            }
    }

    void IPackedKernel.Rows(QuantizedTensor w, Tensor ids, Tensor y)
    {
        CheckIds("rows", ids, w.Shape[0], lowest: 0);
        ForRows(ids.Shape[0], new PackedRow(new PackedSource(w, false), ids, y, 0), w.Shape[1]);
    }

    void IPackedKernel.Read(QuantizedTensor w, int firstRow, Tensor y) => ForRows(y.Shape[0], new PackedRow(new PackedSource(w, false), null, y, firstRow), w.Shape[1]);

    private readonly struct PackedRow(PackedSource source, Tensor? ids, Tensor y, int firstRow) : IRowBody
    {
        public void Invoke(int row)
        {
            int width = y.Shape[1], from = ids is null ? firstRow + row : Id(ids, row);
            if (y.DType == DType.F32 && y.HasUnitRows)
            {
                source.Read(from, 0, width, (float*)y.Address + (long)row * y.Strides[0]);
                return;
            }
            Span<float> wide = Scratch.Floats(SlotX, width);
            fixed (float* p = wide) source.Read(from, 0, width, p);
            WritePiece(wide, y, (long)row * y.Strides[0], y.Strides[1]);
        }
    }
}

using Pure.Tuner.Ascend;
using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Norm and scale of all gradients: over lists where the card takes lists, else block by block; the blocks hold many gradients each.</summary>
public sealed unsafe partial class AscendBackend : IGradientsKernel
{
    /// <summary>Tensors of a list at most, of one of norms (torch_npu hands over no more), and elements from one norm to the next: each begins on 32 bytes.</summary>
    private const int MostOfList = 50, MostOfNorms = 24, NormStep = 8;

    /// <summary>Under what a refusal is kept: norms of lists may be taken where their scaling is not.</summary>
    private const long NormedLists = 0, ScaledLists = 1;

    void IGradientsKernel.SquaredNorm(IReadOnlyList<Tensor> blocks, Tensor sum)
    {
        using var scope = TensorScope.Begin();
        Tensor room = Tensor.Empty(this, [NormStep * blocks.Count]), norms = room.View([1, blocks.Count], [NormStep * blocks.Count, NormStep], 0), squared = Tensor.Empty(this, norms.Shape);
        if (!TryNorms(blocks, Norm))
            for (int i = 0; i < blocks.Count; i++)
            {
                using var block = TensorScope.Begin();
                Tensor row = blocks[i].View([1, checked((int)blocks[i].Shape.Count)]), squares = Tensor.EmptyLike(row);
                Binary(BinaryKind.Mul, row, row, squares);
                Total(squares, squared.View([1], [1], i));
            }
        else Binary(BinaryKind.Mul, norms, norms, squared);
        Total(squared, sum);

        Tensor Norm(int i) => room.View([1], [1], NormStep * i);
    }

    /// <summary>The norm of each block, where the card takes lists.</summary>
    private bool TryNorms(IReadOnlyList<Tensor> blocks, Func<int, Tensor> norm)
    {
        if (!_can.Has(AscendKernel.Foreach, DType.F32) || !MayTry(AscendKernel.Foreach, NormedLists)) return false;
        try
        {
            for (int first = 0; first < blocks.Count; first += MostOfNorms)
            {
                Tensor[] some = [.. blocks.Skip(first).Take(MostOfNorms)], of = [.. some.Select((_, i) => norm(first + i))];
                OpCall c = Begin(asks: true);
                c.aclnnForeachNorm(c.List(some), c.Scalar(2), c.List(of, isWritten: true));
            }
            return true;
        }
        catch (AclException e) when (IsRefusal(e)) { Refused(AscendKernel.Foreach, NormedLists, e); }
        return false;
    }

    void IGradientsKernel.Scale(IReadOnlyList<Tensor> blocks, float factor)
    {
        if (factor == 1) return;
        int done = 0;
        if (_can.Has(AscendKernel.Foreach, DType.F32) && MayTry(AscendKernel.Foreach, ScaledLists))
            try
            {
                for (; done < blocks.Count; done += MostOfList)
                {
                    Tensor[] some = [.. blocks.Skip(done).Take(MostOfList)];
                    OpCall c = Begin(asks: true);
                    c.aclnnForeachMulScalarV2(c.List(some), c.Scalar(factor), c.List(some, isWritten: true));
                }
                return;
            }
            catch (AclException e) when (IsRefusal(e)) { Refused(AscendKernel.Foreach, ScaledLists, e); }
        // Behind a refusal: what stands before it is scaled already.
        for (; done < blocks.Count; done++) ScaleInPlace(blocks[done], factor);
    }
}

using Pure.Tuner.Ascend;
using Pure.Tuner.Kernels;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend : ITopKernel
{
    /// <summary>Places up to here F32 holds.</summary>
    private const int MostPlaces = 1 << 24;

    /// <summary>What was learned of the largest and of the k largest.</summary>
    private bool? _findsLargest, _findsTop;

    /// <remarks>Topk of the first 910 rounds F32 to F16 before it looks: a draw would be from other numbers. The largest element alone goes another way.</remarks>
    bool ITopKernel.Finds(int n, int k)
    {
        if (n > MostPlaces || k > n) return false;
        if (k > 1 && Card.Series == AscendSeries.Ascend910) return false;
        return k == 1 ? (_findsLargest ??= Plans(() => Best(1))) : (_findsTop ??= Plans(() => Best(2)));

        void Best(int count) => ((ITopKernel)this).Top(Tensor.Empty(this, [2, 64]), count, Tensor.Empty(this, [2, 2 * count]));
    }

    void ITopKernel.Top(Tensor x, int k, Tensor y)
    {
        if (y.Shape.Count == 0) return;
        using var scope = TensorScope.Begin();
        int rows = x.Shape[0];
        Tensor values = y.View([rows, k], [2 * k, 1], y.Offset), places = y.View([rows, k], [2 * k, 1], y.Offset + k);
        if (k == 1)
        {
            Tensor best = Tensor.Empty(this, [rows], DType.I32), largest = Tensor.Empty(this, [rows]);
            ArgMax(x, best);
            Reduce(ReduceKind.Max, x, largest);
            Copy(largest.View([rows, 1]), values);
            Copy(best.View([rows, 1]), places);
            return;
        }
        Tensor xs = x.Packed(), top = Tensor.Empty(this, [rows, k]), at = Tensor.Empty(this, [rows, k], DType.I64);
        OpCall c = Begin();
        c.aclnnTopk(c.In(xs), k, 1, 1, 1, c.Out(top), c.Out(at));
        Copy(top, values);
        Copy(at, places);
    }
}

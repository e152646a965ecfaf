using Pure.Tuner.Ascend;
using Pure.Tuner.Kernels;

namespace Pure.Tuner;

public sealed unsafe partial class AscendBackend : ITopKernel
{
    /// <summary>Places up to here F32 holds.</summary>
    private const int MostPlaces = 1 << 24;

    bool ITopKernel.Finds(int n, int k) => n <= MostPlaces && k <= n && (k == 1 || _acl.aclnnTopkGetWorkspaceSize != null);

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
        using (OpCall c = Begin("Topk", _acl.aclnnTopkGetWorkspaceSize))
            c.Launch(_acl.aclnnTopkGetWorkspaceSize(c.In(xs), k, 1, 1, 1, c.Out(top), c.Out(at), c.Size, c.Executor), _acl.aclnnTopk);
        Copy(top, values);
        Copy(at, places);
    }
}

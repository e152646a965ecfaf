using System.Runtime.CompilerServices;

namespace Pure.Tuner;

/// <summary>All heads of a key row: what the segments it belongs to have summed, part by part.</summary>
internal readonly unsafe struct KeyGradientRow<T>(AttentionPlan plan, Tensor sums, int step, int d, Into y) : IRowBody where T : struct, ILanes<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Invoke(int row)
    {
        Segments segments = plan.Spec.Segments;
        int kvHeads = plan.Spec.KvHeads;
        float* all = (float*)Scratch.Bytes(6, 4L * kvHeads * step), from = (float*)sums.Address;
        new Span<float>(all, kvHeads * step).Clear();
        for (int s = 0; s < segments.Count; s++)
        {
            int key = row - segments.KeyStart[s], parts = plan.Parts(s);
            for (int part = 0; part < parts; part++)
            {
                (int first, int end) = plan.PartKeys(s, part);
                nint rows = plan.SumRows(s, part);
                if (key >= first && key < end)
                    for (int head = 0; head < kvHeads; head++)
                    {
                        float* x = from + (head * rows + key - first) * step, sum = all + head * step;
                        for (int c = 0; c < step; c += T.Count) (T.Load(sum + c) + T.Load(x + c)).Store(sum + c);
                    }
                from += kvHeads * rows * step;
            }
        }
        var target = new HeadRows(y.Target);
        for (int head = 0; head < kvHeads; head++) target.Write<T>(row, head, d, 1, all + head * step, y.Accumulate);
    }
}

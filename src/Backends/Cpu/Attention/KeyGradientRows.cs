using System.Runtime.CompilerServices;

namespace Pure.Tuner;

/// <summary>All heads of some key rows: what the segments they belong to have summed, part by part.</summary>
internal readonly unsafe struct KeyGradientRows<T>(AttentionPlan plan, Tensor sums, int step, int d, Into y, float factor = 1) : IRangeBody where T : struct, ILanes<T>
{
    /// <summary>Rows that are worked on together: enough that the look at every part of every segment costs little.</summary>
    public const int Rows = 32;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Invoke(int first, int end)
    {
        Segments segments = plan.Spec.Segments;
        int kvHeads = plan.Spec.KvHeads, wide = kvHeads * step;
        float* all = (float*)Scratch.Bytes(6, 4L * (end - first) * wide), from = (float*)sums.Address;
        new Span<float>(all, (end - first) * wide).Clear();
        for (int s = 0; s < segments.Count; s++)
        {
            int keyStart = segments.KeyStart[s], parts = plan.Parts(s);
            for (int part = 0; part < parts; part++)
            {
                (int firstKey, int endKey) = plan.PartKeys(s, part);
                nint rows = AttentionPlan.RowsOfSum(firstKey, endKey);
                for (int row = Math.Max(first, keyStart + firstKey), last = Math.Min(end, keyStart + endKey); row < last; row++)
                    for (int head = 0; head < kvHeads; head++)
                    {
                        float* x = from + (head * rows + row - keyStart - firstKey) * step, sum = all + (row - first) * wide + head * step;
                        for (int c = 0; c < step; c += T.Count) (T.Load(sum + c) + T.Load(x + c)).Store(sum + c);
                    }
                from += kvHeads * rows * step;
            }
        }
        var target = new HeadRows(y.Target);
        for (int row = first; row < end; row++)
            for (int head = 0; head < kvHeads; head++) target.Write<T>(row, head, d, factor, all + (row - first) * wide + head * step, y.Accumulate);
    }
}

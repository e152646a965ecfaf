using System.Runtime.CompilerServices;

namespace Pure.Tuner;

/// <summary>Decoding.</summary>
internal readonly unsafe partial struct AttentionForwardBlocks<T>
{
    /// <summary>Decoding: so few lanes that they would leave most of a register empty, so registers run along the rows of keys and values instead.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void RunFew(in LaneBlock block)
    {
        AttentionPlan plan = job.Plan;
        AttentionSpec spec = plan.Spec;
        int d = spec.HeadDim, dv = spec.ValueDim, keyStart = spec.Segments.KeyStart[block.Segment];
        float* qs = (float*)Scratch.Bytes(0, 4L * block.Lanes * d), ys = (float*)Scratch.Bytes(1, 4L * block.Lanes * dv);
        float* keys = (float*)Scratch.Bytes(2, 4L * AttentionPlan.TileKeys * plan.D), values = (float*)Scratch.Bytes(3, 4L * AttentionPlan.TileKeys * plan.Dv);
        float* s = (float*)Scratch.Bytes(4, 4L * AttentionPlan.TileKeys), max = stackalloc float[T.Count], sum = stackalloc float[T.Count];
        new Span<float>(ys, block.Lanes * dv).Clear();
        for (int lane = 0; lane < block.Lanes; lane++)
        {
            ReadOnlySpan<float> q = ReadPart(job.Q, (long)block.Row(lane) * job.Q.Strides[0] + (long)block.Head(lane) * job.Q.Strides[1], d, Scratch.Floats(5, d));
            TensorPrimitives.Multiply(q, spec.Scale, new Span<float>(qs + lane * d, d));
            max[lane] = job.Sinks is null ? float.MinValue : job.Sinks.At(block.Head(lane));
            sum[lane] = job.Sinks is null ? 0 : 1;
        }

        HeadRows k = new(job.K, job.RoundsRead), v = new(job.V, job.RoundsRead);
        nint kStep = k.InPlace ? k.Step : plan.D, vStep = v.InPlace ? v.Step : plan.Dv;
        (int firstKey, int lastKey) = block.AllKeys;
        for (int key = firstKey; key < lastKey; key += AttentionPlan.TileKeys)
        {
            int count = Math.Min(AttentionPlan.TileKeys, lastKey - key);
            float* ks = keys, vs = values;
            if (k.InPlace)
            {
                ks = k.At(keyStart + key, block.KvHead);
                vs = v.At(keyStart + key, block.KvHead);
            }
            else
            {
                k.Pack<T>(keyStart + key, count, block.KvHead, d, keys, kStep);
                v.Pack<T>(keyStart + key, count, block.KvHead, dv, values, vStep);
            }
            for (int lane = 0; lane < block.Lanes; lane++)
            {
                (int first, int end) = block.Keys(lane);
                int from = Math.Max(first, key) - key, seen = Math.Min(end, key + count) - key - from;
                if (seen <= 0) continue;
                AttentionRow<T>.Dots(ks + from * kStep, kStep, seen, qs + lane * d, d, s);
                var scores = new Span<float>(s, seen);
                CrossEntropy.Cap(scores, spec.SoftCap);
                float before = max[lane];
                max[lane] = MathF.Max(before, Max(scores));
                float back = MathF.Exp(before - max[lane]);
                sum[lane] = sum[lane] * back + LaneLoop.Sum(new ExpSum(scores, max[lane], scores), seen);
                if (job.Rounds) CpuBackend.RoundInPlace(scores);
                AttentionRow<T>.Add(vs + from * vStep, vStep, seen, s, back, ys + lane * dv, dv);
            }
        }

        for (int lane = 0; lane < block.Lanes; lane++)
        {
            long at = (long)block.Row(lane) * job.Y.Strides[0] + (long)block.Head(lane) * job.Y.Strides[1];
            Span<float> y = OpenPart(job.Y, at, dv, accumulate: false, Scratch.Floats(5, dv));
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(ys + lane * dv, dv), 1 / sum[lane], y);
            WritePart(y, job.Y, at);
            job.Keep(block.Head(lane), block.Row(lane), max[lane], 1 / sum[lane]);
        }
    }
}

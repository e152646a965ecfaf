namespace Pure.Tuner.Ascend.Simulator;

/// <summary>softmax(scores) · v by rows, and its gradients from the largest score and the sum of each row.</summary>
internal static class AttentionKernel
{
    /// <summary>Row by row; what of the statistics is not wanted is null. Order of the statistics: see <see cref="Statistic"/>.</summary>
    public static float[] Forward(AttentionSpec spec, float[] q, float[] k, float[] v, long outputs, HeadLayout y, float[]? largest, float[]? sums)
    {
        var result = new float[outputs];
        int rowsOfBatch = spec.QLengths.Max() * spec.Heads;
        Loops.Rows((long)spec.Batch * rowsOfBatch, (long)spec.KvLengths.Max() * spec.Q.Width, task =>
        {
            int b = (int)(task / rowsOfBatch), n = (int)(task % rowsOfBatch) % spec.Heads, i = (int)(task % rowsOfBatch) / spec.Heads;
            if (i >= spec.QLengths[b]) return;
            var scores = new float[spec.KvLengths[b]];
            (int from, int to) = spec.Scores(q, k, b, n, i, scores);
            float most = float.NegativeInfinity;
            for (int j = from; j < to; j++) most = MathF.Max(most, scores[j]);
            Span<float> row = y.Row(result, b, n, i);
            int at = Statistic(spec, b, n, i);
            if (float.IsNegativeInfinity(most))
            {
                if (!spec.FixesEmptyRows) row.Fill(float.NaN);
                if (largest is not null) largest[at] = spec.FixesEmptyRows ? float.MinValue : float.NaN;
                return;
            }
            float sum = 0;
            for (int j = from; j < to; j++) sum += scores[j] = MathF.Exp(scores[j] - most);
            for (int j = from; j < to; j++)
            {
                float p = scores[j] / sum * spec.Kept(b, n, i, j);
                if (p != 0) Loops.AddScaled(spec.V.Row(v, b, n / spec.Group, j), p, row);
            }
            if (largest is not null) largest[at] = most;
            if (sums is not null) sums[at] = sum;
        });
        return result;
    }

    /// <summary>dv = pᵀ dy; ds = p · (dy vᵀ - Σ dy · y); dq = scale · ds k; dk = scale · dsᵀ q.</summary>
    public static void Backward(AttentionSpec spec, float[] q, float[] k, float[] v, float[] y, float[] dy, HeadLayout ofY, float[] largest, float[] sums, float[] dq, float[] dk, float[] dv)
    {
        Loops.For((long)spec.Batch * spec.K.Heads, 1, (first, last) =>
        {
            for (long task = first; task < last; task++)
            {
                int b = (int)(task / spec.K.Heads), kv = (int)(task % spec.K.Heads);
                var scores = new float[spec.KvLengths[b]];
                for (int n = kv * spec.Group; n < (kv + 1) * spec.Group; n++)
                    for (int i = 0; i < spec.QLengths[b]; i++)
                    {
                        int at = Statistic(spec, b, n, i);
                        if (sums[at] == 0) continue; // saw nobody
                        (int from, int to) = spec.Scores(q, k, b, n, i, scores);
                        ReadOnlySpan<float> g = ofY.Row(dy, b, n, i), query = spec.Q.Row(q, b, n, i);
                        float mean = Loops.Dot(g, ofY.Row(y, b, n, i));
                        Span<float> gq = spec.Q.Row(dq, b, n, i);
                        for (int j = from; j < to; j++)
                        {
                            if (float.IsNegativeInfinity(scores[j])) continue;
                            float p = MathF.Exp(scores[j] - largest[at]) / sums[at], kept = spec.Kept(b, n, i, j);
                            if (p * kept != 0) Loops.AddScaled(g, p * kept, spec.V.Row(dv, b, kv, j));
                            float ds = p * ((Loops.Dot(g, spec.V.Row(v, b, kv, j)) * kept) - mean) * spec.Scale;
                            Loops.AddScaled(spec.K.Row(k, b, kv, j), ds, gq);
                            Loops.AddScaled(query, ds, spec.K.Row(dk, b, kv, j));
                        }
                    }
            }
        });
    }

    /// <summary>Where the statistics of a row are: [B, N, Sq], or [T, N] for packed sequences.</summary>
    private static int Statistic(AttentionSpec spec, int b, int n, int i) => spec.StatisticStarts is { } starts
        ? (int)(((starts[b] + i) * spec.Heads) + n)
        : (((b * spec.Heads) + n) * spec.Q.Length) + i;
}

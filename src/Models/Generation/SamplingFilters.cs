using System.Buffers;

namespace Pure.Tuner;

/// <summary>What sampling does to the logits before it draws: each step sees the distribution that the steps before it left. A removed token has -inf.</summary>
/// <remarks>keep: how many of the best tokens always stay (more than one only where beams are drawn).</remarks>
internal static class SamplingFilters
{
    /// <summary>logits / temperature</summary>
    internal static void Temperature(Span<float> logits, double temperature)
    {
        for (int i = 0; i < logits.Length; i++) logits[i] = LogitProcessors.Bounded(logits[i], logits[i] / temperature);
    }

    /// <summary>Removes logits below the k-th largest; ties with it stay.</summary>
    internal static void TopK(Span<float> logits, int k, int keep = 1)
    {
        k = Math.Max(k, keep);
        if (k < logits.Length) RemoveBelow(logits, KthLargest(logits, k));
    }

    /// <summary>Removes the least probable tokens that together have at most 1 - topP.</summary>
    internal static void TopP(Span<float> logits, double topP, int keep = 1)
    {
        if (topP >= 1) return;
        int n = logits.Length, count;
        double[] p = ArrayPool<double>.Shared.Rent(n);
        ulong[] order = ArrayPool<ulong>.Shared.Rent(n);
        Probabilities.Into(logits, p.AsSpan(0, n));
        double cut = 1 - topP, sum;
        // Tokens below cut / n come first in ascending order and together stay within the cut: they go without being sorted.
        for (double small = cut / n; ; small = 0)
        {
            (sum, count) = (0, 0);
            for (int i = 0; i < n; i++)
            {
                if (p[i] < small) sum += p[i];
                else order[count++] = Ascending(logits[i], i);
            }
            if (count >= keep || small == 0) break;
        }
        Span<ulong> sorted = order.AsSpan(0, count);
        sorted.Sort();
        int removed = 0;
        while (removed < count - keep && (sum += p[(int)(uint)sorted[removed]]) <= cut) removed++;
        ulong first = sorted[Math.Min(removed, count - 1)];
        for (int i = 0; i < n; i++)
            if (Ascending(logits[i], i) < first) logits[i] = float.NegativeInfinity;
        ArrayPool<double>.Shared.Return(p);
        ArrayPool<ulong>.Shared.Return(order);
    }

    /// <summary>Removes tokens with p below minP · max p.</summary>
    internal static void MinP(Span<float> logits, double minP, int keep = 1)
    {
        // p < minP · max p is logit < max + ln minP: no softmax is needed.
        if (minP > 0) RemoveBelow(logits, Math.Min(Probabilities.Largest(logits) + Math.Log(minP), KthLargest(logits, keep)));
    }

    /// <summary>Keeps the tokens with the smallest |-ln p - entropy|, until together they have the given mass.</summary>
    internal static void TypicalP(Span<float> logits, double mass, int keep = 1)
    {
        if (mass >= 1) return;
        int n = logits.Length, count = 0;
        double[] p = ArrayPool<double>.Shared.Rent(n), distance = ArrayPool<double>.Shared.Rent(n);
        int[] order = ArrayPool<int>.Shared.Rent(n);
        (double max, double logSum) = Probabilities.Into(logits, p.AsSpan(0, n));
        double entropy = Entropy(logits, p, max, logSum);
        for (int i = 0; i < n; i++)
        {
            if (float.IsNegativeInfinity(logits[i])) continue;
            distance[count] = Math.Abs(max + logSum - logits[i] - entropy);
            order[count++] = i;
        }
        distance.AsSpan(0, count).Sort(order.AsSpan(0, count));
        int last = 0;
        for (double sum = p[order[0]]; last < count - 1 && sum < mass; sum += p[order[last]]) last++;
        double limit = distance[last];
        for (int i = Math.Max(last, keep); i < count; i++)
            if (distance[i] > limit) logits[order[i]] = float.NegativeInfinity;
        ArrayPool<double>.Shared.Return(p);
        ArrayPool<double>.Shared.Return(distance);
        ArrayPool<int>.Shared.Return(order);
    }

    /// <summary>Removes tokens with p below epsilon.</summary>
    internal static void EpsilonCutoff(Span<float> logits, double epsilon, int keep = 1)
    {
        if (epsilon > 0) Cut(logits, keep, _ => epsilon);
    }

    /// <summary>Removes tokens with p below min(eta, √eta · exp(-entropy)).</summary>
    internal static void EtaCutoff(Span<float> logits, double eta, int keep = 1)
    {
        if (eta > 0) Cut(logits, keep, entropy => Math.Min(eta, Math.Sqrt(eta) * Math.Exp(-entropy)));
    }

    /// <summary>The k-th largest logit, ties counted.</summary>
    internal static float KthLargest(ReadOnlySpan<float> logits, int k)
    {
        if (k == 1) return Probabilities.Largest(logits);
        float[] copy = ArrayPool<float>.Shared.Rent(logits.Length);
        k = Math.Min(k, logits.Length);
        int size = 0;
        if (k <= 1024)                       // the k best so far, smallest on top
        {
            foreach (float x in logits)
            {
                if (size < k) Up(copy, size++, x);
                else if (x > copy[0]) Down(copy, k, x);
            }
        }
        else
        {
            logits.CopyTo(copy);
            copy.AsSpan(0, logits.Length).Sort();
            copy[0] = copy[logits.Length - k];
        }
        float kth = copy[0];
        ArrayPool<float>.Shared.Return(copy);
        return kth;
    }

    private static void Cut(Span<float> logits, int keep, Func<double, double> threshold)
    {
        double[] p = ArrayPool<double>.Shared.Rent(logits.Length);
        (double max, double logSum) = Probabilities.Into(logits, p.AsSpan(0, logits.Length));
        double limit = threshold(Entropy(logits, p, max, logSum));
        float best = KthLargest(logits, keep);
        for (int i = 0; i < logits.Length; i++)
            if (p[i] < limit && logits[i] < best) logits[i] = float.NegativeInfinity;
        ArrayPool<double>.Shared.Return(p);
    }

    private static double Entropy(ReadOnlySpan<float> logits, double[] p, double max, double logSum)
    {
        double entropy = 0;
        for (int i = 0; i < logits.Length; i++)
            if (p[i] > 0) entropy += p[i] * (max + logSum - logits[i]);
        return entropy;
    }

    private static void RemoveBelow(Span<float> logits, double limit)
    {
        for (int i = 0; i < logits.Length; i++)
            if (logits[i] < limit) logits[i] = float.NegativeInfinity;
    }

    /// <summary>Orders by logit, then by id, as one number.</summary>
    private static ulong Ascending(float x, int id)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x + 0f);          // -0 counts as 0
        return (ulong)((bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000) << 32 | (uint)id;
    }

    private static void Up(float[] heap, int at, float x)
    {
        for (int parent; at > 0 && heap[parent = (at - 1) / 2] > x; at = parent) heap[at] = heap[parent];
        heap[at] = x;
    }

    private static void Down(float[] heap, int size, float x)
    {
        int at = 0;
        for (int child; (child = 2 * at + 1) < size; at = child)
        {
            if (child + 1 < size && heap[child + 1] < heap[child]) child++;
            if (heap[child] >= x) break;
            heap[at] = heap[child];
        }
        heap[at] = x;
    }
}

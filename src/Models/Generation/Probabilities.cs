namespace Pure.Tuner;

/// <summary>Probabilities of logits, in double: the cuts of sampling compare sums of many small numbers.</summary>
internal static class Probabilities
{
    /// <summary>p = softmax(logits). A logit of -inf has probability 0.</summary>
    /// <returns>The largest logit and the logarithm of the sum of exponentials: ln p[i] = logits[i] - max - logSum.</returns>
    internal static (double Max, double LogSum) Into(ReadOnlySpan<float> logits, Span<double> p)
    {
        double max = Largest(logits), sum = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            double e = float.IsNegativeInfinity(logits[i]) ? 0 : Math.Exp(logits[i] - max);
            p[i] = e;
            sum += e;
        }
        for (int i = 0; i < logits.Length; i++) p[i] /= sum;
        return (max, Math.Log(sum));
    }

    /// <summary>logits -= ln Σ exp(logits)</summary>
    internal static void LogSoftmaxInPlace(Span<float> logits)
    {
        double max = Largest(logits), sum = 0;
        foreach (float x in logits)
            if (!float.IsNegativeInfinity(x)) sum += Math.Exp(x - max);
        double lse = max + Math.Log(sum);
        for (int i = 0; i < logits.Length; i++) logits[i] = (float)(logits[i] - lse);
    }

    /// <summary>The largest logit.</summary>
    /// <exception cref="InvalidOperationException">A logit is NaN or +inf, or all were removed.</exception>
    internal static float Largest(ReadOnlySpan<float> logits)
    {
        float max = TensorPrimitives.Max(logits);
        if (float.IsFinite(max)) return max;
        throw new InvalidOperationException(float.IsNegativeInfinity(max)
            ? "generate: no token is left: every one is suppressed, a bad word or a repetition"
            : $"generate: the model gave a logit of {max}; its weights or its settings are damaged");
    }
}

namespace Pure.Tuner;

/// <summary>exp of the mean negative log-likelihood.</summary>
public static class Perplexity
{
    /// <summary>exp(loss); infinite where that is beyond all numbers.</summary>
    public static double Of(double loss) => Math.Exp(loss);

    /// <summary>The loss of an evaluation: each batch's mean, weighted by its rows, as the Trainer weighs them.</summary>
    /// <param name="batches">Mean loss and number of rows of each batch.</param>
    public static double EvalLoss(IEnumerable<(double Loss, int Rows)> batches)
    {
        double sum = 0;
        long rows = 0;
        foreach ((double loss, int count) in batches)
        {
            sum += loss * count;
            rows += count;
        }
        return rows == 0 ? double.NaN : sum / rows;
    }

    /// <summary>Negative log-likelihood of a token, from the logits before it.</summary>
    public static double Loss(ReadOnlySpan<float> logits, int token)
    {
        double top = float.NegativeInfinity, sum = 0;
        foreach (float x in logits) top = Math.Max(top, x);
        foreach (float x in logits) sum += Math.Exp(x - top);
        return top + Math.Log(sum) - logits[token];
    }

    /// <summary>Sum of the losses of a row and how many there are: logits at a place score the label one place later, -100 is left out.</summary>
    /// <param name="logits">[places, vocabulary]</param>
    /// <param name="labels">[places]</param>
    public static (double Sum, int Count) Row(ReadOnlySpan<float> logits, ReadOnlySpan<int> labels)
    {
        int vocabulary = logits.Length / labels.Length, count = 0;
        double sum = 0;
        for (int t = 0; t + 1 < labels.Length; t++)
        {
            if (labels[t + 1] < 0) continue;
            sum += Loss(logits.Slice(t * vocabulary, vocabulary), labels[t + 1]);
            count++;
        }
        return (sum, count);
    }
}

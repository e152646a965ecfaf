namespace Pure.Tuner;

/// <summary>BLEU-4 of one prediction against one reference, over characters.</summary>
/// <remarks>Papineni et al. 2002; orders without a match are smoothed as NIST's script does (Chen and Cherry 2014, method 3). What LLaMA-Factory calls bleu-4.</remarks>
internal static class Bleu
{
    private const int Orders = 4;

    /// <summary>exp(mean of ln p_n) over n = 1 … 4, times the brevity penalty; 0 to 1.</summary>
    public static double Sentence(ReadOnlySpan<int> prediction, ReadOnlySpan<int> reference)
    {
        double sum = 0;
        int missing = 0;
        for (int n = 1; n <= Orders; n++)
        {
            int matches = Matches(prediction, reference, n), total = Math.Max(1, prediction.Length - n + 1);
            if (n == 1 && matches == 0) return 0;
            sum += Math.Log(matches > 0 ? (double)matches / total : 1 / (Math.Pow(2, ++missing) * total)) / Orders;
        }
        double penalty = prediction.Length > reference.Length ? 1 : Math.Exp(1 - (double)reference.Length / prediction.Length);
        return penalty * Math.Exp(sum);
    }

    /// <summary>n-grams of the prediction that the reference has too, each as often as there at most.</summary>
    private static int Matches(ReadOnlySpan<int> prediction, ReadOnlySpan<int> reference, int n)
    {
        var left = new Dictionary<(int, int, int, int), int>();
        for (int i = 0; i + n <= reference.Length; i++)
        {
            var gram = Gram(reference.Slice(i, n));
            left[gram] = left.GetValueOrDefault(gram) + 1;
        }
        int matches = 0;
        for (int i = 0; i + n <= prediction.Length; i++)
        {
            var gram = Gram(prediction.Slice(i, n));
            if (left.GetValueOrDefault(gram) is not (> 0 and var count)) continue;
            left[gram] = count - 1;
            matches++;
        }
        return matches;
    }

    private static (int, int, int, int) Gram(ReadOnlySpan<int> x) =>
        (x[0], x.Length > 1 ? x[1] : -1, x.Length > 2 ? x[2] : -1, x.Length > 3 ? x[3] : -1);
}

namespace Pure.Tuner;

/// <summary>Share of learned tokens that the model would have chosen itself: eval_accuracy with compute_accuracy.</summary>
public static class TokenAccuracy
{
    /// <summary>Places that a label of this value stands for nothing.</summary>
    private const int Ignored = -100;

    /// <summary>One row: the choice at a place is held against the label one place later.</summary>
    /// <param name="choices">The most probable token after each place.</param>
    /// <param name="labels">Labels, -100 where nothing is learned.</param>
    /// <returns>0 to 1; not a number where the row learns nothing.</returns>
    public static double Row(ReadOnlySpan<int> choices, ReadOnlySpan<int> labels)
    {
        int right = 0, all = 0;
        for (int t = 0; t + 1 < labels.Length; t++)
        {
            if (labels[t + 1] == Ignored) continue;
            all++;
            if (choices[t] == labels[t + 1]) right++;
        }
        return Share(right, all);
    }

    /// <summary>A share of hits; not a number where there is nothing to hit.</summary>
    public static double Share(int right, int all) => all == 0 ? double.NaN : (double)right / all;

    /// <summary>The mean of the rows' shares, not of the tokens: every row counts the same.</summary>
    public static double Mean(IEnumerable<double> rows) => rows.DefaultIfEmpty(double.NaN).Average();
}

/// <summary>Preference stages: how often the chosen answer scores higher.</summary>
public static class RewardAccuracy
{
    /// <summary>Share of pairs whose chosen score is above the rejected one; equal is wrong.</summary>
    public static double Of(ReadOnlySpan<float> chosen, ReadOnlySpan<float> rejected)
    {
        if (chosen.Length != rejected.Length) throw new ArgumentException($"reward accuracy: {chosen.Length} chosen scores against {rejected.Length} rejected ones");
        int right = 0;
        for (int i = 0; i < chosen.Length; i++)
            if (chosen[i] > rejected[i]) right++;
        return TokenAccuracy.Share(right, chosen.Length);
    }
}

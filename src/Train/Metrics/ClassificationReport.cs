namespace Pure.Tuner;

/// <summary>Precision, recall and F1: of one class, or averaged.</summary>
/// <param name="Precision">Right among the predicted.</param>
/// <param name="Recall">Right among the true.</param>
/// <param name="F1">Harmonic mean of the two.</param>
public readonly record struct ClassScore(double Precision, double Recall, double F1);

/// <summary>Predicted against true classes, as scikit-learn reports them; a ratio over nothing is 0.</summary>
public sealed class ClassificationReport
{
    /// <summary>Counts the pairs.</summary>
    /// <param name="labels">True classes.</param>
    /// <param name="predictions">Predicted classes, one for each label.</param>
    /// <exception cref="ArgumentException">The two differ in length, or are empty.</exception>
    public ClassificationReport(IReadOnlyList<int> labels, IReadOnlyList<int> predictions)
    {
        if (labels.Count != predictions.Count) throw new ArgumentException($"classification: {labels.Count} labels against {predictions.Count} predictions");
        if (labels.Count == 0) throw new ArgumentException("classification: no labels");
        Classes = [.. labels.Concat(predictions).Distinct().Order()];
        Count = labels.Count;
        int n = Classes.Count;
        var place = Classes.Select((c, i) => (c, i)).ToDictionary(p => p.c, p => p.i);
        Confusion = new int[n, n];
        for (int i = 0; i < labels.Count; i++) Confusion[place[labels[i]], place[predictions[i]]]++;

        long[] actual = new long[n], predicted = new long[n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
            {
                actual[i] += Confusion[i, j];
                predicted[j] += Confusion[i, j];
            }
        Support = [.. actual.Select(a => (int)a)];
        ByClass = [.. Enumerable.Range(0, n).Select(i => Score(Confusion[i, i], predicted[i], actual[i]))];
        long right = Enumerable.Range(0, n).Sum(i => (long)Confusion[i, i]);
        Accuracy = (double)right / Count;
        Macro = new ClassScore(ByClass.Average(c => c.Precision), ByClass.Average(c => c.Recall), ByClass.Average(c => c.F1));
        Micro = Score(right, Count, Count);
        double Weighted(Func<ClassScore, double> of) => ByClass.Select((c, i) => of(c) * Support[i]).Sum() / Count;
        this.Weighted = new ClassScore(Weighted(c => c.Precision), Weighted(c => c.Recall), Weighted(c => c.F1));
        BalancedAccuracy = ByClass.Where((_, i) => Support[i] > 0).Average(c => c.Recall);

        double both = 0, actualSquares = 0, predictedSquares = 0, all = Count;
        for (int i = 0; i < n; i++)
        {
            both += (double)actual[i] * predicted[i];
            actualSquares += (double)actual[i] * actual[i];
            predictedSquares += (double)predicted[i] * predicted[i];
        }
        double spread = (all * all - actualSquares) * (all * all - predictedSquares);
        Mcc = spread == 0 ? 0 : (right * all - both) / Math.Sqrt(spread);
        double chance = both / (all * all);
        Kappa = chance == 1 ? double.NaN : (Accuracy - chance) / (1 - chance);
    }

    /// <summary>Every class of labels or predictions, ascending; the order of all lists here.</summary>
    public IReadOnlyList<int> Classes { get; }

    /// <summary>Pairs counted.</summary>
    public int Count { get; }

    /// <summary>Share of right predictions.</summary>
    public double Accuracy { get; }

    /// <summary>Mean recall of the classes that are among the labels.</summary>
    public double BalancedAccuracy { get; }

    /// <summary>Plain mean over <see cref="Classes"/>.</summary>
    public ClassScore Macro { get; }

    /// <summary>From the counts of all classes together.</summary>
    public ClassScore Micro { get; }

    /// <summary>Mean over the classes, weighted by their labels.</summary>
    public ClassScore Weighted { get; }

    /// <summary>Scores of each class.</summary>
    public IReadOnlyList<ClassScore> ByClass { get; }

    /// <summary>Labels of each class.</summary>
    public IReadOnlyList<int> Support { get; }

    /// <summary>Pairs by true class (row) and predicted class (column).</summary>
    public int[,] Confusion { get; }

    /// <summary>Matthews' correlation, 0 where one side has one class only (Gorodkin 2004 for several classes).</summary>
    public double Mcc { get; }

    /// <summary>Agreement beyond chance (Cohen 1960); not a number where chance explains all.</summary>
    public double Kappa { get; }

    private static ClassScore Score(long right, long predicted, long actual)
    {
        double p = predicted == 0 ? 0 : (double)right / predicted, r = actual == 0 ? 0 : (double)right / actual;
        return new ClassScore(p, r, predicted + actual == 0 ? 0 : 2.0 * right / (predicted + actual));
    }
}

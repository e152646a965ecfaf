namespace Pure.Tuner;

/// <summary>How near a generated text is to its label: BLEU-4 over characters, ROUGE over words, in percent with four digits.</summary>
/// <remarks>The numbers of LLaMA-Factory's predict_results.json.</remarks>
/// <param name="Bleu4">bleu-4.</param>
/// <param name="Rouge1">rouge-1: shared words.</param>
/// <param name="Rouge2">rouge-2: shared pairs of words.</param>
/// <param name="RougeL">rouge-l: longest common subsequence.</param>
public sealed record TextSimilarity(double Bleu4, double Rouge1, double Rouge2, double RougeL)
{
    /// <summary>The scores of one pair.</summary>
    public static TextSimilarity Score(string prediction, string label)
    {
        (RougeScore one, RougeScore two, RougeScore longest, double bleu) = Fractions(prediction, label);
        static double Percent(double x) => PythonFloat.Round(x * 100, 4);
        return new TextSimilarity(Percent(bleu), Percent(one.F), Percent(two.F), Percent(longest.F));
    }

    /// <summary>The means over pairs under LLaMA-Factory's names: bleu-4, rouge-1, rouge-2, rouge-l; empty where there are no pairs.</summary>
    public static IReadOnlyDictionary<string, double> Mean(IEnumerable<(string Prediction, string Label)> pairs)
    {
        TextSimilarity[] scores = [.. pairs.Select(p => Score(p.Prediction, p.Label))];
        if (scores.Length == 0) return new Dictionary<string, double>();
        return new Dictionary<string, double>
        {
            ["bleu-4"] = scores.Average(s => s.Bleu4),
            ["rouge-1"] = scores.Average(s => s.Rouge1),
            ["rouge-2"] = scores.Average(s => s.Rouge2),
            ["rouge-l"] = scores.Average(s => s.RougeL),
        };
    }

    /// <summary>Unrounded scores, 0 to 1.</summary>
    internal static (RougeScore One, RougeScore Two, RougeScore Longest, double Bleu) Fractions(string prediction, string label)
    {
        double bleu = Bleu.Sentence(PythonText.CodePoints(prediction), PythonText.CodePoints(label));
        string p = string.Join(' ', Jieba.Default.Cut(prediction)), r = string.Join(' ', Jieba.Default.Cut(label));
        if (PythonText.Split(p).Length == 0 || PythonText.Split(r).Length == 0) return (default, default, default, bleu);
        string[] pWords = Rouge.Words(p), rWords = Rouge.Words(r);
        return (Rouge.Grams(pWords, rWords, 1), Rouge.Grams(pWords, rWords, 2), Rouge.Longest(pWords, rWords), bleu);
    }
}

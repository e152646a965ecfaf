using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>Precision, recall and their harmonic mean, each 0 to 1.</summary>
internal readonly record struct RougeScore(double Precision, double Recall, double F)
{
    /// <summary>From what is shared, over the sizes of prediction and reference.</summary>
    public static RougeScore Of(int shared, int prediction, int reference)
    {
        if (prediction == 0 || reference == 0) return default;
        double p = (double)shared / prediction, r = (double)shared / reference;
        return new RougeScore(p, r, 2 * (p * r / (p + r + 1e-8)));
    }
}

/// <summary>ROUGE-1, ROUGE-2 and ROUGE-L over words.</summary>
/// <remarks>Lin 2004, as rouge-chinese 1.0.3 computes it: n-grams are sets and run across sentence ends; ROUGE-L is one subsequence of the whole texts.</remarks>
internal static partial class Rouge
{
    /// <summary>The words of a text whose words stand between blanks, as the scorer sees them: a line of white space is one empty word.</summary>
    public static string[] Words(string text)
    {
        foreach (Regex end in (Regex[])[SentenceEnd(), Dots(), Ellipsis()]) text = end.Replace(text, "$1\n$2");
        return [.. PythonText.TrimEnd(text).Split('\n').Select(PythonText.Split).SelectMany(w => w.Length == 0 ? [""] : w)];
    }

    /// <summary>Shared n-grams over those of either side.</summary>
    public static RougeScore Grams(string[] prediction, string[] reference, int n)
    {
        HashSet<string> p = Set(prediction, n), r = Set(reference, n);
        return RougeScore.Of(p.Count(r.Contains), p.Count, r.Count);
    }

    /// <summary>The longest common subsequence over the length of either side.</summary>
    public static RougeScore Longest(string[] prediction, string[] reference)
    {
        int[] above = new int[reference.Length + 1], row = new int[reference.Length + 1];
        foreach (string word in prediction)
        {
            for (int j = 0; j < reference.Length; j++) row[j + 1] = word == reference[j] ? above[j] + 1 : Math.Max(above[j + 1], row[j]);
            (above, row) = (row, above);
        }
        return RougeScore.Of(above[^1], prediction.Length, reference.Length);
    }

    // Words hold no line feed, so it can stand between them.
    private static HashSet<string> Set(string[] words, int n) =>
        [.. Enumerable.Range(0, Math.Max(0, words.Length - n + 1)).Select(i => string.Join('\n', words, i, n))];

    [GeneratedRegex("([。！？?])([^”’])")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"(\.{6})([^”’])")]
    private static partial Regex Dots();

    [GeneratedRegex("(…{2})([^”’])")]
    private static partial Regex Ellipsis();
}

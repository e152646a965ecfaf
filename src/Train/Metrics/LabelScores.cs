namespace Pure.Tuner;

/// <summary>Generated texts held against labels that are the names of classes: exact match, and macro F1 over the names.</summary>
/// <param name="Accuracy">Share of predictions that are their label, white space at the ends aside.</param>
/// <param name="MacroF1">Mean F1 over the distinct labels; a prediction that is none of them is wrong for its label and nobody's find.</param>
public sealed record LabelScores(double Accuracy, double MacroF1)
{
    /// <summary>Most distinct labels that still look like classes.</summary>
    public const int MostLabels = 64;

    /// <summary>Most words of such a label, and most characters, for languages without blanks.</summary>
    public const int MostWords = 8, MostCharacters = 64;

    /// <summary>Whether labels look like the names of classes: at least two rows, two names and on average two rows a name; at most 64 names; none empty or longer than 8 words, 64 characters or one line.</summary>
    public static bool LooksLikeClasses(IEnumerable<string> labels)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        int rows = 0;
        foreach (string label in labels)
        {
            string name = label.Trim();
            if (name.Length is 0 or > MostCharacters || name.Contains('\n', StringComparison.Ordinal) || PythonText.Split(name).Length > MostWords) return false;
            names.Add(name);
            rows++;
            if (names.Count > MostLabels) return false;
        }
        return names.Count >= 2 && rows >= 2 * names.Count;
    }

    /// <summary>The scores, or null where the labels do not look like classes.</summary>
    public static LabelScores? Of(IReadOnlyList<(string Prediction, string Label)> pairs)
    {
        if (!LooksLikeClasses(pairs.Select(p => p.Label))) return null;
        string[] names = [.. pairs.Select(p => p.Label.Trim()).Distinct(StringComparer.Ordinal)];
        double f1 = 0;
        foreach (string name in names)
        {
            int right = 0, predicted = 0, actual = 0;
            foreach ((string prediction, string label) in pairs)
            {
                bool p = prediction.Trim() == name, l = label.Trim() == name;
                if (p) predicted++;
                if (l) actual++;
                if (p && l) right++;
            }
            f1 += 2.0 * right / (predicted + actual);
        }
        return new LabelScores((double)pairs.Count(p => p.Prediction.Trim() == p.Label.Trim()) / pairs.Count, f1 / names.Length);
    }
}

namespace Pure.Tuner.Cli;

/// <summary>The known word that is spelled most like another.</summary>
internal static class Nearest
{
    public static string Of(string word, IEnumerable<string> known) => known.MinBy(k => (Distance(word, k), k.Length)) ?? "";

    /// <summary>Letters to insert, delete or replace. Levenshtein 1966.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }
        return row[^1];
    }
}

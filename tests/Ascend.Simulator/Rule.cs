namespace Pure.Tuner.Ascend.Simulator;

/// <summary>A rule of the interface that callers are held to: a row of rules.tsv.</summary>
/// <param name="Id">Stands in the message of a call that breaks it.</param>
/// <param name="Section">The section of the notes that it comes from.</param>
/// <param name="Code">
/// The status that a breach returns; or in a word what it leads to: null (nothing is made), leak (told at the end), poison (what a card does not
/// notice: only kept in <see cref="Breaches"/>). Anything else is no breach but how the library behaves: absent (there is no such function), NaN, 0.
/// </param>
/// <param name="Sentence">The rule.</param>
/// <param name="CheckedBy">The file of the simulator that checks it.</param>
public sealed record Rule(string Id, string Section, string Code, string Sentence, string CheckedBy)
{
    /// <summary>Whether somebody can break it and is told then.</summary>
    public bool IsBreach => Code is "null" or "leak" or "poison" || (int.TryParse(Code, out int status) && status >= 100000);

    internal static Rule[] Read()
    {
        using Stream stream = typeof(Rule).Assembly.GetManifestResourceStream("rules.tsv")!;
        using var reader = new StreamReader(stream);
        reader.ReadLine();
        var rules = new List<Rule>();
        while (reader.ReadLine() is { } line)
        {
            string[] columns = line.Split('\t');
            rules.Add(new(columns[0], columns[1], columns[2], columns[3], columns[4]));
        }
        return [.. rules];
    }
}

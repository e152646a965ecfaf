namespace Pure.Tuner.Cli;

/// <summary>Lines under each other, aligned, or as a table of Markdown.</summary>
/// <param name="columns">What each column shows; the first is aligned to the left.</param>
internal sealed class BenchTable(params BenchColumn[] columns)
{
    public string Head => Join(columns.Select(c => c.Name));

    public string MarkdownHead => $"{Bars(columns.Select(c => c.Name))}\n{Bars(columns.Select((_, i) => i == 0 ? "---" : "---:"), blank: "")}";

    public string Row(BenchLine line) => Join(columns.Select(c => c.Text(line)));

    public string MarkdownRow(BenchLine line) => Bars(columns.Select(c => c.Text(line)));

    private string Join(IEnumerable<string> cells) =>
        string.Join("  ", cells.Select((cell, i) => i == 0 ? cell.PadRight(columns[i].Width) : cell.PadLeft(Math.Max(columns[i].Width, columns[i].Name.Length))));

    private static string Bars(IEnumerable<string> cells, string blank = " ") => $"|{blank}{string.Join($"{blank}|{blank}", cells)}{blank}|";
}

/// <summary>A column of a table.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="Width">Least number of characters.</param>
/// <param name="Text">What it says of a line.</param>
internal sealed record BenchColumn(string Name, int Width, Func<BenchLine, string> Text);

using System.Globalization;

namespace Pure.Tuner.Cli;

/// <summary>Prints what the check of a data set found: rows with faults, counts, lengths, the first rows as the model sees them.</summary>
internal sealed class DataReportText(TextWriter output, bool colour, int mostOfAKind)
{
    private const int Bar = 40;

    public void Print(DataReport report)
    {
        output.WriteLine($"{report.Name}");
        foreach (string remark in report.Remarks) output.WriteLine($"  {remark}");
        output.WriteLine();
        Findings(report);
        Summary(report);
        if (report.Lengths.Count > 0) Lengths(report);
        foreach ((string place, EncodedRow row) in report.Samples)
        {
            output.WriteLine(Text($"\n{place} by template {report.Template}: {SampleView.Learned(row):N0} of {row.Ids.Length - row.Padding:N0} tokens are learned, {(colour ? "green" : $"between {SampleView.Open} and {SampleView.Close}")}"));
            output.WriteLine(SampleView.Text(row, report.Tokens, colour));
        }
    }

    private void Findings(DataReport report)
    {
        foreach (FindingLevel level in Enum.GetValues<FindingLevel>())
        {
            var shown = new Dictionary<string, int>();
            foreach (DataFinding finding in report.Findings.Where(f => f.Level == level))
            {
                int number = shown[finding.Kind] = shown.GetValueOrDefault(finding.Kind) + 1;
                if (number <= mostOfAKind) output.WriteLine($"{Paint(level)} {Line(finding)}");
            }
            foreach ((string kind, int kept) in shown)
                if (report.Counts[(level, kind)] is var all && Math.Min(kept, mostOfAKind) is var told && all > told)
                    output.WriteLine(Text($"{Paint(level)} … and {all - told:N0} more like these ({kind}; 'all=true' shows {(all > kept ? Text($"{kept:N0}") : "them")})"));
        }
        if (report.Findings.Count > 0) output.WriteLine();
    }

    /// <summary>"row 3, line 7: output: what; cure".</summary>
    internal static string Line(DataFinding f)
    {
        string place = f.Row == 0 ? "" : Text($"{f.File}: row {f.Row}{(f.Line > 0 ? Text($", line {f.Line}") : "")}: ");
        string field = f.Field.Length == 0 ? "" : $"{f.Field}: ";
        return SampleView.Printable($"{place}{(f.Row > 0 ? field : "")}{f.What}{(f.Cure.Length > 0 ? "; " + f.Cure : "")}").ReplaceLineEndings(" ");
    }

    private string Paint(FindingLevel level)
    {
        (string word, string code) = level switch { FindingLevel.Error => ("error  ", "31"), FindingLevel.Warning => ("warning", "33"), _ => ("note   ", "36") };
        return colour ? $"\u001b[{code}m{word}\u001b[0m" : word;
    }

    private void Summary(DataReport report)
    {
        long wrong = report.Rows - report.Usable;
        output.WriteLine(Text($"rows         {report.Rows,9:N0}"));
        output.WriteLine(Text($"usable       {report.Usable,9:N0}"));
        output.WriteLine(Text($"with errors  {wrong,9:N0}{(wrong > 0 ? Text($"   a run ends at {report.Ending:N0} of them and leaves {report.LeftOut:N0} out") : "")}"));
        output.WriteLine(Text($"warned of    {report.Warned,9:N0}"));
        output.WriteLine(Text($"duplicates   {report.Duplicates,9:N0}"));
    }

    private void Lengths(DataReport report)
    {
        LengthHistogram lengths = report.Lengths;
        output.WriteLine(Text($"\ntokens a row by template {report.Template}{(report.Estimated ? ", estimated from the characters (model=PATH counts them)" : "")}"));
        IReadOnlyList<(int From, int To, int Count)> steps = lengths.Steps();
        string[] labels = [.. steps.Select(s => Text($"{s.From:N0} to {s.To:N0}"))];
        int wide = labels.Max(l => l.Length), most = steps.Max(s => s.Count), digits = Text($"{most:N0}").Length;
        for (int i = 0; i < steps.Count; i++)
        {
            int length = (int)Math.Ceiling((double)steps[i].Count * Bar / most);
            output.WriteLine($"  {labels[i].PadLeft(wide)}  {Text($"{steps[i].Count:N0}").PadLeft(digits)}  {new string('█', length)}".TrimEnd());
        }
        int over = lengths.Over(report.Cutoff);
        output.WriteLine(Text($"  p50 {lengths.Percentile(0.5):N0}, p90 {lengths.Percentile(0.9):N0}, p99 {lengths.Percentile(0.99):N0}, longest {lengths.Max:N0}; {lengths.Total:N0} tokens, {(lengths.Total == 0 ? 0 : 100.0 * report.Learned / lengths.Total):F0} % of them learned"));
        output.WriteLine(Text($"  longer than cutoff_len {report.Cutoff:N0}: {over:N0} rows ({100.0 * over / lengths.Count:F1} %)"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Text;

namespace Pure.Tuner.Cli;

/// <summary>Recorded measurements as tables of a page. A table stands between two marks, <c>&lt;!-- bench: gemm --&gt;</c> and <c>&lt;!-- bench end --&gt;</c>; a mark may name several kinds.</summary>
internal static class BenchReport
{
    private const string Begin = "<!-- bench: ", Close = " -->", End = "<!-- bench end -->";

    private static readonly (string Name, Func<BenchLine, string?> Text)[] s_columns =
    [
        ("What", l => l.Name),
        ("Shape", l => l.Shape),
        ("Type", l => l.Products is { } products ? $"{l.DType}, products {products}" : l.DType),
        ("Threads", l => Text($"{l.Threads}")),
        ("Median", l => l.MedianMs switch { >= 1000 => Text($"{l.MedianMs / 1000:F2} s"), >= 10 => Text($"{l.MedianMs:F1} ms"), _ => Text($"{l.MedianMs:G3} ms") }),
        ("Tokens/s", l => l.TokensPerSecond is { } t ? Number(t) : null),
        ("GFLOP/s", l => l.GFlops is { } f ? Number(f) : null),
        ("GB/s", l => l.GBPerSecond is { } b ? b < 0.1 ? Text($"{1000 * b:F1} MB/s") : Text($"{b:G3}") : null),
        ("Of the limit", l => l.ShareOfPeak is { } s ? Text($"{100 * s:F0} %") : null),
        ("Of f32's time", l => l.OverF32 is { } o ? Text($"{o:F2}") : null),
        ("Peak, MiB", l => l.PeerPeakMiB is { } p ? Text($"{l.PeakMiB:F0} against {p:F0}") : Text($"{l.PeakMiB:F0}")),
        ("Peer", l => l.Peer is null ? null : Text($"{l.Peer}{(l.PeerThreads is { } n ? $", {n} threads" : "")}: {Number(l.PeerValue!.Value)}")),
        ("Ratio", l => l.Ratio is { } r ? Text($"{r:F2}") : null),
        ("Of memory", l => l.PeakRatio is { } r ? Text($"{r:F2}") : null),
        ("Worst", l => l.WorstRatio is { } r ? Text($"{r:F2}, {l.Worst}") : null),
    ];

    /// <summary>The page with every table made anew.</summary>
    /// <exception cref="UsageException">A mark does not end, or names no kind.</exception>
    public static string Render(string page, string path, IReadOnlyList<BenchRecord> records)
    {
        var text = new StringBuilder();
        int at = 0;
        while (page.IndexOf(Begin, at, StringComparison.Ordinal) is >= 0 and var mark)
        {
            int line = 1 + page.AsSpan(0, mark).Count('\n'), close = page.IndexOf(Close, mark, StringComparison.Ordinal), end = page.IndexOf(End, mark, StringComparison.Ordinal), next = page.IndexOf(Begin, mark + 1, StringComparison.Ordinal);
            if (close < 0 || end < close || (next >= 0 && next < end)) throw new UsageException($"{path}:{line}: the table that begins here does not end; write {End} after it");
            string[] kinds = page[(mark + Begin.Length)..close].Split(',', StringSplitOptions.TrimEntries);
            foreach (string kind in kinds)
                if (BenchKind.All.All(k => k.Name != kind)) throw new UsageException($"{path}:{line}: there is no '{kind}' to measure; did you mean '{Nearest.Of(kind, BenchKind.All.Select(k => k.Name))}'?");
            text.Append(page, at, close + Close.Length - at).Append('\n').Append(Tables(kinds, records)).Append(End);
            at = end + End.Length;
        }
        return text.Append(page, at, page.Length - at).ToString();
    }

    /// <summary>A table for each machine: its line, the measurements, the commands.</summary>
    internal static string Tables(string[] kinds, IReadOnlyList<BenchRecord> records)
    {
        var text = new StringBuilder("\n");
        foreach (IGrouping<string, BenchRecord> machine in records.Where(r => kinds.Contains(r.Kind)).GroupBy(r => r.Machine))
        {
            BenchRecord[] lines = [.. machine.OrderBy(r => Array.IndexOf(kinds, r.Kind))];
            string[] dates = [.. lines.Select(r => r.Date).Distinct().Order(StringComparer.Ordinal)];
            text.Append(CultureInfo.InvariantCulture, $"{machine.Key}; {(dates.Length == 1 ? dates[0] : $"{dates[0]} to {dates[^1]}")}.\n\n");
            (string Name, Func<BenchLine, string?> Text)[] columns = [.. s_columns.Where(c => lines.Any(r => c.Text(r.Line) is not null))];
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", columns.Select(c => c.Name))} |\n|{string.Concat(columns.Select((_, i) => i < 3 ? "---|" : "---:|"))}\n");
            foreach (BenchRecord r in lines) text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", columns.Select(c => (c.Text(r.Line) ?? "").Replace("|", "\\|", StringComparison.Ordinal)))} |\n");
            text.Append('\n');
            foreach (BenchRecord r in lines)
                if (r.Line is { CacheBytes: not null } or { InstructionSets: not null })
                {
                    text.Append(CultureInfo.InvariantCulture, $"Caches of a core: {string.Join(", ", (r.Line.CacheBytes ?? []).Select(c => $"{c.Key} {c.Value >> 10} KiB"))}. Instruction sets: {string.Join(", ", r.Line.InstructionSets ?? [])}.\n\n");
                    break;
                }
            text.AppendJoin(",\n", lines.Select(r => $"`{r.Command}`").Distinct()).Append(".\n\n");
        }
        if (text.Length == 1) text.Append("Not recorded yet.\n\n");
        return text.ToString();
    }

    private static string Number(double value) => value >= 100 ? Text($"{value:N0}") : Text($"{value:F1}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

using System.Text;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>Rows of a CSV file (RFC 4180): the first line names the fields, every value is text, an empty one is null.</summary>
/// <remarks>Numbers stay the text that they are: nothing is guessed from how a column looks.</remarks>
internal static class CsvRows
{
    public static IEnumerable<SourceRow> Read(string file, RowFaultSink? faults = null)
    {
        string name = Path.GetFileName(file);
        string[]? header = null;
        long row = 0;
        foreach ((long line, List<string> cells, UsageException? broken) in Records(file, faults is not null))
        {
            if (header is null)
            {
                // Without names nothing else can be told.
                header = broken is null ? Header(file, line, cells) : throw broken;
                continue;
            }
            row++;
            UsageException? fault = broken ?? (cells.Count == header.Length ? null
                : new UsageException($"{file}:{line}: row {row} has {cells.Count} fields, the header has {header.Length} ({string.Join(", ", header.Take(8))}); put quotes around a text that holds commas or line breaks"));
            if (fault is null) yield return new SourceRow($"{name}:{line}: row {row}", Json(header, cells)) { File = name, Row = row, Line = line };
            else if (faults is null) throw fault;
            else faults(new SourceRow(name, default) { File = name, Row = row, Line = line }, RowFault.Of("", fault, $"{file}:{line}", $"row {row}"));
        }
    }

    private static string[] Header(string file, long line, List<string> cells)
    {
        if (cells.Contains("")) throw new UsageException($"{file}:{line}: field {cells.IndexOf("") + 1} of the header has no name; the first line must name every field");
        if (cells.GroupBy(c => c).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new UsageException($"{file}:{line}: the header names '{twice.Key}' twice; give each field a name of its own");
        return [.. cells];
    }

    private static JsonElement Json(string[] header, List<string> cells)
    {
        var fields = new Dictionary<string, string?>(header.Length);
        for (int i = 0; i < header.Length; i++) fields[header[i]] = cells[i].Length == 0 ? null : cells[i];
        return JsonSerializer.SerializeToElement(fields);
    }

    /// <summary>Records with the line on which each begins; blank lines are passed over.</summary>
    /// <param name="file">The file.</param>
    /// <param name="tolerant">Whether a broken record is handed on with its fault; the next one begins on the next line.</param>
    /// <param name="from">The first line to look at.</param>
    private static IEnumerable<(long Line, List<string> Cells, UsageException? Fault)> Records(string file, bool tolerant, long from = 0)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        bool quoted = false;
        long begin = 0, open = 0;
        foreach ((long line, ReadOnlyMemory<byte> bytes, UsageException? coding) in FileLines.Read(file, tolerant))
        {
            if (line < from) continue;
            UsageException? fault = coding;
            string text = Encoding.UTF8.GetString(bytes.Span);
            if (!quoted)
            {
                if (text.Length == 0 || text == "\r") continue;
                begin = line;
            }
            // The carriage return belongs to the line break; inside quotes the break is part of the value as it stands.
            bool returned = text.EndsWith('\r');
            if (returned) text = text[..^1];
            for (int i = 0; i < text.Length; i++)
            {
                char c = text[i];
                if (quoted)
                {
                    if (c != '"') cell.Append(c);
                    else if (i + 1 < text.Length && text[i + 1] == '"') cell.Append(text[i++]);
                    else
                    {
                        quoted = false;
                        if (i + 1 < text.Length && text[i + 1] != ',')
                        {
                            fault ??= new UsageException($"{file}:{line}: column {i + 2}: expected a comma after the closing quote, found '{text[i + 1]}'{(open < line ? $" (the quote opened in line {open})" : "")}; write a quote inside a value twice");
                            break;
                        }
                    }
                }
                else if (c == ',')
                {
                    cells.Add(cell.ToString());
                    cell.Clear();
                }
                else if (c == '"' && cell.Length == 0) (quoted, open) = (true, line);
                else cell.Append(c);
            }
            if (fault is not null)
            {
                if (!tolerant) throw fault;
                yield return (begin, [], fault);
                cells = [];
                cell.Clear();
                quoted = false;
                continue;
            }
            if (quoted)
            {
                cell.Append(returned ? "\r\n" : "\n");
                if (cell.Length > FileLines.Longest / 2) throw Unclosed(file, open);
                continue;
            }
            cells.Add(cell.ToString());
            cell.Clear();
            yield return (begin, cells, null);
            cells = [];
        }
        if (!quoted) yield break;
        if (!tolerant) throw Unclosed(file, open);
        yield return (begin, [], Unclosed(file, open));
        // The quote swallowed the lines behind it. They are looked at once more, and only once: a second such quote ends it.
        if (from == 0)
            foreach ((long, List<string>, UsageException?) record in Records(file, tolerant, open + 1)) yield return record;
    }

    private static UsageException Unclosed(string file, long line) => new($"{file}:{line}: a quote opens here and is never closed; close it, or write a quote inside a value twice");
}

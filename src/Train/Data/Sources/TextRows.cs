using System.Text;

namespace Pure.Tuner;

/// <summary>Rows of a text file: every line is one, an empty one too, in the field <c>text</c>.</summary>
internal static class TextRows
{
    public static IEnumerable<SourceRow> Read(string file, RowFaultSink? faults = null)
    {
        string name = Path.GetFileName(file);
        long row = 0;
        foreach ((long number, ReadOnlyMemory<byte> bytes, UsageException? fault) in FileLines.Read(file, tolerant: faults is not null))
        {
            if (fault is not null)
            {
                faults!(new SourceRow(name, default) { File = name, Row = ++row, Line = number }, RowFault.Of("", fault, $"{file}:{number}"));
                continue;
            }
            string line = Encoding.UTF8.GetString(bytes.Span);
            // A carriage return ends a line too, as Python reads text.
            if (line.EndsWith('\r')) line = line[..^1];
            foreach (string one in line.Split('\r'))
            {
                row++;
                yield return new SourceRow($"{name}:{row}: row {row}", JsonRows.TextRow(one)) { File = name, Row = row, Line = row };
            }
        }
    }
}

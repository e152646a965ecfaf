using System.Text;

namespace Pure.Tuner;

/// <summary>Rows of a text file: every line is one, an empty one too, in the field <c>text</c>.</summary>
internal static class TextRows
{
    public static IEnumerable<SourceRow> Read(string file)
    {
        string name = Path.GetFileName(file);
        long row = 0;
        foreach ((_, ReadOnlyMemory<byte> bytes) in FileLines.Read(file))
        {
            string line = Encoding.UTF8.GetString(bytes.Span);
            // A carriage return ends a line too, as Python reads text.
            if (line.EndsWith('\r')) line = line[..^1];
            foreach (string one in line.Split('\r')) yield return new SourceRow($"{name}:{++row}: row {row}", JsonRows.TextRow(one));
        }
    }
}

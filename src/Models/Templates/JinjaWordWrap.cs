using System.Text.RegularExpressions;

namespace Pure.Tuner;

/// <summary>Lines of a width, as Python's textwrap cuts them.</summary>
internal static partial class JinjaWordWrap
{
    public static List<string> Wrap(string text, int width, bool breakLongWords, bool breakOnHyphens)
    {
        var chunks = new Stack<string>((breakOnHyphens ? Pieces().Split(text) : Blanks().Split(text)).Where(c => c.Length > 0).Reverse());
        var lines = new List<string>();
        while (chunks.Count > 0)
        {
            var line = new List<string>();
            int length = 0;
            // Blanks that begin a line go, except in the first.
            if (lines.Count > 0 && IsBlank(chunks.Peek())) chunks.Pop();
            while (chunks.Count > 0 && length + PyText.Length(chunks.Peek()) <= width)
            {
                length += PyText.Length(chunks.Peek());
                line.Add(chunks.Pop());
            }
            if (chunks.Count > 0 && PyText.Length(chunks.Peek()) > width) Long(chunks, line, width, width - length, breakLongWords, breakOnHyphens);
            if (line.Count > 0 && IsBlank(line[^1])) line.RemoveAt(line.Count - 1);
            if (line.Count > 0) lines.Add(string.Concat(line));
        }
        return lines;
    }

    private static void Long(Stack<string> chunks, List<string> line, int width, int room, bool breakLongWords, bool breakOnHyphens)
    {
        if (width < 1) room = 1;
        if (!breakLongWords)
        {
            if (line.Count == 0) line.Add(chunks.Pop());
            return;
        }
        string chunk = chunks.Pop();
        int end = room, length = PyText.Length(chunk);
        if (breakOnHyphens && length > room)
        {
            string head = PyText.Part(chunk, 0, room);
            int hyphen = head.LastIndexOf('-');
            if (hyphen > 0 && head[..hyphen].Any(c => c != '-')) end = PyText.Length(head[..hyphen]) + 1;
        }
        line.Add(PyText.Part(chunk, 0, end));
        chunks.Push(PyText.Part(chunk, end, length));
    }

    private static bool IsBlank(string chunk) => chunk.AsSpan().Trim("\t\n\v\f\r ").Length == 0;

    [GeneratedRegex(@"([\t\n\v\f\r ]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Blanks();

    [GeneratedRegex(@"([\t\n\v\f\r ]+|(?<=[\w!""'&.,?])-{2,}(?=\w)|[^\t\n\v\f\r ]+?(?:-(?:(?<=[^\d\W]{2}-)|(?<=[^\d\W]-[^\d\W]-))(?=[^\d\W]-?[^\d\W])|(?=[\t\n\v\f\r ]|\z)|(?<=[\w!""'&.,?])(?=-{2,}\w)))", RegexOptions.CultureInvariant)]
    private static partial Regex Pieces();
}

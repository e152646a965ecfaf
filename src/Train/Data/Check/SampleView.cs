using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>A row as text, as the model sees it, with the learned parts set off.</summary>
internal static class SampleView
{
    /// <summary>What stands around learned parts where there are no colours.</summary>
    public const string Open = "⟦", Close = "⟧";

    private const string Green = "\u001b[32m", Plain = "\u001b[0m";

    /// <summary>The text of a row. Control characters other than line breaks and tabs are written out, so that no data can steer a terminal.</summary>
    /// <param name="row">The row.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="colour">Green learned parts in place of brackets.</param>
    /// <param name="most">Most tokens to show; the middle of a longer row is left out.</param>
    public static string Text(EncodedRow row, TemplateTokens tokens, bool colour, int most = 600)
    {
        int length = row.Ids.Length - row.Padding, head = length <= most ? length : most * 2 / 3, tail = length <= most ? length : length - (most - head);
        var text = new StringBuilder();
        Part(0, head);
        if (tail > head || length > most)
        {
            text.Append(string.Create(CultureInfo.InvariantCulture, $"\n… {tail - head:N0} tokens are not shown …\n"));
            Part(tail, length);
        }
        return text.ToString();

        void Part(int from, int to)
        {
            for (int at = from, end; at < to; at = end)
            {
                bool learned = row.Labels[at] != SupervisedEncoder.Ignored;
                for (end = at + 1; end < to && row.Labels[end] != SupervisedEncoder.Ignored == learned;) end++;
                string part = Printable(tokens.Decode(row.Ids.AsSpan(at, end - at)));
                text.Append(!learned ? part : colour ? Green + part + Plain : Open + part + Close);
            }
        }
    }

    /// <summary>How many tokens of a row are learned.</summary>
    public static int Learned(EncodedRow row) => row.Labels.Length - row.Labels.AsSpan().Count(SupervisedEncoder.Ignored);

    /// <summary>A text without characters that a terminal would obey.</summary>
    public static string Printable(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\u001f') && !text.AsSpan().ContainsAnyInRange('\u007f', '\u009f')) return text;
        var shown = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (char.IsControl(c) && c is not ('\n' or '\t')) shown.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
            else shown.Append(c);
        }
        return shown.ToString();
    }
}

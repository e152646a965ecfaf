using System.Text;

namespace Pure.Tuner;

/// <summary>Keeps what users are told readable when it quotes a damaged file: no endless line, nothing that moves a terminal's cursor.</summary>
internal static class Sentence
{
    private const int Longest = 1000, Front = 600, Back = 300;

    /// <summary>The message with control characters as U+FFFD, and the middle of overlong lines left out: file and key stand in front, the cure at the end.</summary>
    public static string Of(string message)
    {
        if (message.Length <= Longest && !message.AsSpan().ContainsAnyInRange('\0', '\u001f') && !message.AsSpan().ContainsAnyInRange('\u007f', '\u009f')) return message;
        var text = new StringBuilder();
        foreach (string line in message.Split('\n'))
        {
            if (text.Length > 0) text.Append('\n');
            foreach (char c in line.Length <= Longest ? line : $"{line.AsSpan(0, Front)} … {line.AsSpan(line.Length - Back)}")
                text.Append(char.IsControl(c) ? '\uFFFD' : c);
        }
        return text.ToString();
    }
}

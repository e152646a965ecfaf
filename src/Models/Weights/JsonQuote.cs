using System.Globalization;
using System.Text;

namespace Pure.Tuner;

/// <summary>JSON strings with the escapes that the reference programs use, so that files are equal byte for byte.</summary>
internal static class JsonQuote
{
    /// <summary>The text in quotes; with <paramref name="ascii"/> everything above 0x7E becomes \uXXXX.</summary>
    /// <exception cref="CheckpointException">The text holds half of a surrogate pair, which no UTF-8 file can hold.</exception>
    public static string Quote(string text, bool ascii = false)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (char.IsSurrogate(c) && !(char.IsHighSurrogate(c) ? i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) : i > 0 && char.IsHighSurrogate(text[i - 1])))
                throw new CheckpointException($"safetensors: the name '{text}' holds half of a surrogate pair and cannot be written");
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\b' => quoted.Append("\\b"),
                '\f' => quoted.Append("\\f"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                > '~' when ascii && c != '\x7F' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }
        return quoted.Append('"').ToString();
    }

    /// <summary>Orders strings by their UTF-8 bytes, as the reference programs do; UTF-16 order differs above the basic plane.</summary>
    public static IComparer<string> Utf8Order { get; } = Comparer<string>.Create((a, b) =>
        Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)));
}

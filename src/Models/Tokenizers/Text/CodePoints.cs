using System.Text;

namespace Pure.Tuner;

/// <summary>Code points of UTF-16 text; a surrogate without its partner counts as one.</summary>
internal static class CodePoints
{
    /// <summary>The code point that begins at i; moves i behind it.</summary>
    public static int At(ReadOnlySpan<char> text, ref int i)
    {
        char c = text[i++];
        if (char.IsHighSurrogate(c) && i < text.Length && char.IsLowSurrogate(text[i])) return char.ConvertToUtf32(c, text[i++]);
        return c;
    }

    /// <summary>The code point that ends at i; moves i in front of it.</summary>
    public static int Before(ReadOnlySpan<char> text, ref int i)
    {
        char c = text[--i];
        if (char.IsLowSurrogate(c) && i > 0 && char.IsHighSurrogate(text[i - 1])) return char.ConvertToUtf32(text[--i], c);
        return c;
    }

    public static int Count(ReadOnlySpan<char> text)
    {
        int count = 0;
        for (int i = 0; i < text.Length; count++) At(text, ref i);
        return count;
    }

    public static IEnumerable<int> Of(string text)
    {
        for (int i = 0; i < text.Length;) yield return At(text, ref i);
    }

    public static void Append(StringBuilder text, int codePoint)
    {
        if (codePoint < 0x10000) text.Append((char)codePoint);
        else text.Append((char)(0xD7C0 + (codePoint >> 10))).Append((char)(0xDC00 + (codePoint & 0x3FF)));
    }

    /// <summary>Bytes in UTF-8; a lone surrogate becomes U+FFFD, three bytes, as the encoder writes it.</summary>
    public static int Utf8Length(int codePoint) => codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
}

namespace Pure.Tuner;

/// <summary>GPT-2's printable character for each byte, and back.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] s_chars = new char[256];
    private static readonly short[] s_bytes = new short[0x144];

    static ByteAlphabet()
    {
        Array.Fill(s_bytes, (short)-1);
        int next = 0x100;
        for (int b = 0; b < 256; b++)
        {
            bool printable = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;
            s_chars[b] = printable ? (char)b : (char)next++;
            s_bytes[s_chars[b]] = (short)b;
        }
    }

    public static char Char(byte b) => s_chars[b];

    /// <summary>The byte that a character stands for, or -1.</summary>
    public static int Byte(char c) => c < s_bytes.Length ? s_bytes[c] : -1;

    /// <summary>The characters of a text's bytes, each with its change for <see cref="AlignedText.Transform"/>.</summary>
    public static List<(int CodePoint, int Change)> Map(string text)
    {
        var mapped = new List<(int, int)>(text.Length);
        Span<byte> bytes = stackalloc byte[4];
        for (int i = 0; i < text.Length;)
        {
            int start = i;
            CodePoints.At(text, ref i);
            int n = System.Text.Encoding.UTF8.GetBytes(text.AsSpan(start, i - start), bytes);
            for (int j = 0; j < n; j++) mapped.Add((s_chars[bytes[j]], j == 0 ? 0 : 1));
        }
        return mapped;
    }
}
